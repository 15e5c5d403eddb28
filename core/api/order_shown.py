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
from core.services import badges, moves, orders


class Shown:
    """A row with a few more values beside its own."""

    def __init__(self, row: Any, **more: Any) -> None:
        self._row = row
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def answer_order(order: Order, status: int = 200) -> Response:
    """One order, whole, as the current actor may see it. Inside transaction() or reading()."""
    flush()
    if current_actor().plays == "staff":
        return answer(OrderForStaffOut, _whole(order, holds=_holds(order)), status)
    return answer(OrderOut, _whole(order), status)


def show_briefly(rows: Sequence[Order]) -> list[Shown]:
    """Orders for a list; their cases are looked up together."""
    flagged = _flagged([order.id for order in rows])
    return [_brief(order, order.id in flagged) for order in rows]


def show_shipments(rows: Sequence[Shipment]) -> list[Shown]:
    """Shipments, each with what the current actor may do with it."""
    return [Shown(row, actions=moves.actions(row, current_actor())) for row in rows]


def _whole(order: Order, **more: Any) -> Shown:
    flagged = bool(_flagged([order.id]))
    shown = _brief(order, flagged)
    shown.__dict__.update(more, shipments=show_shipments(order.shipments))
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
