"""An order with every discount there is: priced layer by layer, paid, given back line by line, to the fen."""

import pytest

from tests.conftest import Clock
from tests.plugins.coupons import desk
from tests.plugins.promotions.board import admits, step, writes
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_member_price_promotion_coupon_and_free_freight_are_paid_and_given_back_to_the_fen(
    desk_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = desk_shop
    shop.turns_on("promotions")
    shop.sets(freight_flat=1200)
    shop.sets_plugin("coupons", return_after_refund=True)
    writes(shop, "member_prices", level="gold", prices={"c": 300})
    writes(shop, steps=[step(30_000, 3_000), step(10_000, 500)])
    writes(shop, "free_freight", threshold=20_000, cap=700)
    admits(shop, mei, "gold")
    coupon = desk.gives(shop, desk.makes(shop, issuing="issued", kind="percentage", basis_points=1000), mei)

    order = mei.orders(desk.V1_CART, **desk.using(coupon))
    layers = [(row.layer, row.source, row.amount) for row in order.adjustments]
    goods = 32_870 - 90 - 3_000
    assert layers == [
        ("member", "promotions", -90),
        ("promotion", "promotions", -3_000),
        ("coupon", "coupons", -(goods // 10)),
        ("freight", "promotions", -700),
    ]
    assert order.payable == goods - goods // 10 + 500 and sum(order.nets()) == goods - goods // 10
    assert shop.reprices(order, goods=-1).payable == order.payable - 1

    order = shop.sees_money(mei.sees(order))
    paid = order.paid
    for sku in ("b", "c", "a"):
        order = shop.refunds(order, {sku: desk.V1_CART[sku]}, freight=500 if sku == "a" else 0)
        clock.settles()
        order = shop.transfers_back(order)
    assert (order.state, order.refunded) == ("refunded", paid)
    assert desk.status_of(mei, coupon) == "unused", "every line is given back, and the shop wants it so"


def test_an_order_whose_member_price_ended_between_quote_and_order_is_refused_with_the_new_price(
    desk_shop: Shop, mei: BuyerActor
) -> None:
    desk_shop.turns_on("promotions")
    writes(desk_shop, "member_percentage", level="gold", basis_points=1000)
    admits(desk_shop, mei, "gold")
    agreed = mei.is_quoted({"a": 1}).payable
    desk_shop.asks("DELETE", f"promotions/customers/{mei.id}/level")
    problem = mei.is_refused(422).orders({"a": 1}, expecting=agreed)
    assert (agreed, problem.code, problem.quote.payable) == (17_910, "price_changed", 19_900)
