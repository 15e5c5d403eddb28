"""Deadlines: what sets them, what stops them, and that a clock which rings at the wrong moment changes nothing."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import reading, transaction
from core.flows import close
from core.models import Deadline, Job
from core.services import deadlines, moves
from tests.conftest import AppMaker, Clock
from tests.plugin_yard import sample
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """With the sample plugin that has a clock of its own."""
    return make_app(EXTRA_PLUGINS=sample("good"))


def rows(shop: Shop, order: Told) -> dict[str, Deadline]:
    """The order's deadlines by kind."""
    with shop.merchant.inside(), reading() as session:
        query = select(Deadline).where(Deadline.merchant_id == shop.merchant.id, Deadline.order_id == UUID(order.id))
        return {row.kind: row for row in session.scalars(query)}


def ringing(shop: Shop) -> list[Job]:
    """The jobs that wait to ring."""
    with shop.merchant.inside(), reading() as session:
        query = select(Job).where(Job.merchant_id == shop.merchant.id, Job.name == "core.deadline")
        return list(session.scalars(query))


@pytest.mark.parametrize(
    ("preset", "table", "method", "days"),
    [
        ("s0", {}, "courier", 7),
        ("s0", {}, "ordinary_mail", 7),
        ("s2", {}, "courier", 10),
        ("s2", {}, "ordinary_mail", 30),
        ("s2", {"courier": 4}, "courier", 4),
        ("s2", {"courier": 4}, "ordinary_mail", 30),
    ],
)
def test_each_way_of_delivery_confirms_after_its_own_days(
    preset: str, table: dict[str, int], method: str, days: int, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(confirm_preset=preset, confirm_days=table)
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1}, by=method)))
    clock.passes(days=days, seconds=-1)
    assert mei.sees(order).state == "shipped"
    clock.passes(seconds=1)
    assert mei.sees(order).state == "completed"


@pytest.mark.parametrize(("unpaid", "remind", "reminded"), [(30, 10, True), (30, 30, False), (30, 0, False)])
def test_an_unpaid_order_is_reminded_only_before_it_expires(
    unpaid: int, remind: int, reminded: bool, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(unpaid_minutes=unpaid, remind_unpaid_minutes=remind)
    order = mei.orders({"tea": 1})
    clock.passes(minutes=unpaid)
    assert [row.move for row in shop.history(order, "order")] == ["place", *["remind"][: int(reminded)], "expire"]


def test_a_clock_that_rings_too_early_twice_or_too_late_changes_nothing(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    pay = rows(shop, order)["pay"]
    with shop.merchant.inside():
        close.ring(pay.id, pay.order_id)
    assert mei.sees(order).told == order.told
    clock.passes(minutes=30)
    closed = shop.sees(order)
    with shop.merchant.inside():
        close.ring(pay.id, pay.order_id)
        close.ring(pay.id, pay.order_id)
    assert shop.sees(order).told == closed.told
    assert ringing(shop) == []


def test_a_paid_order_has_nobody_left_who_would_ring_for_its_payment(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    pay = rows(shop, order)["pay"]
    order = shop.sees_money(order)
    assert rows(shop, order) == {} and ringing(shop) == []
    with shop.merchant.inside():
        close.ring(pay.id, pay.order_id)
    assert shop.sees(order).told == order.told


def test_a_moved_deadline_rings_once_at_its_new_time(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = mei.orders({"tea": 1})
    mei.starts_transfer(order)
    due = {job.key: job.due_at for job in ringing(shop)}
    pay = rows(shop, order)["pay"]
    assert due[f"deadline-{pay.id}"] == pay.due_at == clock.now + timedelta(days=3)
    assert len(due) == 2


def test_a_stopped_clock_keeps_its_seconds_and_runs_on_with_them(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 2})))
    clock.passes(days=3, seconds=5)
    order = shop.refunds(order, {"tea": 1})
    left = timedelta(days=4) - timedelta(seconds=5)
    assert order.paused("confirm") == left.total_seconds()
    assert order.paused("confirm_reminder") == (left - timedelta(days=1)).total_seconds()
    clock.passes(days=30)
    assert shop.sees(order).state == "shipped"
    order = shop.transfers_back(order)
    assert (order.paused("confirm"), order.deadline("confirm")) == (None, clock.now + left)
    assert mei.extends(order).deadline("confirm") == clock.now + left + timedelta(days=3)


def test_nobody_extends_a_clock_that_stands_still(shop: Shop, mei: BuyerActor) -> None:
    order = shop.refunds(shop.sends(shop.sees_money(mei.orders({"tea": 2}))), {"tea": 1})
    assert mei.is_refused(409).extends(order).code == "deadline_paused"
    assert shop.sees(order).extended == 0


def test_a_second_refund_does_not_stop_a_stopped_clock_again(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 3})))
    order = shop.refunds(order, {"tea": 1})
    clock.passes(days=1)
    order = shop.refunds(order, {"tea": 1})
    assert order.paused("confirm") == 7 * 86400
    order = shop.withdraws_refund(order, order.refunds[0])
    assert order.paused("confirm") == 7 * 86400, "the other refund is open still"
    order = shop.withdraws_refund(order, order.refunds[1])
    assert order.deadline("confirm") == clock.now + timedelta(days=7)


def test_a_refund_after_receipt_stops_the_time_to_settle(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets(settle_days=5)
    order = mei.receives(shop.sends(shop.sees_money(mei.orders({"tea": 2}))))
    clock.passes(days=2)
    order = shop.refunds(order, {"tea": 1})
    clock.passes(days=10)
    assert shop.sees(order).state == "received"
    order = shop.transfers_back(order)
    assert (order.state, order.deadline("settle")) == ("received", clock.now + timedelta(days=3))
    clock.passes(days=3)
    assert shop.sees(order).state == "completed"


def test_an_order_that_settles_at_once_completes_when_its_last_refund_ends(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(settle_days=5)
    order = mei.receives(shop.sends(shop.sees_money(mei.orders({"tea": 2}))))
    order = shop.refunds(order, {"tea": 1})
    shop.sets(settle_days=0)
    clock.settles()
    assert shop.transfers_back(order).state == "completed"


def test_a_plugin_may_choose_the_time_to_pay(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.turns_on("good", token="abc")
    order = mei.orders({"tea": 1}, options={"good": {"pay_minutes": 90}})
    assert order.deadline("pay") == clock.now + timedelta(minutes=90)


def test_a_plugin_has_deadlines_of_its_own_that_take_its_own_moves(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.turns_on("good", token="abc")
    order = mei.orders({"tea": 1}, options={"good": {"wake_minutes": 3}})
    clock.passes(minutes=3)
    assert [row.move for row in shop.history(order, "order")] == ["place", "good_wake"]
    assert "good.wake" not in rows(shop, order), "it rings once"
    clock.passes(minutes=27)
    assert shop.sees(order).state == "closed"


def test_a_deadline_that_is_never_is_none(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = mei.orders({"tea": 1})
    with shop.merchant.inside(), transaction():
        deadlines.set_deadline(moves.lock_order(UUID(order.id)), "pay", None)
    assert set(rows(shop, order)) == {"remind"} and len(ringing(shop)) == 1
    clock.passes(days=300)
    assert shop.sees(order).state == "pending_payment"
