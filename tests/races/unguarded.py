"""The guards, taken out: what a race looks like to an order that nobody locks."""

from uuid import UUID

import pytest
from sqlalchemy import select

from core.current import current_merchant
from core.db import db, flush, get
from core.errors import NotFound
from core.models import Order
from core.services import moves
from tests.races.yard import Stall


def take_the_order_lock_out(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are read as before, but nobody waits for anybody; nor does the database number the log."""
    monkeypatch.setattr(moves, "lock_order", _read_order)
    monkeypatch.setattr(moves, "lock_numbered", _read_numbered)
    stall.execute("ALTER TABLE move_log DROP CONSTRAINT uq_move_log_merchant_id_subject_id_seq")
    stall.execute("ALTER TABLE events DROP CONSTRAINT uq_events_merchant_id_about_id_seq")


def _read_order(order_id: UUID) -> Order:
    order = get(Order, current_merchant().id, order_id)
    moves._locked().add(order.id)
    return order


def _read_numbered(number: str, *, customer_id: UUID | None = None) -> Order:
    flush()
    query = select(Order).where(Order.merchant_id == current_merchant().id, Order.number == number)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    order = db.session().scalar(query)
    if order is None:
        raise NotFound(f"There is no order {number} here.")
    moves._locked().add(order.id)
    return order
