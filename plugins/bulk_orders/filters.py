"""Filters of orders by name: two that every shop has, and those that its people saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete

from core import (
    Actor,
    Customer,
    FieldError,
    Invalid,
    NotFound,
    Refused,
    add,
    all_of,
    current_actor,
    current_merchant,
    db,
    get,
    now,
    order_conditions,
    settings_of,
)
from plugins.bulk_orders.models import BulkFilter
from plugins.bulk_orders.terms import NAME

#: so many a shop may save
MOST: Final = 100
#: those that every shop has; the days are its own setting
READY_MADE: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "awaiting-shipment": ("waiting_days", {"en": "Awaiting shipment too long", "zh": "超时未发货"}),
    "high-risk": ("high_risk_days", {"en": "High risk", "zh": "高风险订单"}),
}
_MOMENTS: Final = ("placed_from", "placed_until", "paid_from", "paid_until")


@dataclass(frozen=True)
class Filter:
    """A filter, ready-made or saved."""

    code: str
    title: Mapping[str, Any]
    terms: Mapping[str, Any]
    ready_made: bool
    created_by: str | None = None


def all_filters() -> list[Filter]:
    """Those that every shop has, then its own."""
    days = settings_of(NAME)["waiting_days"]
    ready = [Filter(code, title, {term: days}, True) for code, (term, title) in READY_MADE.items()]
    return ready + [_shown(row) for row in all_of(BulkFilter, current_merchant().id)]


def find(code: str) -> Filter:
    """:raises NotFound: there is none of that name."""
    found = next((one for one in all_filters() if one.code == code), None)
    if found is None:
        raise NotFound(f"There is no filter {code!r}.")
    return found


def save(code: str, title: Mapping[str, str], terms: Mapping[str, Any]) -> Filter:
    """A new filter, or a saved one said anew.

    :raises NotFound: it names a customer who is not here.
    :raises Refused: it is one that every shop has, or there are too many.
    """
    if code in READY_MADE:
        raise Refused(f"{code} is there in every shop and stays as it is: take another name.", code="ready_made")
    _refuse_unknown(terms)
    if "customer_id" in terms:
        get(Customer, current_merchant().id, terms["customer_id"])
    rows = {row.code: row for row in all_of(BulkFilter, current_merchant().id)}
    kept = {name: value.isoformat() if isinstance(value, datetime) else _plain(value) for name, value in terms.items()}
    row = rows.get(code)
    if row is None:
        if len(rows) >= MOST:
            raise Refused(f"A shop saves {MOST} filters at most: delete one.", code="too_many_filters")
        row = add(_new(code, current_actor()))
    row.title, row.terms = dict(title), kept
    return _shown(row)


def drop(code: str) -> None:
    """Forget a saved filter.

    :raises NotFound: none of that name was saved.
    """
    table = BulkFilter
    gone: Any = db.session().execute(
        delete(table).where(table.merchant_id == current_merchant().id, table.code == code)
    )
    if not gone.rowcount:
        raise NotFound(f"No filter {code!r} was saved here.")


def where(terms: Mapping[str, Any]) -> Sequence[Any]:
    """What orders that pass fulfil. :raises Invalid: a store that is named is not there any more."""
    return order_conditions({name: _read(name, value) for name, value in terms.items()})


def _refuse_unknown(terms: Mapping[str, Any]) -> None:
    try:
        order_conditions(terms)
    except Invalid as refusal:
        told = [FieldError(f"/terms/{one.pointer}", one.message, one.code) for one in refusal.errors]
        raise Invalid(refusal.detail, code=refusal.code, errors=told) from None


def _new(code: str, actor: Actor) -> BulkFilter:
    return BulkFilter(
        merchant_id=current_merchant().id, code=code, title={}, terms={}, created_by=actor.name, created_at=now()
    )


def _shown(row: BulkFilter) -> Filter:
    terms = {name: _read(name, value) for name, value in row.terms.items()}
    return Filter(row.code, row.title, terms, False, row.created_by)


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _MOMENTS and isinstance(value, str) else value


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool) else str(value)
