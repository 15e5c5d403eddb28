"""One order that several tenders paid, and many hands that give it back: each tender's share goes back once."""

from functools import partial
from typing import Any

import pytest

from core.flows import refund
from core.services import refunds
from tests.races.mixed_tills import (
    CASH,
    GIVEN,
    PART,
    account,
    breaches,
    opens,
    paid,
    take_the_accounts_guards_out,
    torn,
)
from tests.races.test_money_races import UNGUARDED
from tests.races.tills import Bill, PaidStall
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


# ---------------------------------------------------------------------------------------------- refund and refund
def everything_back_at_once(till: PaidStall) -> tuple[Bill, list[Said]]:
    """Six members of staff give a paid mixed order back, all of it, at the same moment."""
    bill = paid(till)
    path = f"orders/{bill.number}/refunds"
    return bill, together([partial(till.admin, "POST", path, {"reason": "damaged"})] * 6)


def over_promised(till: PaidStall) -> int:
    """How many payments would give back more than they brought."""
    return int(till.execute("SELECT count(*) FROM payments WHERE refunded + refund_pending > settled_amount"))


def test_of_many_refunds_of_a_mixed_order_at_once_one_is_taken_and_each_gives_its_share_once(till: PaidStall) -> None:
    for _ in range(3):
        bill, answers = everything_back_at_once(till)
        assert trouble_in(answers) == [] and sum(one.good for one in answers) == 1
        till.settles()
        assert till.seen(bill)["state"] == "refunded" and not torn(till, bill)
        assert sorted(part.amount for part in till.parts(bill)) == [PART, CASH]
    assert over_promised(till) == 0 and breaches(till) == []


def test_even_without_the_lock_on_the_order_no_tender_promises_more_than_it_brought(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(till, monkeypatch)
    for _ in range(3):
        everything_back_at_once(till)
    assert over_promised(till) == 0


def test_without_lock_condition_and_constraint_tenders_promise_more_than_they_brought(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(till, monkeypatch)
    monkeypatch.setattr(refunds, "PROMISE", UNGUARDED)
    till.execute("ALTER TABLE payments DROP CONSTRAINT ck_payments_ceiling")
    assert until_broken(lambda: bool(everything_back_at_once(till) and over_promised(till)))


def sent_by_many(till: PaidStall) -> tuple[Bill, list[Any]]:
    """Eight workers pay one part into the account at once."""
    bill = paid(till)
    till.staff("POST", f"orders/{bill.number}/refunds", {"reason": "damaged"})
    (part,) = [part for part in till.parts(bill) if part.amount == PART]
    return bill, together([partial(till.does, refund.send_refund, bill.order_id, part.id)] * 8)


def test_a_part_that_many_workers_send_at_once_is_given_back_once(till: PaidStall) -> None:
    for _ in range(3):
        bill, answers = sent_by_many(till)
        assert trouble_in(answers) == []
        assert account(till, bill.buyer) == (GIVEN, 0)
        till.settles()
        assert not torn(till, bill)
    assert breaches(till) == []


def test_without_any_guard_a_part_is_given_back_several_times(till: PaidStall, monkeypatch: pytest.MonkeyPatch) -> None:
    take_every_lock_out(till, monkeypatch)
    take_the_accounts_guards_out(till, monkeypatch)
    assert until_broken(lambda: account(till, sent_by_many(till)[0].buyer)[0] > GIVEN)
