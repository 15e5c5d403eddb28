"""A coupon's life beside its order's: locked, used, given back once, or never; whole, cancelled, timed out, revived."""

from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.plugins.coupons.desk import V1_CART, counts_of, gives, keeps_hours, makes, status_of, using
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


@pytest.fixture
def kind(desk_shop: Shop) -> Told:
    """30.00 off, given to customers."""
    return makes(desk_shop, issuing="issued", valid_days=30)


@pytest.fixture
def coupon(desk_shop: Shop, kind: Told, mei: BuyerActor) -> Told:
    """Mei's coupon of that kind."""
    return gives(desk_shop, kind, mei)


def refunded_whole(shop: Shop, order: Told, clock: Clock) -> Told:
    """Everything goes back, and the money is sent."""
    order = shop.refunds(order)
    clock.settles()
    order = shop.transfers_back(order)
    assert order.state == "refunded"
    return order


def test_a_coupon_is_locked_by_its_order_used_when_paid_and_shown_with_both(
    desk_shop: Shop, mei: BuyerActor, kind: Told, coupon: Told
) -> None:
    order = mei.orders(V1_CART, **using(coupon))
    assert (order.payable, order.nets()) == (29870, [18084, 10886, 900])
    assert [(row.source, row.ref, row.amount) for row in order.adjustments] == [("coupons", coupon.id, -3000)]
    assert status_of(mei, coupon) == "locked" and counts_of(desk_shop, kind) == (1, 3000)
    assert mei.is_refused(409).orders(V1_CART, expecting=29870, **using(coupon)).code == "coupon_taken"
    desk_shop.sees_money(order)
    assert status_of(mei, coupon) == "used"
    assert mei.is_refused(409).orders(V1_CART, expecting=29870, **using(coupon)).code == "coupon_taken"


@pytest.mark.parametrize("wanted", [True, False])
def test_after_a_whole_refund_it_comes_back_where_the_shop_wants_it(
    wanted: bool, desk_shop: Shop, mei: BuyerActor, kind: Told, coupon: Told, clock: Clock
) -> None:
    desk_shop.sets_plugin("coupons", return_after_refund=wanted)
    end = coupon.ends_at
    order = desk_shop.sees_money(mei.orders({"a": 1, "b": 2}, **using(coupon)))
    order = desk_shop.refunds(order, {"a": 1})
    clock.settles()
    desk_shop.transfers_back(order)
    assert status_of(mei, coupon) == "used", "one line is not all of it"
    order = refunded_whole(desk_shop, mei.sees(order), clock)
    assert order.refunded == order.payable == 19900 + 11980 - 3000, "the discount is never paid out"
    assert status_of(mei, coupon) == ("unused" if wanted else "used")
    assert counts_of(desk_shop, kind) == ((1, 0) if wanted else (1, 3000))
    if wanted:
        (mine,) = mei.lists("coupons/mine")
        assert mine["ends_at"] == end, "it keeps its end"
        assert mei.orders({"a": 1}, **using(coupon)).payable == 16900


def test_a_cancelled_order_gives_its_coupons_back_once(
    desk_shop: Shop, mei: BuyerActor, kind: Told, coupon: Told
) -> None:
    code = makes(desk_shop, stackable=True, per_buyer=1, budget_count=1)
    order = mei.orders({"a": 1}, **using(coupon, code))
    assert order.payable == 13900 and counts_of(desk_shop, code) == (1, 3000)
    mei.cancels(order)
    assert mei.is_refused(409).cancels(order).state == "closed"
    assert status_of(mei, coupon) == "unused"
    assert (counts_of(desk_shop, kind), counts_of(desk_shop, code)) == ((1, 0), (0, 0))
    again = mei.orders({"a": 1}, **using(coupon, code))
    mei.hides(order)
    assert again.payable == 13900 and status_of(mei, coupon) == "locked", "hiding the old order lets nothing go"
    assert counts_of(desk_shop, code) == (1, 3000)


def test_an_order_without_coupons_is_cancelled_as_ever(desk_shop: Shop, mei: BuyerActor, coupon: Told) -> None:
    assert mei.cancels(mei.orders({"a": 1})).state == "closed"
    assert status_of(mei, coupon) == "unused"


def test_an_order_whose_time_is_over_gives_its_coupon_back(
    desk_shop: Shop, mei: BuyerActor, coupon: Told, clock: Clock
) -> None:
    order = mei.orders({"a": 1}, **using(coupon))
    clock.passes(minutes=30)
    assert mei.sees(order).close_reason == "expired" and status_of(mei, coupon) == "unused"
    assert mei.orders({"a": 1}, **using(coupon)).payable == 16900


def test_a_coupon_whose_time_ran_out_meanwhile_is_kept_and_marked_as_expired(
    desk_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    end = clock.now + timedelta(minutes=10)
    kind = makes(desk_shop, issuing="issued", ends_at=end.isoformat())
    paid, unpaid = gives(desk_shop, kind, mei), gives(desk_shop, kind, mei)
    first, _ = mei.orders({"a": 1}, **using(paid)), mei.orders({"a": 1}, **using(unpaid))
    clock.passes(minutes=15)
    assert [status_of(mei, one) for one in (paid, unpaid)] == ["locked", "locked"], "what is held stays good"
    desk_shop.sees_money(first)
    clock.passes(minutes=15)
    assert [status_of(mei, one) for one in (paid, unpaid)] == ["used", "expired"]
    assert [row["status"] for row in desk_shop.lists("coupons/issued", status="expired")] == ["expired"]


def test_a_coupon_over_the_whole_price_is_used_at_once(desk_shop: Shop, mei: BuyerActor) -> None:
    desk_shop.sets(allow_zero_pay=True)
    coupon = gives(desk_shop, makes(desk_shop, issuing="issued", amount=99_000), mei)
    order = mei.orders({"b": 1}, **using(coupon))
    assert (order.state, order.payable) == ("awaiting_shipment", 0)
    assert status_of(mei, coupon) == "used"


def test_a_public_code_is_used_within_its_budget_and_by_each_buyer_so_often(
    desk_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    code = makes(desk_shop, per_buyer=1, budget_money=7000)
    desk_shop.sees_money(mei.orders({"a": 1}, **using(code)))
    assert mei.is_refused(409).is_quoted({"a": 1}, **using(code)).code == "coupon_used_up"
    wang, li = desk_shop.buyer("Wang"), desk_shop.buyer("Li")
    held = wang.orders({"a": 1}, **using(code))
    assert counts_of(desk_shop, code) == (2, 6000)
    assert li.is_refused(409).is_quoted({"a": 1}, **using(code)).code == "coupon_sold_out"
    wang.cancels(held)
    assert li.orders({"a": 1}, **using(code)).payable == 16900
    rows = desk_shop.lists("coupons/issued", template_id=code.id)
    assert sorted(row["status"] for row in rows) == ["locked", "released", "used"]


def test_coupons_of_orders_that_moved_while_the_plugin_was_off_are_set_right_by_its_job(
    desk_shop: Shop, mei: BuyerActor, kind: Told, coupon: Told, clock: Clock
) -> None:
    other = gives(desk_shop, kind, mei)
    lost, paid = mei.orders({"a": 1}, **using(coupon)), mei.orders({"a": 1}, **using(other))
    desk_shop.asks("POST", "plugins/coupons/disable", {})
    mei.cancels(lost)
    desk_shop.sees_money(paid)
    desk_shop.turns_on("coupons")
    assert status_of(mei, coupon) == "locked"
    keeps_hours(desk_shop.merchant)
    clock.passes(hours=1)
    assert [status_of(mei, one) for one in (coupon, other)] == ["unused", "used"]
    assert counts_of(desk_shop, kind) == (2, 3000)


@pytest.mark.parametrize("way", [("b", "a", "b", "c", "c", "c"), ("c", "c", "b", "c", "b", "a")])
def test_the_units_of_v1_given_back_one_by_one_come_to_what_was_paid(
    way: tuple[str, ...], desk_shop: Shop, mei: BuyerActor, coupon: Told, clock: Clock
) -> None:
    desk_shop.sets(freight_flat=1200)
    order = desk_shop.sees_money(mei.orders(V1_CART, **using(coupon)))
    assert order.payable == 31070
    back: list[tuple[str, int]] = []
    for sku in way:
        order = desk_shop.refunds(order, {sku: 1}, freight=0 if len(back) < 5 else 1200)
        clock.settles()
        order = desk_shop.transfers_back(order)
        back.append((sku, order.refunds[-1].amount))
    assert [amount for sku, amount in back if sku == "b"] == [5443, 5443]
    assert sum(amount for _, amount in back) == order.refunded == 31070, "the discount is never paid out"
    assert order.state == "refunded"
