"""Money by a gateway against everything else at the same moment: it is booked once, and kept only for an order."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from core.flows import close
from tests.races.tills import Bill, PaidStall, later
from tests.races.unguarded import take_the_order_lock_out, take_the_surplus_rule_out
from tests.races.yard import together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]


# -- pay against expire, pay against cancel
def expires(stall: PaidStall, bill: Bill) -> Callable[[], Any]:
    """The time to pay is over."""
    return stall.rings(bill, close.ring)  # type: ignore[no-any-return]


def is_cancelled(stall: PaidStall, bill: Bill) -> Callable[[], Any]:
    """The buyer does not want it any more."""
    return partial(stall.shop, bill.buyer, "POST", f"orders/{bill.number}/cancel", {"reason": "other"})


Ends = Callable[[PaidStall, Bill], Callable[[], Any]]


def pay_against(ends: Ends, stall: PaidStall, races: int, *, past_closing: bool) -> tuple[list[Bill], list[Any]]:
    """*races* orders at once, each paid when it *ends*: half of them from the start, half as the channel closes."""
    bills = stall.bills(races)
    later(minutes=31)
    works: list[Callable[[], Any]] = []
    for n, bill in enumerate(bills):
        pays = partial(stall.receives, bill, past_closing=past_closing, at_closing=bool(n % 2))
        works += [ends(stall, bill), pays]
    answers = together(works)
    return bills, answers


def many_pay_against(ends: Ends, stall: PaidStall, races: int, *, past_closing: bool) -> set[str]:
    """So many races, twenty at once, and the work that follows; how they ended."""
    states = set()
    for _ in range(races // 20):
        bills, answers = pay_against(ends, stall, 20, past_closing=past_closing)
        assert trouble_in(answers) == []
        stall.settles()
        states |= {str(stall.seen(bill)["state"]) for bill in bills}
    assert stall.kept_for_nothing() == []
    assert stall.broken_laws() == []
    return states


def test_money_that_races_the_deadline_pays_the_order_or_goes_back(paid_stall: PaidStall) -> None:
    states = many_pay_against(expires, paid_stall, 60, past_closing=True)
    assert states <= {"closed", "awaiting_shipment"}


def test_of_a_channel_that_takes_no_money_once_it_has_closed_none_ever_goes_back(paid_stall: PaidStall) -> None:
    many_pay_against(expires, paid_stall, 20, past_closing=False)
    assert paid_stall.execute("SELECT count(*) FROM refunds") == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_times_money_that_races_the_deadline_pays_the_order_or_goes_back(paid_stall: PaidStall) -> None:
    states = many_pay_against(expires, paid_stall, 1000, past_closing=True)
    assert states == {"closed", "awaiting_shipment"}, "both were the faster one at times"


def test_money_that_races_the_buyers_cancel_pays_the_order_or_goes_back(paid_stall: PaidStall) -> None:
    states = many_pay_against(is_cancelled, paid_stall, 20, past_closing=True)
    states |= many_pay_against(is_cancelled, paid_stall, 20, past_closing=False)
    assert states <= {"closed", "awaiting_shipment", "refunded"}


@pytest.mark.filterwarnings("ignore:DELETE statement on table 'deadlines'")
@pytest.mark.parametrize("ends", [expires, is_cancelled])
def test_without_the_lock_on_the_order_its_end_and_its_money_cross(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch, ends: Ends
) -> None:
    take_the_order_lock_out(paid_stall, monkeypatch)

    def crossed() -> bool:
        pay_against(ends, paid_stall, 20, past_closing=True)
        paid_stall.settles()
        return bool(paid_stall.kept_for_nothing() or paid_stall.broken_laws())

    assert until_broken(crossed)


def test_without_the_surplus_rule_late_money_stays_with_a_closed_order(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_surplus_rule_out(monkeypatch)

    def closed_over_money() -> bool:
        pay_against(expires, paid_stall, 20, past_closing=True)
        paid_stall.settles()
        return bool(paid_stall.kept_for_nothing())

    assert until_broken(closed_over_money)
