"""The guards, taken out: what a race looks like to an order that nobody locks."""

from collections import defaultdict
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, current_thread, main_thread
from uuid import UUID

import pytest
from sqlalchemy import select

from core.current import current_merchant
from core.db import Row, db, flush, get
from core.errors import NotFound
from core.flows import close, money, notices, pay, refund
from core.models import Order
from core.services import moves, receipts
from tests.races.yard import Stall

#: seconds that a reader without a lock waits for a second one
MOMENT = 0.2
_readers: dict[UUID | None, Barrier] = defaultdict(lambda: Barrier(2))


def take_the_order_lock_out(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are read as before, but nobody waits for anybody; nor does the database number the log."""
    monkeypatch.setattr(moves, "lock_order", _read_order)
    monkeypatch.setattr(moves, "lock_numbered", _read_numbered)
    stall.execute("ALTER TABLE move_log DROP CONSTRAINT uq_move_log_merchant_id_subject_id_seq")
    stall.execute("ALTER TABLE events DROP CONSTRAINT uq_events_merchant_id_about_id_seq")


def _read_order(order_id: UUID) -> Order:
    order = get(Order, current_merchant().id, order_id)
    moves._locked().add(order.id)
    _linger_over(order.id)
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
    _linger_over(order.id)
    return order


def take_every_lock_out(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the order, its payments or its refund parts, nor for a job that is there already."""
    take_the_order_lock_out(stall, monkeypatch)
    stall.execute("ALTER TABLE jobs DROP CONSTRAINT uq_jobs_merchant_id_key")
    for flow in (close, money, notices, pay, refund):
        monkeypatch.setattr(flow, "get", _read)


def take_the_surplus_rule_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever money comes is the order's."""
    monkeypatch.setattr(receipts, "_has_place", lambda order, instalment, amount: True)


def _read(model: type[Row], merchant_id: int, row_id: UUID | None, *, lock: bool = False) -> Row:
    row = get(model, merchant_id, row_id)
    if lock:
        _linger_over(row_id)
    return row


def _linger_over(row_id: UUID | None) -> None:
    """A thread that would have locked the row goes on when another has read it too, or when none came."""
    if current_thread() is not main_thread():
        with suppress(BrokenBarrierError):
            _readers[row_id].wait(MOMENT)
        if _readers[row_id].broken:
            _readers[row_id].reset()
