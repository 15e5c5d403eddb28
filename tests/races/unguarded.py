"""The guards, taken out: what a race looks like to an order that nobody locks."""

from collections import defaultdict
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, current_thread, main_thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, select

from core.models import Order
from core.services import family, receipts
from tests.races.yard import Stall

#: seconds that a reader without a lock waits for a second one
MOMENT = 0.2
#: what locks an order
LOCKS = ("_BY_ID", "_BY_NUMBER", "_OWN_BY_NUMBER", "_BY_ATTEMPT")
_readers: dict[UUID, Barrier] = defaultdict(lambda: Barrier(2))


def take_the_order_lock_out(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are read as before, but nobody waits for anybody; nor does the database number the log."""
    read = family._read

    def read_beside_another(order_id: UUID) -> Order:
        order = read(order_id)
        _linger_over(order_id)
        return order

    for name in LOCKS:
        monkeypatch.setattr(family, name, _without_lock(getattr(family, name)))
    monkeypatch.setattr(family, "_read", read_beside_another)
    stall.execute("ALTER TABLE move_log DROP CONSTRAINT uq_move_log_merchant_id_subject_id_seq")
    stall.execute("ALTER TABLE events DROP CONSTRAINT uq_events_merchant_id_about_id_seq")


def take_every_lock_out(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    """As before; nor does a job or a shipment that is there already stop its double."""
    take_the_order_lock_out(stall, monkeypatch)
    stall.execute("ALTER TABLE jobs DROP CONSTRAINT uq_jobs_merchant_id_key")
    stall.execute("ALTER TABLE shipments DROP CONSTRAINT uq_shipments_merchant_id_number")


def take_the_surplus_rule_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever money comes is the order's."""
    monkeypatch.setattr(receipts, "_has_place", lambda order, instalment, payment, held: True)


def _without_lock(statement: Select[Any]) -> Select[Any]:
    assert statement.whereclause is not None
    return select(Order.id).where(statement.whereclause)


def _linger_over(order_id: UUID) -> None:
    """A thread that read it without a lock goes on when another has read it too, or when none came."""
    if current_thread() is not main_thread():
        with suppress(BrokenBarrierError):
            _readers[order_id].wait(MOMENT)
        if _readers[order_id].broken:
            _readers[order_id].reset()
