"""What coupons take off a quote, over HTTP: each rule with the amount that just fits and the one that just does not."""

from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.plugins.coupons.desk import V1_CART, V1_SHARES, gives, makes, using
from tests.vocabulary import BuyerActor, Shop


def off(quote: object) -> list[int]:
    """What each line was given."""
    return [line.amount - line.net for line in quote.lines]  # type: ignore[attr-defined]


@pytest.mark.both_databases
def test_vector_1_a_coupon_of_30_is_shared_to_the_fen(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(freight_flat=1200)
    quote = mei.is_quoted(V1_CART, **using(makes(shop)))
    assert off(quote) == V1_SHARES
    assert (quote.goods_amount, quote.freight_amount, quote.payable) == (32870, 1200, 32870 - 3000 + 1200)
    (row,) = quote.adjustments
    assert (row.layer, row.source, row.amount) == ("coupon", "coupons", -3000)


def test_ten_off_three_lines_of_ten_is_334_and_333_and_333(shop: Shop, mei: BuyerActor) -> None:
    for sku in ("x", "y", "z"):
        shop.sells(sku, 1000)
    quote = mei.is_quoted({"x": 1, "y": 1, "z": 1}, **using(makes(shop, amount=1000)))
    assert off(quote) == [334, 333, 333]


def test_a_coupon_of_50_on_an_order_of_30_takes_30_off_and_no_more(shop: Shop, mei: BuyerActor) -> None:
    shop.sells("tea", 3000)
    shop.sets(freight_flat=700)
    quote = mei.is_quoted({"tea": 1}, **using(makes(shop, amount=5000)))
    assert (off(quote), quote.payable) == ([3000], 700)


def test_a_percentage_is_whole_fen_and_never_more_than_its_cap(shop: Shop, mei: BuyerActor) -> None:
    share = makes(shop, kind="percentage", basis_points=2900)
    assert mei.is_quoted({"c": 1}, **using(share)).payable == 330 - 95  # 95.7
    capped = makes(shop, kind="percentage", basis_points=2900, cap=90)
    assert mei.is_quoted({"c": 1}, **using(capped)).payable == 330 - 90
    whole = makes(shop, kind="percentage", basis_points=10_000)
    assert mei.is_quoted({"c": 1}, **using(whole)).payable == 0


def test_at_its_threshold_a_coupon_counts_and_one_fen_below_it_does_not(shop: Shop, mei: BuyerActor) -> None:
    fits = makes(shop, kind="threshold", amount=500, threshold=5990)
    assert mei.is_quoted({"b": 1}, **using(fits)).payable == 5490
    too_much = makes(shop, kind="threshold", amount=500, threshold=5991)
    problem = mei.is_refused(409).is_quoted({"b": 1}, **using(too_much))
    assert problem.code == "coupon_below_threshold" and "¥59.91" in problem.detail and "¥59.90" in problem.detail
    assert problem.errors[0].pointer == "/options/coupons/codes/0"


def test_a_threshold_looks_at_the_lines_it_covers_alone(shop: Shop, mei: BuyerActor) -> None:
    kind = makes(shop, kind="threshold", amount=500, threshold=10000, scope="skus", scope_values=["b"])
    assert mei.is_refused(409).is_quoted({"a": 1, "b": 1}, **using(kind)).code == "coupon_below_threshold"
    assert off(mei.is_quoted({"a": 1, "b": 2}, **using(kind))) == [0, 500]


def test_a_coupon_for_a_category_or_for_skus_leaves_other_lines_alone(shop: Shop, mei: BuyerActor) -> None:
    body = {"code": "green", "title": "Green", "category": "tea", "variants": [{"sku": "green", "price": 1000}]}
    shop.variants["green"] = shop.api.post("products", body)["variants"][0]["id"]
    of_tea = makes(shop, amount=5000, scope="categories", scope_values=["tea", "coffee"])
    assert off(mei.is_quoted({"a": 1, "green": 2}, **using(of_tea))) == [0, 2000]
    problem = mei.is_refused(409).is_quoted({"a": 1}, **using(of_tea))
    assert problem.code == "coupon_not_for_these" and "tea, coffee" in problem.detail


def test_one_coupon_that_does_not_stack_goes_with_those_that_do_in_one_order(shop: Shop, mei: BuyerActor) -> None:
    alone, other = makes(shop, amount=1000), makes(shop, amount=500)
    amount = makes(shop, amount=990, stackable=True)
    share = makes(shop, kind="percentage", basis_points=5000, stackable=True)
    first = mei.is_quoted({"b": 1}, **using(share, amount, alone))
    again = mei.is_quoted({"b": 1}, **using(alone, share, amount))
    assert first.payable == again.payable == (5990 - 1000 - 990) // 2
    assert [row.amount for row in first.adjustments] == [-1000, -990, -2000]
    assert mei.is_refused(409).is_quoted({"b": 1}, **using(alone, other)).code == "coupon_not_stackable"


def test_thresholds_of_stacked_coupons_look_at_the_price_before_any_coupon(shop: Shop, mei: BuyerActor) -> None:
    first = makes(shop, kind="fixed", amount=1000)
    second = makes(shop, kind="threshold", amount=100, threshold=5990, stackable=True)
    assert mei.is_quoted({"b": 1}, **using(first, second)).payable == 5990 - 1100


def test_the_same_coupon_or_two_of_a_kind_are_not_used_together(shop: Shop, mei: BuyerActor) -> None:
    code = makes(shop, stackable=True)
    assert mei.is_refused(409).is_quoted(V1_CART, **using(code, code)).code == "coupon_twice"
    kind = makes(shop, issuing="issued", stackable=True)
    two = gives(shop, kind, mei), gives(shop, kind, mei)
    assert mei.is_refused(409).is_quoted(V1_CART, **using(*two)).code == "coupon_twice"


def test_a_coupon_that_takes_nothing_off_is_refused_rather_than_spent(shop: Shop, mei: BuyerActor) -> None:
    share = makes(shop, kind="percentage", basis_points=10, stackable=True)
    assert mei.is_refused(409).is_quoted({"c": 1}, **using(share)).code == "coupon_no_use"
    everything = makes(shop, amount=330)
    assert mei.is_refused(409).is_quoted({"c": 1}, **using(everything, makes(shop, stackable=True)))


def test_a_coupon_is_good_from_its_first_moment_to_the_one_before_its_end(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    begin, end = clock.now + timedelta(hours=1), clock.now + timedelta(hours=2)
    kind = makes(shop, starts_at=begin.isoformat(), ends_at=end.isoformat())
    assert mei.is_refused(409).is_quoted({"a": 1}, **using(kind)).code == "coupon_not_yet"
    clock.passes(hours=1)
    assert mei.is_quoted({"a": 1}, **using(kind)).payable == 16900
    clock.passes(minutes=59, seconds=59)
    assert mei.is_quoted({"a": 1}, **using(kind)).payable == 16900
    clock.passes(seconds=1)
    assert mei.is_refused(409).is_quoted({"a": 1}, **using(kind)).code == "coupon_expired"


def test_a_coupon_for_a_first_order_is_for_nobody_who_has_ordered(shop: Shop, mei: BuyerActor) -> None:
    kind = makes(shop, first_order=True)
    order = mei.orders({"a": 1}, **using(kind))
    assert mei.is_refused(409).is_quoted({"a": 1}, **using(kind)).code == "coupon_first_order"
    mei.cancels(order)
    assert mei.is_quoted({"a": 1}, **using(kind)).payable == 16900


def test_codes_are_the_same_in_small_letters_and_unknown_ones_are_named(shop: Shop, mei: BuyerActor) -> None:
    makes(shop, code="Spring-26")
    options = {"options": {"coupons": {"codes": ["sPRING-26"]}}}
    assert mei.is_quoted({"a": 1}, **options).payable == 16900
    problem = mei.is_refused(422).is_quoted({"a": 1}, options={"coupons": {"codes": ["NOPE"]}})
    assert (problem.code, problem.errors[0].pointer) == ("coupon_unknown", "/options/coupons/codes/0")


def test_a_coupon_switched_off_and_a_plugin_switched_off_take_nothing_off(shop: Shop, mei: BuyerActor) -> None:
    kind = makes(shop)
    shop.asks("POST", f"coupons/templates/{kind.id}", {"enabled": False})
    assert mei.is_refused(409).is_quoted({"a": 1}, **using(kind)).code == "coupon_off"
    shop.asks("POST", "plugins/coupons/disable", {})
    assert mei.is_refused(422).is_quoted({"a": 1}, **using(kind)).errors[0].pointer == "/options/coupons"
    assert mei.is_refused(404).asks("GET", "coupons/mine").code == "not_found"
    shop.turns_on("coupons")


def test_a_discount_that_the_buyer_sends_is_not_taken(shop: Shop, mei: BuyerActor) -> None:
    body = mei.wishes({"a": 1}, options={"coupons": {"codes": [], "amount": 19900}})
    assert mei.is_refused(422).asks("POST", "quotes", body).errors[0].pointer == "/options/coupons/amount"
    kind = makes(shop)
    body = mei.wishes({"a": 1}, **using(kind)) | {"expected_total": 1}
    assert mei.is_refused(422).asks("POST", "orders", body).quote.payable == 16900
