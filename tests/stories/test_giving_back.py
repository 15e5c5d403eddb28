"""Money that goes back: all of it, a part of it, before and after sending, and refunds taken back."""

import pytest

from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_a_buyer_cancels_a_paid_order_of_which_nothing_is_sent(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets(freight_flat=600)
    order = shop.sees_money(mei.orders({"tea": 2}))
    assert mei.is_refused(422).does(order, "cancel").errors[0].pointer == "/reason"
    assert mei.sees(order).state == "awaiting_shipment"
    order = mei.cancels(order, "no_reason")
    assert (order.state, order.refund_axis, order.refunds[0].amount) == ("refunding", "applying", 10400)
    assert shop.is_refused(409).sends(order).state == "refunding"
    clock.settles()
    assert [case.kind for case in shop.cases(status="open")] == ["refund_to_make"]
    assert mei.sees(order).badge.colour == "red"

    order = shop.transfers_back(order, reference="OUT-77")
    assert (order.state, order.refunded, order.refund_axis) == ("refunded", 10400, "all")
    assert (order.refunds[0].status, order.refunds[0].parts[0].evidence.reference) == ("done", "OUT-77")
    assert shop.stock_of("tea") == (10, 0), "back on the shelf, once"
    assert [row.state for row in order.shipments] == ["cancelled"]
    assert shop.cases(status="open") == []
    assert mei.hides(order).state == "refunded"


def test_buyers_cancel_no_paid_order_where_the_shop_does_not_let_them(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(buyer_may_cancel_paid=False)
    order = shop.sees_money(mei.orders({"tea": 1}))
    assert "cancel" not in mei.sees(order).actions
    problem = mei.is_refused(409).cancels(order)
    assert problem.code == "move_refused" and "the merchant lets buyers cancel paid orders" in problem.detail
    assert mei.sees(order).refunds == []


def test_a_paid_order_is_not_cancelled_once_a_parcel_is_sent(shop: Shop, mei: BuyerActor) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 2})), {"tea": 1})
    assert mei.is_refused(409).cancels(order).state == "awaiting_shipment"
    assert mei.sees(order).refunds == []


def test_the_shop_rejects_an_order_after_payment(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets(risk_hold_amount=1)
    order = shop.sees_money(mei.orders({"tea": 1}))
    assert shop.is_refused(422).does(order, "reject").errors[0].pointer == "/note"
    order = shop.rejects(order, "we cannot supply")
    assert (order.state, order.refunds[0].reason, order.refunds[0].note) == (
        "refunding",
        "rejected",
        "we cannot supply",
    )
    clock.settles()
    order = shop.transfers_back(order)
    assert (order.state, order.refunded) == ("refunded", 4900)
    assert shop.stock_of("tea") == (10, 0)
    assert shop.path(order) == ["pending_payment", "paid", "refunding", "refunded"]
    clock.settles()
    assert [row["name"] for row in mei.inbox()][0] == "order.refunded"


def test_a_part_goes_back_by_unit_and_by_amount_and_the_rest_goes_its_way(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(freight_flat=600)
    order = shop.sends(shop.sees_money(mei.orders({"tea": 2})))
    order = shop.refunds(order, {"tea": 1})
    assert (order.state, order.refund_axis, order.refunds[0].amount) == ("shipped", "applying", 4900)
    assert (order.refunds[0].freight, order.line("tea").refunding) == (0, 1), "sent, so the freight stays"
    assert mei.is_refused(409).receives(order).state == "shipped", "not while a refund is open"
    clock.settles()
    order = shop.transfers_back(order)
    assert (order.state, order.refund_axis, order.refunded) == ("shipped", "part", 4900)

    order = shop.refunds(order, amounts={"tea": 900}, freight=100)
    assert (order.state, order.refunds[1].amount) == ("shipped", 1000)
    clock.settles()
    order = shop.transfers_back(order)
    assert (order.refunded, order.line("tea").refunded_amount) == (5900, 5800)
    problem = shop.is_refused(422).refunds(order, amounts={"tea": 4001})
    assert (problem.code, problem.errors[0].code) == ("refund_refused", "too_much")
    assert shop.is_refused(422).refunds(order, {"tea": 2}).errors[0].code == "too_many"
    assert mei.receives(order).state == "completed"

    order = shop.refunds(order)
    assert (order.state, order.refunds[2].amount) == ("refunding", 4000)
    clock.settles()
    order = shop.transfers_back(order)
    assert (order.state, order.refunded, order.paid) == ("refunded", 9900, 10400)
    assert shop.stock_of("tea") == (8, 0), "what was sent does not come back by itself"


def test_the_freight_goes_back_with_the_last_unsent_unit(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets(freight_flat=600)
    order = shop.sees_money(mei.orders({"tea": 2}))
    order = shop.refunds(order, {"tea": 1})
    assert (order.state, order.refunds[0].freight) == ("awaiting_shipment", 0)
    clock.settles()
    order = shop.transfers_back(order)
    assert shop.stock_of("tea") == (9, 0) and order.shipments[0].lines[0].quantity == 1
    order = shop.refunds(order)
    assert (order.state, order.refunds[1].freight, order.refunds[1].amount) == ("refunding", 600, 5500)
    clock.settles()
    order = shop.transfers_back(order)
    assert (order.state, order.refunded, shop.stock_of("tea")) == ("refunded", 10400, (10, 0))


def test_the_rest_is_given_back_while_a_part_is_on_its_way(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 3})), {"tea": 2})
    order = shop.refunds(order, {"tea": 1}, reason="stock_failure")
    assert (order.state, order.refunds[0].amount) == ("awaiting_shipment", 4900)
    assert shop.is_refused(409).sends(order).code == "nothing_to_send"
    clock.settles()
    order = shop.transfers_back(order)
    assert (order.state, order.fulfilment_axis, order.refund_axis) == ("shipped", "shipped", "part")
    assert (shop.stock_of("tea"), order.shipments[0].state) == ((8, 0), "shipped")
    assert order.deadline("confirm") is not None
    clock.passes(days=7)
    assert mei.sees(order).state == "completed"


def test_a_withdrawn_refund_lets_the_order_go_on_with_the_time_that_was_left(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})))
    clock.passes(days=5)
    order = shop.refunds(order)
    assert (order.state, order.resume_state, order.paused("confirm")) == ("refunding", "shipped", 2 * 86400)
    clock.passes(days=20)
    assert shop.sees(order).state == "refunding"
    order = shop.withdraws_refund(order)
    assert (order.state, order.resume_state, order.refund_axis) == ("shipped", None, "none")
    assert (order.refunds[0].status, order.refunds[0].parts[0].state) == ("withdrawn", "withdrawn")
    assert shop.cases(status="open") == []
    clock.passes(days=1, hours=23)
    assert mei.sees(order).state == "shipped"
    clock.passes(hours=1)
    assert mei.sees(order).state == "completed"


def test_a_cancelled_order_whose_refund_is_withdrawn_is_sent_after_all(shop: Shop, mei: BuyerActor) -> None:
    order = mei.cancels(shop.sees_money(mei.orders({"tea": 1})))
    order = shop.withdraws_refund(order)
    assert (order.state, shop.stock_of("tea")) == ("awaiting_shipment", (9, 0))
    order = shop.sends(order)
    assert mei.receives(order).state == "completed"


def test_a_refund_that_was_paid_is_neither_withdrawn_nor_paid_again(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    first = shop.refunds(shop.sends(shop.sees_money(mei.orders({"tea": 2}))), {"tea": 1})
    problem = shop.is_refused(409).transfers_back(first)
    assert "planned" in problem.detail, "nobody was asked to make the transfer yet"
    clock.settles()
    done = shop.transfers_back(first, reference="OUT-1")
    assert shop.is_refused(409).withdraws_refund(done).code == "refund_ended"
    second = shop.refunds(done, {"tea": 1})
    clock.settles()
    assert shop.is_refused(409).transfers_back(second, reference="OUT-1").code == "line_used"
    assert shop.sees(second).refunded == 4900
    assert shop.transfers_back(second).state == "refunded"
    assert shop.is_refused(409).refunds(second).code == "move_refused"


def test_two_open_refunds_share_one_ceiling(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 2})))
    first = shop.refunds(order, {"tea": 1})
    assert shop.is_refused(422).refunds(first, {"tea": 2}).errors[0].code == "too_many"
    both = shop.refunds(first, {"tea": 1})
    assert (both.state, [row.whole for row in both.refunds]) == ("refunding", [False, True])
    clock.settles()
    one = shop.transfers_back(both, both.refunds[0])
    assert (one.state, one.refund_axis) == ("refunding", "applying")
    assert shop.transfers_back(one, one.refunds[1]).state == "refunded"


def test_one_of_two_refunds_is_withdrawn_and_the_other_is_paid(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order: Told = shop.sends(shop.sees_money(mei.orders({"tea": 2})))
    order = shop.refunds(shop.refunds(order, {"tea": 1}), {"tea": 1})
    clock.settles()
    order = shop.transfers_back(order, order.refunds[0])
    order = shop.withdraws_refund(order, order.refunds[1])
    assert (order.state, order.refund_axis, order.refunded) == ("shipped", "part", 4900)
    assert mei.receives(order).state == "completed"
