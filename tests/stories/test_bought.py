"""The main story, and how it goes on by itself: bought, paid, sent, confirmed by the clock, completed."""

from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_an_order_is_bought_paid_sent_and_confirmed_by_itself(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = mei.orders({"tea": 2})
    assert (order.state, order.payable, order.badge.colour) == ("pending_payment", 9800, "orange")
    assert shop.stock_of("tea") == (10, 2)

    payment = mei.starts_transfer(order)
    assert (payment.state, payment.amount) == ("open", 9800)
    assert payment.client.reference == payment.out_trade_no and payment.client.number == "6222000011112222"

    order = shop.sees_money(order)
    assert (order.state, order.paid, order.payment_axis) == ("awaiting_shipment", 9800, "paid")
    assert shop.stock_of("tea") == (8, 0)

    order = shop.sends(order, tracking_no="SF123456")
    assert (order.state, order.fulfilment_axis) == ("shipped", "shipped")
    assert order.deadline("confirm") == clock.now + timedelta(days=7)

    clock.passes(days=6, hours=23)
    assert mei.sees(order).state == "shipped"
    assert [row["name"] for row in mei.inbox()].count("order.remind") == 1
    clock.passes(hours=1)
    order = mei.sees(order)
    assert (order.state, order.fulfilment_axis, order.badge.colour) == ("completed", "received", "green")
    assert order.deadlines == [] and order.line("tea").received == 2
    assert shop.path(order) == [
        "pending_payment", "paid", "awaiting_shipment", "shipped", "received", "completed",
    ]  # fmt: skip


def test_every_step_is_logged_with_who_did_it_when_and_through_which_door(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    clock.passes(days=7)
    told = {(row.subject_kind, row.move): row for row in shop.history(order)}
    assert (told["order", "place"].actor_kind, told["order", "place"].source) == ("buyer", "api")
    assert told["order", "place"].actor_id == mei.id
    assert (told["order", "confirm_offline"].actor_name, told["order", "confirm_offline"].remark) == (
        "Olga Owner",
        "seen",
    )
    assert told["order", "ship"].after.units.tea == 1
    assert (told["order", "confirm"].actor_kind, told["order", "confirm"].source) == ("clock", "job")
    assert (told["order", "confirm"].source_state, told["order", "confirm"].target_state) == ("shipped", "received")
    assert told["shipment", "receive"].target_state == "received"
    assert all(row.request_id and row.at for row in told.values())


def test_the_buyer_says_it_is_here_and_the_order_completes_at_once(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    order = mei.receives(order)
    assert (order.state, order.line("tea").received) == ("completed", 1)
    assert shop.path(order)[-2:] == ["received", "completed"]
    assert "receive" not in order.actions
    problem = mei.is_refused(409).receives(order)
    assert problem.code == "move_refused" and problem.state == "completed" and problem.allowed_actions == ["hide"]


def test_staff_know_that_it_is_there(shop: Shop, mei: BuyerActor) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    assert shop.receives(order, remark="signed at the door").state == "completed"
    received = [row for row in shop.history(order, "order") if row.move == "receive"]
    assert [(row.actor_kind, row.remark) for row in received] == [("staff", "signed at the door")]


def test_extended_by_the_buyer_once_then_confirmed_by_the_clock(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    sent = clock.now
    order = mei.extends(order)
    assert order.deadline("confirm") == sent + timedelta(days=10)
    assert "extend" not in order.actions
    assert "extended" in mei.is_refused(409).extends(order).detail
    order = shop.extends(order, days=2)
    assert order.deadline("confirm") == sent + timedelta(days=12)
    clock.passes(days=11, hours=23)
    assert mei.sees(order).state == "shipped"
    clock.passes(hours=1)
    assert mei.sees(order).state == "completed"
    assert [row["name"] for row in mei.inbox()].count("order.remind") == 1


def test_staff_remind_the_buyer_to_confirm(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    shop.does(order, "remind")
    clock.settles()
    texts = [row["texts"]["en"] for row in mei.inbox() if row["name"] == "order.remind"]
    assert texts == [f"Order {order.number} waits for you."]


def test_where_the_shop_waits_to_settle_a_received_order_completes_later(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(settle_days=7)
    order = mei.receives(shop.sends(shop.sees_money(mei.orders({"tea": 1}))))
    assert order.state == "received" and order.deadline("settle") == clock.now + timedelta(days=7)
    clock.passes(days=6, hours=23)
    assert mei.sees(order).state == "received"
    clock.passes(hours=1)
    assert mei.sees(order).state == "completed"


def test_changed_settings_move_no_deadline_that_runs_already(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    unpaid, on_its_way = mei.orders({"tea": 1}), shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    shop.sets(unpaid_minutes=5, remind_unpaid_minutes=0, confirm_days={"courier": 1}, confirm_reminder_days=0)
    assert mei.sees(unpaid).deadline("pay") == clock.now + timedelta(minutes=30)
    assert mei.sees(on_its_way).deadline("confirm") == clock.now + timedelta(days=7)
    fresh = mei.orders({"tea": 1})
    assert fresh.deadline("pay") == clock.now + timedelta(minutes=5) and fresh.deadline("remind") is None
    clock.passes(minutes=5)
    assert (mei.sees(fresh).state, mei.sees(unpaid).state) == ("closed", "pending_payment")
    later = shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    assert later.deadline("confirm") == clock.now + timedelta(days=1)


def test_only_the_first_order_that_was_not_closed_is_a_first_order(shop: Shop, mei: BuyerActor) -> None:
    first = mei.orders({"tea": 1})
    assert first.first_order
    assert not mei.orders({"tea": 1}).first_order
    ann = shop.buyer("Ann")
    mine = ann.orders({"tea": 1})
    ann.cancels(mine)
    assert ann.orders({"tea": 1}).first_order, "a closed order does not count"


def test_a_buyer_hides_a_completed_order_and_the_shop_still_sees_it(shop: Shop, mei: BuyerActor) -> None:
    order = mei.receives(shop.sends(shop.sees_money(mei.orders({"tea": 1}))))
    kept = mei.orders({"tea": 1})
    mei.hides(order)
    assert mei.own_orders() == [kept.number]
    mei.is_refused(404).sees(order)
    assert shop.sees(order).hidden
    assert mei.is_refused(409).hides(kept).allowed_actions == ["pay", "cancel"]
