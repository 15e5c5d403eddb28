"""Points at checkout: what they take off, what they cost, and what comes back of them; never off the freight."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.checkout import AdjustmentDraft
from plugins.balance_points.points import cost, part, worth
from tests.conftest import AppMaker, Clock
from tests.plugin_yard import make_plugin
from tests.plugins.balance_points.desk import NAME, gives, history, points, with_points
from tests.vocabulary import BuyerActor, Shop

GOODS = {"a": (19900, 1), "b": (5990, 2), "c": (330, 3)}
CART = {sku: units for sku, (_, units) in GOODS.items()}


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """With a plugin that takes 30.00 off as a coupon would."""

    def add_adjustments(quote: Any, layer: str) -> Any:
        return [AdjustmentDraft("Voucher", -3000)] if layer == "coupon" else ()

    return make_app(EXTRA_PLUGINS=[make_plugin("voucher", {"add_adjustments": add_adjustments})])


def shares(order: Any) -> list[int]:
    """What each line costs less than its list price."""
    return [row.amount - row.net for row in order.lines if row.kind == "goods"]


@pytest.mark.both_databases
def test_a_thousand_points_after_a_coupon_fall_on_the_lines_as_in_vector_v1(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(freight_flat=1200)
    shop.turns_on("voucher")
    for sku, (price, _) in GOODS.items():
        shop.sells(sku, price)
    gives(shop, mei, points=5000)
    order = mei.orders(CART, **with_points(1000))
    assert order.nets() == [17479, 10521, 870]
    assert [row.amount - row.net for row in order.lines] == [1816 + 605, 1094 + 365, 90 + 30, 0]
    assert (order.payable, points(mei)) == (30070, (4000, 1000))
    order = shop.sees_money(order)
    assert (order.state, points(mei)) == ("awaiting_shipment", (4000, 0))
    assert history(mei, "points") == [("adjustment", 5000, 0), ("hold", -1000, 1000), ("capture", 0, -1000)]


def test_without_a_coupon_points_fall_on_the_list_prices(shop: Shop, mei: BuyerActor) -> None:
    for sku, (price, _) in GOODS.items():
        shop.sells(sku, price)
    gives(shop, mei, points=1000)
    order = mei.orders(CART, **with_points(1000))
    # 1000 x (19900, 11980, 990) / 32870 is 605.4, 364.5, 30.1: the largest remainder is rounded up
    assert shares(order) == [605, 365, 30]


@pytest.mark.parametrize(
    ("settings", "wish", "off", "charged"),
    [
        ({}, 1000, 1000, 1000),
        ({}, None, 2450, 2450),  # the cap: half of the goods
        ({}, 3000, 2450, 2450),  # cut to the cap, and no point is charged for nothing
        ({"points_cap": 100}, None, 4900, 4900),
        ({"points_cap": 0}, None, 0, 0),
        ({"points_rate": 3}, 1, 33, 1),  # a third of 1.00
        ({"points_rate": 3}, 2, 66, 2),
        ({"points_rate": 3}, None, 2450, 74),
        ({"points_rate": 1000}, 15, 1, 10),  # 15 points cover one fen, which costs ten
        ({"points_step": 100}, 1000, 1000, 1000),
        ({"points_step": 100}, None, 2400, 2400),
        ({"points_step": 100, "points_min": 2500}, None, 0, 0),
    ],
)
def test_what_points_take_off_and_cost(
    settings: dict[str, Any], wish: int | None, off: int, charged: int, shop: Shop, mei: BuyerActor
) -> None:
    shop.sets(freight_flat=1200, allow_zero_pay=True)
    shop.sets_plugin(NAME, **settings)
    gives(shop, mei, points=10_000)
    quote = mei.is_quoted({"tea": 1}, **with_points(wish))
    assert quote.payable == 4900 + 1200 - off, "freight is paid whole"
    mei.orders({"tea": 1}, **with_points(wish))
    assert points(mei) == (10_000 - charged, charged)


@pytest.mark.parametrize(
    ("wish", "status", "code"), [(5100, 409, "not_enough"), (50, 422, "too_few_points"), (150, 422, "points_step")]
)
def test_points_that_cannot_be_spent_are_refused(
    wish: int, status: int, code: str, shop: Shop, mei: BuyerActor
) -> None:
    shop.sets_plugin(NAME, points_step=100, points_min=100)
    gives(shop, mei, points=5000)
    for path in ("quotes", "orders"):
        body = mei.wishes({"tea": 1}, **with_points(wish)) | ({"expected_total": 1} if path == "orders" else {})
        assert mei.is_refused(status).asks("POST", path, body).code == code
    assert points(mei) == (5000, 0)


def test_of_points_that_are_wanted_twice_the_second_order_is_refused(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, points=1500)
    mei.orders({"tea": 1}, **with_points(1000))
    told = mei.is_refused(409).asks("POST", "quotes", mei.wishes({"tea": 1}, **with_points(1000)))
    assert (told.code, told.available) == ("not_enough", 500)
    assert mei.is_quoted({"tea": 1}, **with_points()).payable == 4400


@pytest.mark.both_databases
def test_points_pay_in_full_where_the_shop_allows_it(shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin(NAME, points_cap=100)
    shop.sets(allow_zero_pay=True)
    gives(shop, mei, points=4900)
    order = mei.orders({"tea": 1}, **with_points())
    assert (order.state, order.payable, points(mei)) == ("awaiting_shipment", 0, (0, 0))
    assert [kind for kind, *_ in history(mei, "points")] == ["adjustment", "hold", "capture"]


@pytest.mark.both_databases
def test_points_of_an_order_that_is_closed_are_free_again_once(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    gives(shop, mei, points=1000)
    order = mei.orders({"tea": 1}, **with_points(800))
    assert points(mei) == (200, 800)
    mei.cancels(order)
    assert points(mei) == (1000, 0)
    mei.orders({"tea": 1}, **with_points(700))
    clock.passes(minutes=31)
    assert points(mei) == (1000, 0)
    assert [kind for kind, *_ in history(mei, "points")].count("release") == 2


@pytest.mark.both_databases
def test_points_come_back_with_the_units_they_were_spent_on(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    gives(shop, mei, points=1001)
    order = shop.sees_money(mei.orders({"tea": 3}, **with_points(1001)))
    back = []
    for _ in range(3):
        shop.refunds(shop.sees(order), {"tea": 1})
        clock.settles()
        while shop.sees(order).refunds[-1].status != "done":
            shop.transfers_back(shop.sees(order))
            clock.settles()
        back.append(points(mei)[0])
    assert back == [333, 667, 1001], "cumulative floors: a third, two thirds, all"
    assert shop.sees(order).state == "refunded"


@given(st.integers(1, 10**9), st.integers(1, 10**7), st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_points_given_back_in_any_parts_are_all_points(points: int, most: int, steps: list[int]) -> None:
    amount = sum(steps)
    starts = [sum(steps[:n]) for n in range(len(steps))]
    parts = [part(points, amount, start, step) for start, step in zip(starts, steps, strict=True)]
    assert sum(parts) == points and min(parts) >= 0


@given(st.integers(0, 10**9), st.integers(1, 100_000))
def test_no_point_is_charged_for_nothing_and_no_fen_is_given_for_nothing(points: int, rate: int) -> None:
    value = worth(points, rate)
    assert cost(value, rate) <= points
    assert worth(cost(value, rate), rate) >= value
    assert value == 0 or worth(cost(value, rate) - 1, rate) < value
