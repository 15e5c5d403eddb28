"""One order that several tenders pay, and many hands: set aside once, and then captured or let go, once."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from core.contracts.payment_channel import PaymentStatus
from core.flows import close, pay
from tests.races.mixed_tills import (
    CASH,
    GIVEN,
    PART,
    account,
    begins,
    breaches,
    cash,
    held,
    is_broken,
    mixed,
    opens,
    somebody,
    take_the_accounts_guards_out,
    torn,
)
from tests.races.tills import PRICE, Bill, PaidStall, later
from tests.races.unguarded import take_every_lock_out, take_the_order_lock_out
from tests.races.yard import Said, together, trouble_in, until_broken

pytestmark = [
    pytest.mark.on_postgres,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:DELETE statement on table"),
]


@pytest.fixture
def till(paid_stall: PaidStall) -> PaidStall:
    """A stall that keeps balance and points."""
    return opens(paid_stall)


# ---------------------------------------------------------------------------------------------- capture and timeout
def cash_against_time(till: PaidStall, n: int = 0) -> list[Bill]:
    """Three orders whose time is up, while their cash comes: before, or as somebody asks to close it."""
    bills = [mixed(till) for _ in range(3)]
    later(minutes=31)
    works: list[Callable[[], Any]] = []
    for bill in bills:
        works += [till.rings(bill, close.ring)] * 2
        works += [partial(cash, till, bill, at_closing=bool(n % 2), past_closing=bool(n % 2))]
    assert trouble_in(together(works)) == []
    till.settles()
    return bills


def test_cash_against_time_spends_the_hold_or_frees_it_and_never_both(till: PaidStall) -> None:
    states: Counter[str] = Counter()
    for n in range(4):
        for bill in cash_against_time(till, n):
            assert not torn(till, bill)
            states[till.seen(bill)["state"]] += 1
    assert set(states) <= {"awaiting_shipment", "closed"} and states["awaiting_shipment"]
    assert breaches(till) == []


def test_without_any_lock_an_order_is_closed_over_its_cash_or_its_hold_is_torn(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(till, monkeypatch)
    take_the_accounts_guards_out(till, monkeypatch)
    tries = iter(range(100))

    def broke() -> bool:
        bills = [mixed(till) for _ in range(3)]
        n = next(tries)
        later(minutes=31)
        works: list[Callable[[], Any]] = []
        for bill in bills:
            works += [
                till.rings(bill, close.ring),
                partial(cash, till, bill, at_closing=bool(n % 2), past_closing=True),
            ]
        troubles = trouble_in(together(works))
        till.settles()
        return bool(troubles) or is_broken(till, bills)

    assert until_broken(broke)


# ---------------------------------------------------------------------------------------------- hold and hold
def points_for_many(till: PaidStall) -> tuple[str, list[Said]]:
    """Six orders are placed at once, each with all the points there are."""
    token = somebody(till, "points", 1000)
    wish = till.wish(("tea", 1), total=PRICE - 1000, options={"balance_points": {"points": 1000}})
    return token, together([partial(till.shop, token, "POST", "orders", wish)] * 6)


def test_points_lower_the_price_of_one_of_many_orders_placed_at_once(till: PaidStall) -> None:
    for _ in range(3):
        token, answers = points_for_many(till)
        assert Counter((one.status, one.body.get("code", "")) for one in answers) == {
            (201, ""): 1, (409, "not_enough"): 5,
        }  # fmt: skip
        assert account(till, token, "points") == (0, 1000)
    assert breaches(till) == []


def test_without_the_condition_on_the_account_points_lower_several_prices(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_accounts_guards_out(till, monkeypatch)
    assert until_broken(lambda: sum(one.good for one in points_for_many(till)[1]) > 1)


def mixes_for_many(till: PaidStall) -> tuple[str, list[Said]]:
    """Six orders want the same balance beside the wire at once; it is enough for one of them."""
    token = somebody(till)
    numbers = [till.placed(token, ("tea", 1), total=PRICE)["number"] for _ in range(6)]
    return token, together([partial(begins, till, token, number, "wire") for number in numbers])


def test_a_balance_is_set_aside_for_one_of_many_mixed_orders_and_the_others_are_as_before(till: PaidStall) -> None:
    for _ in range(3):
        token, answers = mixes_for_many(till)
        assert Counter((one.status, one.body.get("code", "")) for one in answers) == {
            (201, ""): 1, (409, "not_enough"): 5,
        }  # fmt: skip
        assert account(till, token) == (GIVEN - PART, PART)
    assert till.execute("SELECT count(*) FROM payments WHERE role = 'cash'") == 3
    assert breaches(till) == []


def test_without_the_condition_on_the_account_a_balance_is_set_aside_several_times(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_accounts_guards_out(till, monkeypatch)
    assert until_broken(lambda: sum(one.good for one in mixes_for_many(till)[1]) > 1)


def begun_by_many(till: PaidStall) -> tuple[str, list[Said]]:
    """One mixed payment is begun six times at once."""
    token = somebody(till, amount=6 * PART)
    number = till.placed(token, ("tea", 1), total=PRICE)["number"]
    return token, together([partial(begins, till, token, number, "wire")] * 6)


def test_a_mixed_payment_that_is_begun_many_times_at_once_is_set_aside_once(till: PaidStall) -> None:
    for _ in range(3):
        token, answers = begun_by_many(till)
        assert {one.status for one in answers} == {201}
        assert len({one["out_trade_no"] for one in answers}) == 1
        assert account(till, token) == (5 * PART, PART)
    assert breaches(till) == []


def test_without_the_lock_on_the_order_one_mixed_payment_is_set_aside_several_times(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(till, monkeypatch)
    assert until_broken(lambda: account(till, begun_by_many(till)[0])[1] > PART)


# ---------------------------------------------------------------------------------------------- two channels
def two_channels_are_paid(till: PaidStall) -> tuple[list[Bill], list[Any]]:
    """Four mixed orders, each paid by wire and by cable at the same moment."""
    bills = [mixed(till, "wire", "cable") for _ in range(4)]
    works: list[Callable[[], Any]] = [
        partial(cash, till, bill, channel) for bill in bills for channel in ("wire", "cable")
    ]
    answers = together(works)
    till.settles()
    return bills, answers


def test_of_two_channels_of_a_mixed_order_one_completes_it_and_the_other_gives_back(till: PaidStall) -> None:
    for _ in range(2):
        bills, answers = two_channels_are_paid(till)
        assert trouble_in(answers) == []
        for bill in bills:
            seen = till.seen(bill)
            assert (seen["state"], seen["paid"]) == ("awaiting_shipment", PRICE) and not torn(till, bill)
            assert [(row["reason"], row["status"], row["amount"]) for row in seen["refunds"]] == [
                ("duplicate_payment", "done", CASH)
            ]
            assert till.booked(bill) == CASH and held(till, bill) == [("settled", PART)], "captured once"
    assert breaches(till) == []


def test_without_any_lock_a_mixed_order_keeps_the_cash_of_two_channels_or_is_torn(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(till, monkeypatch)
    take_the_accounts_guards_out(till, monkeypatch)

    def broke() -> bool:
        bills, _ = two_channels_are_paid(till)
        return any(till.booked(bill) > CASH or torn(till, bill) for bill in bills)

    assert until_broken(broke)


# ---------------------------------------------------------------------------------------------- release and capture
def failure_against_cash(till: PaidStall) -> tuple[list[Bill], list[Any]]:
    """The channel gives four attempts up, and tells that they are paid, at the same moment."""
    bills = [mixed(till) for _ in range(4)]
    works: list[Callable[[], Any]] = []
    for bill in bills:
        receipt = till.wires["wire"].pays(bill.attempts["wire"], CASH)
        till.wires["wire"].says("query", PaymentStatus("failed", failure="no funds"))
        works += [partial(till.does, pay.query, bill.order_id, till.payment_id(bill)), partial(till.tells, receipt)]
    answers = together(works)
    till.settles()
    return bills, answers


def test_an_attempt_that_fails_as_its_cash_comes_spends_the_hold_once_in_the_end(till: PaidStall) -> None:
    holds: Counter[str] = Counter()
    for _ in range(3):
        bills, answers = failure_against_cash(till)
        assert trouble_in(answers) == []
        for bill in bills:
            assert till.seen(bill)["state"] == "awaiting_shipment" and not torn(till, bill)
            holds[" ".join(state for state, _ in held(till, bill))] += 1
    assert set(holds) <= {"settled", "closed settled"}, "spent at once, or let go and taken back"
    assert breaches(till) == []


def test_without_any_lock_what_is_spent_is_let_go_too(till: PaidStall, monkeypatch: pytest.MonkeyPatch) -> None:
    take_every_lock_out(till, monkeypatch)
    take_the_accounts_guards_out(till, monkeypatch)

    def broke() -> bool:
        bills, answers = failure_against_cash(till)
        return bool(trouble_in(answers)) or is_broken(till, bills)

    assert until_broken(broke)


def test_late_cash_revives_an_order_with_its_balance_or_goes_back_while_another_order_wants_it(
    till: PaidStall,
) -> None:
    body = {"late_payment": "revive"}
    assert till.admin("PATCH", "settings", body, If_Match="*").good
    ends: Counter[str] = Counter()
    for _ in range(6):
        bill = mixed(till)
        later(minutes=31)
        till.settles()
        assert till.seen(bill)["state"] == "closed"
        other = till.placed(bill.buyer, ("tea", 1), total=PRICE)["number"]
        answers = together(
            [
                partial(cash, till, bill, past_closing=True),
                partial(begins, till, bill.buyer, other, "cable"),
            ]
        )
        assert trouble_in(answers) == []
        till.settles()
        seen, free = till.seen(bill), account(till, bill.buyer)
        ends[seen["state"]] += 1
        if seen["state"] == "awaiting_shipment":
            assert (answers[1].status, free) == (409, (GIVEN - PART, 0))
        else:
            assert (seen["state"], answers[1].status, free) == ("closed", 201, (GIVEN - PART, PART))
            assert [row["amount"] for row in seen["refunds"]] == [CASH], "the cash goes back"
    assert set(ends) <= {"awaiting_shipment", "closed"}
    assert breaches(till) == []
