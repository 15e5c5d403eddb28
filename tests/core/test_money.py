"""Spreading money: the worked examples of the trade, faults seen in others, and what must hold for any numbers."""

import doctest
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core import money
from core.money import CURRENCIES, MAX_AMOUNT, allocate, exponent, format_money, unit_share

GOODS = [19900, 5990 * 2, 330 * 3]
AFTER_COUPON = [18084, 10886, 900]
NET = [17479, 10521, 870]
NET_AND_FREIGHT = [*NET, 1200]


def minus(amounts: list[int], shares: list[int]) -> list[int]:
    return [amount - share for amount, share in zip(amounts, shares, strict=True)]


# --- a whole order, from coupon to cash


def test_a_coupon_then_points_lower_each_line_by_its_share() -> None:
    coupon = allocate(3000, GOODS)
    assert coupon == [1816, 1094, 90]
    assert minus(GOODS, coupon) == AFTER_COUPON
    points = allocate(1000, AFTER_COUPON)
    assert points == [605, 365, 30]
    assert minus(AFTER_COUPON, points) == NET


def test_stored_value_then_balance_then_cash_cover_goods_and_freight() -> None:
    stored = allocate(5000, NET_AND_FREIGHT, NET_AND_FREIGHT)
    assert stored == [2906, 1749, 145, 200]
    left = minus(NET_AND_FREIGHT, stored)
    balance = allocate(10000, left, left)
    assert balance == [5813, 3499, 289, 399]
    left = minus(left, balance)
    assert left == [8760, 5273, 436, 601]
    assert allocate(15070, left, left) == left


def test_refunding_one_of_two_then_the_other_empties_the_line_and_its_tenders() -> None:
    assert [unit_share(10521, 2, k, 1) for k in range(2)] == [5260, 5261]
    assert [unit_share(1094, 2, k, 1) for k in range(2)] == [547, 547]
    assert [unit_share(365, 2, k, 1) for k in range(2)] == [182, 183]
    held = [1749, 3499, 5273]
    first = allocate(5260, held, held)
    assert first == [875, 1749, 2636]
    assert allocate(5261, minus(held, first), minus(held, first)) == [874, 1750, 2637]


def test_a_refund_by_amount_goes_back_to_tenders_by_what_each_still_holds() -> None:
    assert allocate(3000, [1749, 3499, 5273]) == [499, 998, 1503]


def test_a_lower_price_is_spread_as_a_negative_amount() -> None:
    delta = allocate(-10000, NET)
    assert delta == [-6055, -3644, -301]
    assert [net + part for net, part in zip(NET, delta, strict=True)] == [11424, 6877, 569]


def test_units_of_a_line_share_by_cumulative_floor() -> None:
    assert [unit_share(436, 3, k, 1) for k in range(3)] == [145, 145, 146]
    assert [unit_share(-436, 3, k, 1) for k in range(3)] == [-145, -145, -146]
    assert unit_share(436, 3, 0, 3) == 436
    assert unit_share(436, 3, 1, 2) == 291
    assert unit_share(436, 3, 3, 0) == 0


# --- what others get wrong


def test_no_line_is_paid_below_zero_when_the_discount_is_smaller_than_the_lines_are_many() -> None:
    assert allocate(5, [1] * 6, [1] * 6) == [1, 1, 1, 1, 1, 0]


def test_the_last_line_does_not_swallow_the_remainder() -> None:
    assert allocate(99, [33, 33, 33, 1], [33, 33, 33, 1]) == [33, 33, 32, 1]


def test_no_fen_is_lost_to_floating_point() -> None:
    assert int(100 * (29 / 100.0)) == 28
    assert allocate(100, [29, 71]) == [29, 71]
    big = 10**17 + 1
    assert allocate(big, [1, 1]) == [big // 2 + 1, big // 2]


def test_an_ineligible_last_line_neither_takes_nor_loses_the_remainder() -> None:
    assert allocate(10, [10, 10, 10, 0]) == [4, 3, 3, 0]


def test_equal_lines_share_without_a_third_decimal() -> None:
    assert allocate(10, [10, 10, 10]) == [4, 3, 3]


# --- limits and refusals


def test_what_a_full_share_cannot_take_goes_to_those_with_room() -> None:
    assert allocate(100, [1, 1, 1], [10, 50, 50]) == [10, 45, 45]
    assert allocate(100, [70, 20, 10], [10, 15, 90]) == [10, 15, 75]
    assert allocate(-100, [1, 1, 1], [10, 50, 50]) == [-10, -45, -45]
    assert allocate(3, [1, 1], [0, 3]) == [0, 3]


def test_nothing_to_spread_is_nothing_for_each() -> None:
    assert allocate(0, [0, 0]) == [0, 0]
    assert allocate(0, [3, 0]) == [0, 0]
    assert allocate(0, [1, 1], [0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("total", "weights", "limits", "says"),
    [
        (0, [], None, "empty"),
        (1, [], None, "empty"),
        (1, [0, 0], None, "all zero"),
        (-1, [0], [5], "all zero"),
        (1, [2, -1], None, "negative"),
        (1, [1, 1], [1], "as many"),
        (1, [1, 1], [1, -1], "negative"),
        (3, [1, 1], [1, 1], "without a place"),
        (-3, [1, 1], [1, 1], "without a place"),
        (3, [1, 0], [2, 9], "without a place"),
    ],
)
def test_what_cannot_be_spread_is_refused(total: int, weights: list[int], limits: list[int] | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        allocate(total, weights, limits)


@pytest.mark.parametrize(("quantity", "start", "count"), [(0, 0, 0), (3, -1, 1), (3, 0, -1), (3, 2, 2), (-1, 0, 0)])
def test_units_that_are_not_in_the_line_have_no_share(quantity: int, start: int, count: int) -> None:
    with pytest.raises(ValueError, match=r"no .* units"):
        unit_share(100, quantity, start, count)


# --- for any numbers

totals = st.integers(-MAX_AMOUNT, MAX_AMOUNT) | st.integers(-200, 200)
weights_of_any_size = st.lists(st.integers(0, MAX_AMOUNT) | st.integers(0, 5), min_size=1, max_size=12)


@given(totals, weights_of_any_size)
def test_shares_add_up_and_stay_within_one_of_the_exact_part(total: int, weights: list[int]) -> None:
    assume(any(weights))
    shares = allocate(total, weights)
    whole = sum(weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - total * weight) < whole
        assert share * total >= 0
        assert weight or not share


@given(totals, weights_of_any_size)
def test_a_discount_mirrors_a_charge(total: int, weights: list[int]) -> None:
    assume(any(weights))
    assert allocate(-total, weights) == [-share for share in allocate(total, weights)]


@given(st.data())
def test_no_share_passes_its_limit_and_all_is_placed_if_there_is_room(data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8))
    weights, limits = [w for w, _ in pairs], [limit for _, limit in pairs]
    room = sum(limit for weight, limit in pairs if weight)
    sign = data.draw(st.sampled_from([1, -1]))
    total = sign * data.draw(st.integers(0, room))
    shares = allocate(total, weights, limits)
    assert sum(shares) == total
    assert all(0 <= sign * share <= limit for share, limit in zip(shares, limits, strict=True))
    if room:
        with pytest.raises(ValueError, match="without a place"):
            allocate(sign * (room + 1), weights, limits)


@given(totals, weights_of_any_size)
def test_limits_out_of_reach_change_nothing(total: int, weights: list[int]) -> None:
    assume(any(weights))
    assert allocate(total, weights, [abs(total)] * len(weights)) == allocate(total, weights)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=10), st.data())
def test_a_discount_no_larger_than_the_goods_never_makes_a_line_negative(lines: list[int], data: st.DataObject) -> None:
    discount = data.draw(st.integers(0, sum(lines)))
    assert min(minus(lines, allocate(discount, lines, lines))) >= 0


@given(totals, st.integers(1, 1000), st.data())
def test_units_add_up_however_they_are_grouped(total: int, quantity: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, quantity), max_size=6)))
    edges = [0, *cuts, quantity]
    parts = [unit_share(total, quantity, a, b - a) for a, b in pairwise(edges)]
    assert sum(parts) == total
    assert all(part * total >= 0 for part in parts)


# --- for people


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (30070, "CNY", "¥300.70"),
        (100, "USD", "$1.00"),
        (300, "JPY", "JPY 300"),
        (0, "CNY", "¥0.00"),
        (5, "CNY", "¥0.05"),
        (-5, "USD", "-$0.05"),
        (1234, "KWD", "KWD 1.234"),
        (-1, "KWD", "-KWD 0.001"),
        (12000, "KRW", "₩12000"),
        (MAX_AMOUNT, "HKD", "HK$10000000000.00"),
    ],
)
def test_money_is_written_for_people(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text


def test_each_currency_has_its_own_number_of_places() -> None:
    assert {code: exponent(code) for code in ("CNY", "TWD", "THB", "IDR", "VND", "JPY", "KRW", "KWD")} == {
        "CNY": 2, "TWD": 2, "THB": 2, "IDR": 2, "VND": 0, "JPY": 0, "KRW": 0, "KWD": 3,
    }  # fmt: skip
    assert len(CURRENCIES) >= 30
    assert all(len(code) == 3 and code.isupper() and 0 <= places <= 3 for code, places in CURRENCIES.items())


@pytest.mark.parametrize("code", ["XXX", "cny", "", "RMB"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        exponent(code)
    with pytest.raises(ValueError, match="unknown currency"):
        format_money(1, code)


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(money).failed == 0
