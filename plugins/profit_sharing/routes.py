"""Doors of profit sharing: staff write rules, and see what of which order went to whom."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import delete

from core import (
    Invalid,
    Order,
    Store,
    admin_blueprint,
    all_of,
    answer,
    current_merchant,
    db,
    find,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    transaction,
)
from plugins.profit_sharing import rules, shares
from plugins.profit_sharing.models import (
    ProfitSharingReturn,
    ProfitSharingRule,
    ProfitSharingShare,
    ProfitSharingSplit,
)
from plugins.profit_sharing.schemas import (
    ShareOut,
    SharesQuery,
    SplitRuleChangeIn,
    SplitRuleIn,
    SplitRuleOut,
    SplitRulesQuery,
)

admin = admin_blueprint("profit_sharing_admin", __name__, "Who gets what of paid orders.")


@admin.post("/rules")
@needs("profit_sharing.write")
@admin.arguments(SplitRuleIn)
@admin.response(201, SplitRuleOut)
@idempotent
def create_split_rule(body: dict[str, Any]) -> Response:
    """Give a receiver a part of what is paid from now on."""
    with transaction():
        return answer(SplitRuleOut, _rule_shown(rules.create(_with_store(body))), 201)


@admin.get("/rules")
@needs("profit_sharing.read")
@admin.arguments(SplitRulesQuery, location="query")
@admin.response(200, SplitRuleOut(many=True))
@paged
def list_split_rules(query: dict[str, Any]) -> Response:
    """All rules, newest first."""
    with reading():
        where = [getattr(ProfitSharingRule, name) == value for name, value in query.items()]
        return page(SplitRuleOut, ProfitSharingRule, *where, show=lambda rows: [*map(_rule_shown, rows)])


@admin.get("/rules/<uuid:split_rule_id>")
@needs("profit_sharing.read")
@admin.response(200, SplitRuleOut)
def show_split_rule(split_rule_id: UUID) -> Response:
    """One rule."""
    with reading():
        return answer(SplitRuleOut, _rule_shown(get(ProfitSharingRule, current_merchant().id, split_rule_id)))


@admin.post("/rules/<uuid:split_rule_id>")
@needs("profit_sharing.write")
@admin.arguments(SplitRuleChangeIn)
@admin.response(200, SplitRuleOut)
def change_split_rule(body: dict[str, Any], split_rule_id: UUID) -> Response:
    """Change a rule: orders that are not split yet are split by it."""
    with transaction():
        return answer(SplitRuleOut, _rule_shown(rules.change(split_rule_id, _with_store(body))))


@admin.delete("/rules/<uuid:split_rule_id>")
@needs("profit_sharing.write")
@admin.response(204)
def delete_split_rule(split_rule_id: UUID) -> Response:
    """Forget a rule: orders that are not split yet are split without it."""
    with transaction():
        row, table = get(ProfitSharingRule, current_merchant().id, split_rule_id), ProfitSharingRule
        db.session().execute(delete(table).where(table.merchant_id == row.merchant_id, table.id == row.id))
    return Response(status=204)


@admin.get("/shares")
@needs("profit_sharing.read")
@admin.arguments(SharesQuery, location="query")
@admin.response(200, ShareOut(many=True))
@paged
def list_shares(query: dict[str, Any]) -> Response:
    """Payments that are split, newest first, with what each receiver gets and gave back."""
    with reading():
        return page(ShareOut, ProfitSharingShare, *_where(query), show=lambda rows: [*map(_share_shown, rows)])


def _where(query: Mapping[str, Any]) -> Sequence[Any]:
    where: list[Any] = []
    if "order" in query:
        found = all_of(Order, current_merchant().id, Order.number == query["order"])
        where.append(ProfitSharingShare.order_id.in_([row.id for row in found]))
    if "status" in query:
        where.append(ProfitSharingShare.status == query["status"])
    return where


def _with_store(body: Mapping[str, Any]) -> dict[str, Any]:
    """The store by its id. :raises Invalid: there is no such store."""
    values = dict(body)
    if "store" in values:
        code = values.pop("store")
        found = all_of(Store, current_merchant().id, Store.code == code) if code else []
        if code and not found:
            raise Invalid.field("/store", f"There is no store {code!r}.", "unknown_store")
        values["store_id"] = found[0].id if found else None
    return values


def _rule_shown(row: ProfitSharingRule) -> dict[str, Any]:
    store = find(Store, row.merchant_id, row.store_id)
    return _told(SplitRuleOut, row, store=store.code if store else None)


def _share_shown(row: ProfitSharingShare) -> dict[str, Any]:
    splits = [_split_shown(split) for split in shares.splits_of(row)]
    return _told(ShareOut, row, order=get(Order, row.merchant_id, row.order_id).number, splits=splits)


def _split_shown(row: ProfitSharingSplit) -> dict[str, Any]:
    returns = all_of(ProfitSharingReturn, row.merchant_id, ProfitSharingReturn.split_id == row.id)
    told = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    return {**told, "returns": returns}


def _told(schema: Any, row: Any, **more: Any) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in schema().dump_fields} | more
