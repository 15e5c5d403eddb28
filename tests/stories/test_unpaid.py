"""Orders that are not paid: nobody pays, the buyer cancels, the shop closes or changes the price."""

from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.told import moment
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_nobody_pays_so_the_buyer_is_reminded_once_and_the_goods_are_free_again(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 10})
    assert shop.buyer().is_refused(409).orders({"tea": 1}).code == "out_of_stock"
    clock.passes(minutes=9, seconds=59)
    assert [row["name"] for row in mei.inbox()] == ["order.placed"]
    clock.passes(seconds=1)
    assert [row["name"] for row in mei.inbox()] == ["order.remind", "order.placed"]
    clock.passes(minutes=19, seconds=59)
    assert mei.sees(order).state == "pending_payment"
    clock.passes(seconds=1)
    order = mei.sees(order)
    assert (order.state, order.close_reason, order.badge.colour) == ("closed", "expired", "grey")
    assert shop.stock_of("tea") == (10, 0)
    assert shop.history(order)[-1].actor_kind == "clock"
    assert shop.buyer().orders({"tea": 10}).state == "pending_payment", "sold again"


def test_a_buyer_cancels_and_the_goods_come_back_once(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 3})
    other = mei.orders({"tea": 2})
    order = mei.cancels(order)
    assert (order.state, order.close_reason) == ("closed", "buyer")
    assert shop.stock_of("tea") == (10, 2)
    problem = mei.is_refused(409).cancels(order)
    assert (problem.code, problem.state, problem.allowed_actions) == ("move_refused", "closed", ["hide"])
    assert shop.stock_of("tea") == (10, 2)
    assert mei.sees(other).state == "pending_payment"


def test_a_running_transfer_is_closed_before_its_order_is(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    mei.starts_transfer(order)
    order = mei.cancels(order)
    assert (order.state, [row.state for row in order.payments]) == ("closed", ["closed"])
    assert shop.is_refused(409).sees_money(order, 4900).state == "closed"


def test_the_shop_closes_an_unpaid_order_for_a_reason_from_the_list(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    problem = shop.is_refused(422).closes(order, reason="bored")
    assert problem.errors[0].pointer == "/reason" and "out_of_stock" in problem.errors[0].message
    order = shop.closes(order, reason="out_of_stock")
    assert (order.state, order.close_reason) == ("closed", "out_of_stock")
    assert shop.stock_of("tea") == (10, 0)


def test_starting_a_transfer_moves_the_time_to_pay_to_three_days(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.starts_transfer(order)
    due = clock.now + timedelta(days=3)
    assert mei.sees(order).deadline("pay") == due and moment(payment.expires_at) == due
    clock.passes(days=2, hours=23)
    assert mei.sees(order).state == "pending_payment"
    clock.passes(hours=1)
    order = mei.sees(order)
    assert (order.state, order.close_reason, order.payments[0].state) == ("closed", "expired", "closed")
    assert mei.is_refused(409).starts_transfer(order).state == "closed"


def test_a_repriced_order_shows_the_buyer_the_new_price_under_a_new_payment(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(freight_flat=1200)
    order = mei.orders({"tea": 1})
    assert (order.payable, order.freight_amount) == (6100, 1200)
    first = mei.starts_transfer(order)
    due = mei.sees(order).deadline("pay")

    order = shop.reprices(order, goods=10000, freight=1000)
    assert (order.payable, [row.state for row in order.payments]) == (17100, ["closed"])
    order = mei.sees(order)
    assert order.payable == 17100 and order.deadline("pay") == due
    assert [(row.layer, row.amount) for row in order.adjustments] == [("reprice", 10000), ("reprice", 1000)]

    order = shop.reprices(order, freight=-2200)
    assert (order.payable, order.line("freight").net) == (14900, 0)
    second = mei.starts_transfer(order)
    assert second.amount == 14900 and second.out_trade_no != first.out_trade_no
    order = shop.sees_money(order)
    assert order.paid == 14900
    assert shop.is_refused(409).reprices(order, goods=-1).code == "move_refused"
    assert mei.sees(order).payable == 14900
    clock.settles()
    assert [row["name"] for row in mei.inbox()].count("order.reprice") == 2


def test_a_new_price_is_spread_over_the_lines_by_what_they_cost(shop: Shop, mei: BuyerActor) -> None:
    # vector V4 without its discounts: the parts of -10000 follow 17479, 10521 and 870 to the fen
    for sku, price in (("lamp", 17479), ("chair", 10521), ("cup", 870)):
        shop.sells(sku, price)
    order = shop.reprices(mei.orders({"lamp": 1, "chair": 1, "cup": 1}), goods=-10000)
    assert order.nets() == [11424, 6877, 569]


@pytest.mark.parametrize(
    ("goods", "freight", "pointer"),
    [(-4901, 0, "/goods_delta"), (0, -1201, "/freight_delta"), (-4900, -1200, "/goods_delta"), (0, 0, "")],
)
def test_no_price_falls_below_one_fen_and_no_freight_below_nothing(
    goods: int, freight: int, pointer: str, shop: Shop, mei: BuyerActor
) -> None:
    shop.sets(freight_flat=1200)
    order = mei.orders({"tea": 1})
    problem = shop.is_refused(422).reprices(order, goods=goods, freight=freight)
    assert pointer in [error.pointer for error in problem.errors]
    assert mei.sees(order).told == order.told


def test_an_order_over_nothing_is_paid_at_once_where_the_shop_allows_it(shop: Shop, mei: BuyerActor) -> None:
    shop.sells("sample", 0)
    assert mei.is_refused(409).orders({"sample": 1}).code == "zero_payable"
    shop.sets(allow_zero_pay=True)
    order = mei.orders({"sample": 1})
    assert (order.state, order.paid, order.payment_axis) == ("awaiting_shipment", 0, "paid")
    assert [(row.channel, row.state, row.amount) for row in order.payments] == [("nothing", "settled", 0)]
    assert shop.path(order) == ["pending_payment", "paid", "awaiting_shipment"]
    assert mei.receives(shop.sends(order)).state == "completed"


def test_a_price_that_drifted_is_refused_with_the_new_quote(shop: Shop, mei: BuyerActor) -> None:
    problem = mei.is_refused(422).orders({"tea": 2}, expecting=9700)
    assert (problem.code, problem.quote.payable) == ("price_changed", 9800)
    assert mei.own_orders() == [] and shop.stock_of("tea") == (10, 0)


def test_a_buyer_with_too_many_unpaid_orders_is_refused_the_next(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(open_unpaid_limit=2)
    first, _ = mei.orders({"tea": 1}), mei.orders({"tea": 1})
    assert mei.is_refused(409).orders({"tea": 1}).code == "too_many_unpaid"
    mei.cancels(first)
    assert mei.orders({"tea": 1}).state == "pending_payment"


def test_staff_order_on_behalf_of_a_customer(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk = shop.employs("clerk")
    body = mei.wishes({"tea": 1}) | {"expected_total": 4900, "customer_id": mei.id, "remark": "by telephone"}
    order = clerk.asks("POST", "orders", body)
    assert (order.state, order.customer_id) == ("pending_payment", mei.id)
    placed = shop.history(order, "order")[0]
    assert (placed.actor_kind, placed.actor_name, placed.remark) == ("staff", clerk.api.name, "by telephone")  # type: ignore[attr-defined]
    assert mei.own_orders() == [order.number]
    assert mei.starts_transfer(order).amount == 4900
    clock.passes(days=3)
    assert mei.sees(order).state == "closed"
