"""An order and all that belongs to it come in two statements, and are what the mapper would have read one by one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from core.contracts.people import Actor
from core.current import acting
from core.db import across_merchants, db, get, reading, remove, transaction
from core.errors import NotFound
from core.models import Deadline, Merchant, Order, Payment, Refund, RefundPart, Shipment
from core.services import merchants, moves
from core.tables import Base
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.walls import count_statements

pytestmark = pytest.mark.both_databases
RELATIONS = ("lines", "adjustments", "instalments", "payments", "refunds", "shipments", "reservations", "deadlines")
SYSTEM = Actor("system", None, "test", "cli", "test")


@pytest.fixture
def orders(app: Flask, shop: Shop, mei: BuyerActor) -> list[UUID]:
    """Orders in every stage: waiting, begun to pay, paid, sent in part, given back in part, received, cancelled."""
    shop.sells("cup", 1500)
    new = mei.orders({"tea": 1})
    mei.starts_transfer(begun := mei.orders({"tea": 1}))
    paid = shop.sees_money(mei.orders({"tea": 1, "cup": 2}))
    shop.sends(sent := shop.sees_money(mei.orders({"tea": 1, "cup": 1})))
    given_back = shop.sees_money(mei.orders({"tea": 2}))
    line = given_back.told["lines"][0]["id"]
    shop.does(given_back, "refunds", reason="other", lines=[{"line_id": line, "quantity": 1}])
    shop.sends(received := shop.sees_money(mei.orders({"tea": 1})))
    mei.receives(received)
    mei.cancels(gone := mei.orders({"tea": 1}))
    found: list[Told] = [new, begun, paid, sent, given_back, received, gone]
    return [UUID(one.id) for one in found]


@contextmanager
def inside(app: Flask) -> Iterator[None]:
    """Acting for the shop's merchant, with no scope open."""
    with app.app_context():
        with across_merchants(), reading() as session:
            view = merchants.view(session.scalars(select(Merchant)).one())
        with acting(view, SYSTEM):
            yield


def told(row: Any) -> Any:
    """A row's values, and those of the rows it holds, as they stand in the object."""
    if not isinstance(row, Base):
        return [told(one) for one in row] if isinstance(row, list) else row
    names = [one.key for one in (*row.__mapper__.column_attrs, *row.__mapper__.relationships)]
    return type(row).__name__, {name: told(getattr(row, name)) for name in names}


def read_by_the_mapper(order_id: UUID) -> Order:
    everything = [
        selectinload(getattr(Order, name)) for name in RELATIONS if name not in ("payments", "refunds", "shipments")
    ]
    everything += [
        selectinload(Order.payments).selectinload(Payment.account),
        selectinload(Order.refunds).selectinload(Refund.lines),
        selectinload(Order.refunds).selectinload(Refund.parts).selectinload(RefundPart.payment),
        selectinload(Order.shipments).selectinload(Shipment.lines),
        selectinload(Order.shipments).selectinload(Shipment.parcels),
    ]
    query = select(Order).where(Order.merchant_id == 1, Order.id == order_id).options(*everything)
    return db.session().scalars(query).one()


def test_a_locked_order_is_what_the_mapper_reads(app: Flask, orders: list[UUID]) -> None:
    seen: set[str] = set()
    with inside(app):
        for order_id in orders:
            with reading():
                expected = told(read_by_the_mapper(order_id))
            with transaction():
                assert told(moves.lock_order(order_id)) == expected
            seen |= {name for name in RELATIONS if expected[1][name]}
    # the shop gives no discounts, so there is nothing of that kind to compare
    assert seen == set(RELATIONS) - {"adjustments"}


def test_locking_costs_two_statements_and_what_belongs_to_the_order_none(app: Flask, orders: list[UUID]) -> None:
    with inside(app):
        for order_id in orders:
            with transaction(), count_statements(app) as counted:
                order = moves.lock_order(order_id)
                told(order)
                assert moves.lock_order(order_id) is order
                for payment in order.payments:
                    assert get(Payment, 1, payment.id, lock=True) is payment
            assert len(counted) == 2, counted.statements


def test_a_row_that_the_lock_does_not_cover_is_locked_by_itself(app: Flask, orders: list[UUID]) -> None:
    with inside(app), transaction():
        order = moves.lock_order(orders[1])
        account = order.payments[0].account
        assert account is not None
        with count_statements(app) as counted:
            assert get(type(account), 1, account.id, lock=True) is account
        assert len(counted) == 1


def test_a_row_that_was_removed_is_not_found_any_more(app: Flask, orders: list[UUID]) -> None:
    with inside(app):
        with transaction():
            order = moves.lock_order(orders[0])
            gone = order.deadlines[0].id
            moves.move(order, "close", by="staff", after={"reason": "other"})
            with pytest.raises(NotFound):
                get(Deadline, 1, gone, lock=True)
        with reading(), pytest.raises(NotFound):
            get(Deadline, 1, gone)


def test_changes_of_a_locked_order_are_written(app: Flask, orders: list[UUID]) -> None:
    with inside(app):
        with transaction():
            order = moves.lock_order(orders[2])
            order.remark, order.lines[0].title = "look here", "another title"
            order.shipments[0].lines[0].quantity = 0
        with reading():
            order = read_by_the_mapper(orders[2])
            assert (order.remark, order.lines[0].title) == ("look here", "another title")
            assert order.shipments[0].lines[0].quantity == 0


def test_an_order_of_nobody_here_is_not_found(app: Flask, orders: list[UUID]) -> None:
    stranger = UUID(int=1)
    with inside(app), transaction():
        order = moves.lock_order(orders[0])
        for look in (
            lambda: moves.lock_order(stranger),
            lambda: moves.lock_numbered("SO1"),
            lambda: moves.lock_numbered(order.number, customer_id=stranger),
        ):
            with pytest.raises(NotFound):
                look()
        assert moves.lock_numbered(order.number, customer_id=order.customer_id) is order


@pytest.mark.on_postgres
def test_who_waited_for_the_lock_sees_what_the_other_wrote(app: Flask, orders: list[UUID]) -> None:
    """The family is read after the wait: in the lock's own statement it would be as old as the wait."""
    begun, seen = threading.Event(), []

    def second() -> None:
        with inside(app), transaction():
            begun.set()
            order = moves.lock_order(orders[1])
            seen.append((order.remark, order.payments[0].failure, len(order.deadlines)))

    with inside(app), transaction():
        order = moves.lock_order(orders[1])
        other = threading.Thread(target=second)
        other.start()
        begun.wait()
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while db.session().execute(waiting).scalar_one() == 0:
            pass
        order.remark, order.payments[0].failure = "first", "first too"
        remove(order.deadlines[0])
        left = len(order.deadlines) - 1
    other.join()
    assert seen == [("first", "first too", left)]
