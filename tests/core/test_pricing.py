"""The vectors of the rules, to the fen, in a real order: discounts by layer, their shares, and a price by hand."""

from collections.abc import Sequence

import pytest
from flask import Flask

from core.contracts.checkout import AdjustmentDraft, Allocation, InstalmentDraft, Quote
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.plugin_yard import make_plugin
from tests.vocabulary import BuyerActor, Shop


def a_coupon_and_points(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """The coupon of 30.00 and the points for 10.00 of vector V1."""
    amounts = {"coupon": -3000, "points": -1000}
    return [AdjustmentDraft(layer, amounts[layer], ref=layer)] if layer in amounts else []


def far_too_much(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """A coupon worth more than all goods, and free freight twice over."""
    amounts = {"coupon": -1_000_000, "freight": -99_999}
    return [AdjustmentDraft(layer, amounts[layer])] if layer in amounts else []


def half_a_fen(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """A discount that is no whole number."""
    return [AdjustmentDraft("half", -0.5)] if layer == "member" else []  # type: ignore[arg-type]


#: plugin -> the hook it answers wrongly, and its answer
WRONG = {
    "halves": ("add_adjustments", half_a_fen),
    "pays_freight": ("choose_freight", lambda quote: -1),
    "loses_a_fen": ("choose_instalments", lambda quote: [InstalmentDraft(quote.payable - 1)]),
    "forgets_units": ("choose_allocation", lambda quote, stock: []),
    "sends_too_much": (
        "choose_allocation",
        lambda quote, stock: [Allocation(0, stock[0].warehouse_id, 2), Allocation(7, stock[0].warehouse_id, 1)],
    ),
}


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    return make_app(
        EXTRA_PLUGINS=[
            *(make_plugin(name, dict([told])) for name, told in WRONG.items()),
            make_plugin("vector", {"add_adjustments": a_coupon_and_points}),
            make_plugin("greedy", {"add_adjustments": far_too_much}),
        ]
    )


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    shop = Shop(merchant)
    for sku, price in {"a": 19900, "b": 5990, "c": 330}.items():
        shop.sells(sku, price, 100)
    shop.sets(freight_flat=1200, allow_zero_pay=True)
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    return shop.buyer("Mei")


def test_vector_v1_a_coupon_and_points_fall_on_the_lines_to_the_fen(shop: Shop, mei: BuyerActor) -> None:
    shop.turns_on("vector")
    order = mei.orders({"a": 1, "b": 2, "c": 3})
    assert (order.goods_amount, order.payable) == (32870, 30070)
    assert [row.amount for row in order.adjustments] == [-3000, -1000]
    assert [(row.sku, row.net) for row in order.lines] == [("a", 17479), ("b", 10521), ("c", 870), ("freight", 1200)]


def test_vector_v4_a_price_by_hand_falls_on_what_is_left_of_the_lines(shop: Shop, mei: BuyerActor) -> None:
    shop.turns_on("vector")
    order = shop.reprices(mei.orders({"a": 1, "b": 2, "c": 3}), goods=-10000)
    assert [row.net for row in order.lines] == [11424, 6877, 569, 1200]
    assert order.payable == sum(row.amount for row in order.instalments) == 20070


def test_vector_v2_one_of_two_units_goes_back_for_its_fair_part_and_the_other_for_the_rest(
    shop: Shop, mei: BuyerActor
) -> None:
    shop.turns_on("vector")
    order = shop.sends(shop.sees_money(mei.orders({"a": 1, "b": 2, "c": 3})))
    first = shop.refunds(order, {"b": 1}).refunds[-1]
    second = shop.refunds(order, {"b": 1}).refunds[-1]
    assert (first.amount, second.amount) == (5260, 5261)


def test_a_discount_larger_than_the_goods_is_cut_and_nothing_costs_less_than_nothing(
    shop: Shop, mei: BuyerActor
) -> None:
    shop.turns_on("greedy")
    order = mei.orders({"a": 1, "c": 1})
    assert [row.net for row in order.lines] == [0, 0, 0]
    assert [row.amount for row in order.adjustments] == [-20230, -1200]
    assert (order.payable, order.state) == (0, "awaiting_shipment")


@pytest.mark.parametrize("plugin", WRONG)
def test_a_plugin_that_answers_wrongly_is_named_and_nothing_is_written(
    shop: Shop, mei: BuyerActor, plugin: str
) -> None:
    shop.turns_on(plugin)
    wish = mei.wishes({"a": 2}) | {"expected_total": 41000}
    refused = mei.is_refused(500).asks("POST", "orders", wish)
    assert (refused.code, refused.plugin, refused.hook) == ("plugin_trouble", plugin, WRONG[plugin][0])
    assert mei.own_orders() == [] and shop.stock_of("a") == (100, 0)
