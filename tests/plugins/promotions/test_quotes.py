"""What promotions take off a quote, over HTTP: each rule at its edge, in their layers, by priority."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Clock
from tests.plugins.coupons import desk
from tests.plugins.promotions.board import FREIGHT, admits, off, step, writes
from tests.vocabulary import BuyerActor, Shop


@pytest.mark.both_databases
def test_the_dearest_step_that_is_reached_counts_and_equality_reaches_it(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, steps=[step(6000, 500), step(9000, 1000), step(100_000, 30_000)])
    assert off(mei.is_quoted({"cup": 1})) == []
    assert off(mei.is_quoted({"cup": 2})) == [("promotion", -500)]
    assert off(mei.is_quoted({"cup": 3})) == [("promotion", -1000)]
    assert off(mei.is_quoted({"pot": 10})) == [("promotion", -30_000)]


def test_a_scope_counts_its_own_lines_and_takes_off_them_alone(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, steps=[step(20_000, 2_500)], scope="categories", scope_values=["clay"])
    assert off(mei.is_quoted({"pot": 1, "cup": 5})) == []
    quote = mei.is_quoted({"pot": 2, "cup": 5})
    assert [line.net for line in quote.lines] == [17_500, 15_000]


def test_a_percentage_off_is_whole_fen_within_its_cap_from_its_threshold_on(shop: Shop, mei: BuyerActor) -> None:
    shop.sells("pin", 333)
    rule = writes(shop, "percentage", basis_points=1000, threshold=333, cap=1000)
    assert off(mei.is_quoted({"pin": 1})) == [("promotion", -33)]
    assert off(mei.is_quoted({"pot": 5})) == [("promotion", -1000)]
    shop.asks("POST", f"promotions/rules/{rule.id}", {"threshold": 334})
    assert off(mei.is_quoted({"pin": 1})) == []


def test_freight_is_free_from_a_threshold_of_what_is_left_to_pay(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, "free_freight", threshold=10_000)
    quote = mei.is_quoted({"pot": 1})
    assert (off(quote), quote.payable, quote.freight_amount) == ([("freight", -FREIGHT)], 10_000, FREIGHT)
    writes(shop, steps=[step(10_000, 1)])
    assert mei.is_quoted({"pot": 1}).payable == 9_999 + FREIGHT


def test_freight_may_be_cheaper_rather_than_free(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, "free_freight", cap=500)
    assert mei.is_quoted({"cup": 1}).payable == 3000 + FREIGHT - 500
    writes(shop, "free_freight", cap=5000)
    assert mei.is_quoted({"cup": 1}).payable == 3000, "never below nothing"


def test_members_have_their_own_prices_and_others_do_not(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, "member_prices", level="gold", prices={"cup": 2500, "pot": 12_000}, priority=1)
    writes(shop, "member_percentage", level="gold", basis_points=1000)
    writes(shop, "member_percentage", level="silver", basis_points=500)
    admits(shop, mei, "gold")
    quote = mei.is_quoted({"cup": 2, "pot": 1})
    assert [line.net for line in quote.lines] == [5000, 9000], "a fixed price where it is lower, else the percentage"
    assert {layer for layer, _ in off(quote)} == {"member"}
    assert off(shop.buyer("Wang").is_quoted({"cup": 2, "pot": 1})) == []
    admits(shop, mei, "silver")
    assert [line.net for line in mei.is_quoted({"cup": 2, "pot": 1}).lines] == [5700, 9500]
    shop.asks("DELETE", f"promotions/customers/{mei.id}/level")
    assert off(mei.is_quoted({"cup": 2, "pot": 1})) == []


def test_layers_follow_each_other_member_promotion_coupon_freight(shop: Shop, mei: BuyerActor) -> None:
    desk.opens(shop)
    writes(shop, "free_freight", threshold=6_100)
    writes(shop, steps=[step(9_000, 1_000)])
    writes(shop, "member_percentage", level="gold", basis_points=1000)
    admits(shop, mei, "gold")
    quote = mei.is_quoted({"pot": 1}, **desk.using(desk.makes(shop, amount=1900)))
    assert off(quote) == [("member", -1000), ("promotion", -1000), ("coupon", -1900), ("freight", -FREIGHT)]
    assert quote.payable == 6_100


def test_the_highest_priority_comes_first_and_an_exclusive_one_is_taken_alone(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, "percentage", basis_points=1000)
    writes(shop, steps=[step(10_000, 2_000)], priority=5)
    assert [amount for _, amount in off(mei.is_quoted({"pot": 1}))] == [-2000, -800]
    alone = writes(shop, "percentage", basis_points=5000, exclusive=True, priority=9)
    assert [amount for _, amount in off(mei.is_quoted({"pot": 1}))] == [-5000]
    shop.asks("POST", f"promotions/rules/{alone.id}", {"priority": 1})
    assert [amount for _, amount in off(mei.is_quoted({"pot": 1}))] == [-2000, -800], "something was taken before it"
    writes(shop, "free_freight")
    shop.asks("POST", f"promotions/rules/{alone.id}", {"priority": 9})
    assert [layer for layer, _ in off(mei.is_quoted({"pot": 1}))] == ["promotion", "freight"], "alone in its layer"


def test_a_promotion_runs_from_its_first_moment_to_the_one_before_its_end(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    begin, end = clock.now + timedelta(hours=1), clock.now + timedelta(hours=2)
    writes(shop, steps=[step(1, 1)], starts_at=begin.isoformat(), ends_at=end.isoformat())
    seen = []
    for delta in ({"seconds": 0}, {"hours": 1}, {"minutes": 59, "seconds": 59}, {"seconds": 1}):
        clock.passes(**delta)
        seen.append(len(off(mei.is_quoted({"cup": 1}))))
    assert seen == [0, 1, 1, 0]


def test_an_order_keeps_what_it_was_given_when_the_promotion_is_gone(shop: Shop, mei: BuyerActor) -> None:
    rule = writes(shop, steps=[step(3000, 300)])
    order = mei.orders({"cup": 1})
    shop.asks("DELETE", f"promotions/rules/{rule.id}")
    assert off(mei.is_quoted({"cup": 1})) == []
    order = mei.sees(order)
    assert [(row.source, row.ref, row.amount) for row in order.adjustments] == [("promotions", rule.id, -300)]
    problem = mei.is_refused(422).orders({"cup": 1}, expecting=order.payable)
    assert (problem.code, problem.quote.payable) == ("price_changed", 3000 + FREIGHT)


def test_a_plugin_that_is_off_takes_nothing_off(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, steps=[step(100, 100)])
    shop.asks("POST", "plugins/promotions/disable", {})
    assert off(mei.is_quoted({"cup": 1})) == []
    assert mei.is_refused(404).asks("GET", "promotions/running").code == "not_found"


def test_a_quote_asks_once_for_any_number_of_promotions_in_all_layers(
    shop: Shop, mei: BuyerActor, count_statements: Any
) -> None:
    writes(shop, steps=[step(100, 100)])
    shop.asks("POST", "plugins/promotions/disable", {})
    mei.is_quoted({"cup": 1})  # the first request after a switch reads which plugins are on
    with count_statements() as without:
        mei.is_quoted({"cup": 1})
    shop.turns_on("promotions")
    admits(shop, mei, "gold")
    for _ in range(3):
        writes(shop, "percentage", basis_points=100)
        writes(shop, "member_percentage", level="gold", basis_points=100)
        writes(shop, "free_freight")
    mei.is_quoted({"cup": 1})
    with count_statements() as with_them:
        mei.is_quoted({"cup": 1})
    assert len(with_them) == len(without) + 1
