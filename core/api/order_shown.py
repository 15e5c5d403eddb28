"""Orders as answers show them: the row, with what depends on who looks: actions, badge, holds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy import select

from core.api.wire import answer
from core.current import current_actor, current_merchant
from core.db import db, flush
from core.models import Case, Order, Shipment
from core.schemas.order import OrderForStaffOut, OrderOut
from core.services import badges, family, moves, orders


class Shown:
    """A row with a few more values beside its own."""

    def __init__(self, row: Any, **more: Any) -> None:
        self._row = row
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def answer_order(order: Order, status: int = 200) -> Response:
    """One order, whole, as the current actor may see it. Inside transaction() or reading()."""
    if not family.is_at_hand(order):
        flush()
    if current_actor().plays == "staff":
        return answer(OrderForStaffOut, _whole(order, holds=_holds(order)), status)
    return answer(OrderOut, _whole(order), status)


def show_briefly(rows: Sequence[Order]) -> list[Shown]:
    """Orders for a list; their cases are looked up together."""
    flagged = _flagged([order.id for order in rows])
    return [_brief(order, order.id in flagged) for order in rows]


def show_shipments(rows: Sequence[Shipment]) -> list[Shown]:
    """Shipments of any orders, each with what the current actor may do with it."""
    wanted = {row.order_id for row in rows}
    query = select(Order).where(Order.merchant_id == current_merchant().id, Order.id.in_(wanted))
    found = {order.id: order for order in db.session().scalars(query.options(*orders.with_all()))}
    return [_shipment(row, moves.actions(found[row.order_id], current_actor())) for row in rows]


#: a shipment's move -> its order's moves, one of which must be open too
_WITH_ORDER = {"ship": {"ship", "hand_over"}, "receive": {"receive_shipment"}}


def _shipment(row: Shipment, of_order: Sequence[str]) -> Shown:
    mine = moves.actions(row, current_actor())
    return Shown(row, actions=[name for name in mine if _WITH_ORDER.get(name, {name}).intersection(of_order)])


def _whole(order: Order, **more: Any) -> Shown:
    flagged = family.is_flagged(order) if family.is_at_hand(order) else bool(_flagged([order.id]))
    shown = _brief(order, flagged)
    shown.__dict__.update(more, shipments=[_shipment(row, shown.actions) for row in order.shipments])
    return shown


def _brief(order: Order, flagged: bool) -> Shown:
    language = request.accept_languages.best_match(["en", "zh"]) or current_merchant().language
    return Shown(
        order,
        actions=moves.actions(order, current_actor()),
        badge=badges.badge(order, language, flagged=flagged),
    )


def _holds(order: Order) -> list[str]:
    return orders.open_holds(order) if order.state == "paid" else []


def _flagged(order_ids: list[UUID]) -> set[UUID]:
    query = select(Case.order_id).where(
        Case.merchant_id == current_merchant().id, Case.status == "open", Case.order_id.in_(order_ids)
    )
    return {order_id for order_id in db.session().scalars(query) if order_id}
