"""What becomes of one refund, told by the channel, asked of it and done by hand at once: the money goes back once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from core.contracts.payment_channel import RefundReceipt
from core.flows import refund
from core.models import RefundPart
from tests.races.tills import PRICE, Bill, PaidStall
from tests.races.unguarded import take_every_lock_out
from tests.races.yard import Said, together, trouble_in, until_broken

pytestmark = [
    pytest.mark.on_postgres,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:DELETE statement on table"),
]


def is_void(number: str) -> RefundReceipt:
    """The channel says that the card is void: people must give the money back."""
    return RefundReceipt(number, "failed", 0, failure="the card is void", again="by_hand")


def is_on_its_way(number: str) -> RefundReceipt:
    """The channel took it."""
    return RefundReceipt(number, "pending", 0)


def given_back(stall: PaidStall, how_many: int, says: Callable[[str], RefundReceipt]) -> list[tuple[Bill, RefundPart]]:
    """Paid orders that are given back whole; the channel *says* so at first, and knows better when asked again."""
    bills = stall.bills(how_many)
    stall.wires["wire"].says("refund", *[says] * how_many)
    for bill in bills:
        stall.receives(bill)
        stall.staff("POST", f"orders/{bill.number}/refunds", {"reason": "damaged"})
    stall.settles()
    return [(bill, stall.parts(bill)[0]) for bill in bills]


def told_asked_and_made(stall: PaidStall) -> list[tuple[Bill, list[Said]]]:
    """Of four refunds that failed: the channel tells that they are done, is asked, and staff make the transfers."""
    works: list[Callable[[], Any]] = []
    failed = given_back(stall, 4, is_void)
    for bill, part in failed:
        done = stall.wires["wire"].became(part.out_refund_no, "done")
        works += [partial(stall.tells, done)] * 3 + [
            partial(stall.does, refund.query_refund, bill.order_id, part.id)
        ] * 2
        number = stall.seen(bill)["refunds"][0]["number"]
        body = {"reference": f"out {number}", "note": "sent"}
        works += [partial(stall.admin, "POST", f"orders/{bill.number}/refunds/{number}/done", body)] * 2
    answers = together(works)
    return [(bill, answers[7 * n : 7 * n + 7]) for n, (bill, _) in enumerate(failed)]


def test_a_refund_that_is_told_asked_and_made_by_hand_at_once_is_booked_once(paid_stall: PaidStall) -> None:
    for _ in range(5):
        for bill, answers in told_asked_and_made(paid_stall):
            assert trouble_in(answers) == []
            seen = paid_stall.seen(bill)
            assert (seen["state"], seen["refunded"], paid_stall.booked(bill)) == ("refunded", PRICE, 0)
            made = [one for one in answers[5:] if one.good]
            by_hand = seen["refunds"][0]["parts"][0]["evidence"] is not None
            assert len(made) == by_hand, "staff are told that it is done only if it was they who did it"
            cases = paid_stall.staff("GET", "cases?status=open")["data"]
            twice = [case["data"]["code"] for case in cases if case["order_id"] == str(bill.order_id)]
            assert twice == ["refunded_twice"] * by_hand, "the channel gave it back too: a person must know"
    assert paid_stall.broken_laws() == []


def test_without_any_lock_one_refund_is_booked_several_times(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(paid_stall, monkeypatch)
    assert until_broken(lambda: any(paid_stall.booked(bill) < 0 for bill, _ in told_asked_and_made(paid_stall)))


# -- late results
def told_by_all(stall: PaidStall) -> tuple[list[Bill], list[Any]]:
    """Of four refunds under way: three notices, two looks and two conclusions each, at once."""
    works: list[Callable[[], Any]] = []
    under_way = given_back(stall, 4, is_on_its_way)
    for bill, part in under_way:
        done = stall.wires["wire"].became(part.out_refund_no, "done")
        works += [partial(stall.tells, done)] * 3
        works += [partial(stall.does, refund.look_up, bill.order_id, part.id, 0)] * 2
        works += [partial(stall.does, refund.conclude, bill.order_id, part.refund_id)] * 2
    return [bill for bill, _ in under_way], together(works)


def test_a_late_result_that_comes_from_many_sides_at_once_counts_once(paid_stall: PaidStall) -> None:
    for _ in range(3):
        bills, answers = told_by_all(paid_stall)
        assert trouble_in(answers) == []
        for bill in bills:
            assert (paid_stall.seen(bill)["state"], paid_stall.booked(bill)) == ("refunded", 0)
    paid_stall.settles()
    assert paid_stall.broken_laws() == []


# -- two workers
def sent_twice(stall: PaidStall) -> list[Any]:
    """Eight workers send one part at once."""
    (bill,) = stall.bills(1)
    stall.receives(bill)
    stall.staff("POST", f"orders/{bill.number}/refunds", {"reason": "damaged"})
    (part,) = stall.parts(bill)
    answers = together([partial(stall.does, refund.send_refund, bill.order_id, part.id)] * 8)
    assert {number for verb, number in stall.wires["wire"].heard if verb == "refund"} >= {part.out_refund_no}
    assert stall.booked(bill) == 0
    return answers


def test_a_refund_that_many_workers_send_at_once_goes_under_one_number_and_is_booked_once(
    paid_stall: PaidStall,
) -> None:
    for _ in range(3):
        assert trouble_in(sent_twice(paid_stall)) == []
    numbers = {number for verb, number in paid_stall.wires["wire"].heard if verb == "refund"}
    assert len(numbers) == 3
    paid_stall.settles()
    assert paid_stall.broken_laws() == []
