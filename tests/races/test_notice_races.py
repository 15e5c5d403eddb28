"""The same news from many sides at once: one booking, one row in the inbox, one attempt, one way back."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from core import clock
from core.contracts.payment_channel import Notice as Told
from core.contracts.payment_channel import Receipt
from core.db import get, transaction
from core.flows import close, money, notices
from core.models import Payment
from core.services import moves, numbers, receipts, refunds
from tests.races.test_money_races import UNGUARDED
from tests.races.tills import PRICE, Bill, PaidStall, later
from tests.races.unguarded import take_every_lock_out, take_the_order_lock_out, take_the_surplus_rule_out
from tests.races.yard import Said, together, trouble_in, until_broken

pytestmark = [
    pytest.mark.on_postgres,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:DELETE statement on table"),
]

KEY_OF_NOTICES = "ALTER TABLE notices DROP CONSTRAINT uq_notices_merchant_id_account_id_event_id"


# -- the same notice
def same_notice(stall: PaidStall, times: int = 20) -> tuple[Bill, list[Any]]:
    """One notice, delivered *times* at once."""
    (bill,) = stall.bills(1)
    receipt = stall.receipt(bill)
    return bill, together([partial(stall.tells, receipt, event_id=f"n-{bill.number}")] * times)


def test_twenty_times_the_same_notice_at_once_is_one_payment_and_one_row(paid_stall: PaidStall) -> None:
    for n in range(3):
        bill, answers = same_notice(paid_stall)
        assert Counter(one.status for one in answers) == {204: 20}
        seen = paid_stall.seen(bill)
        assert (seen["state"], seen["paid"], paid_stall.booked(bill)) == ("awaiting_shipment", PRICE, PRICE)
        assert [row.status for row in paid_stall.notices()] == ["applied"] * (n + 1)
    assert paid_stall.broken_laws() == []


def test_twenty_notices_of_the_same_money_at_once_are_one_payment(paid_stall: PaidStall) -> None:
    (bill,) = paid_stall.bills(1)
    answers: list[Said] = together([partial(paid_stall.tells, paid_stall.receipt(bill))] * 20)
    assert Counter(one.status for one in answers) == {204: 20}
    assert {row.status for row in paid_stall.notices()} == {"applied"} and len(paid_stall.notices()) == 20
    assert paid_stall.booked(bill) == PRICE and paid_stall.broken_laws() == []


def test_without_its_key_one_notice_is_many_rows(paid_stall: PaidStall) -> None:
    paid_stall.execute(KEY_OF_NOTICES)
    assert until_broken(lambda: same_notice(paid_stall) is not None and len(paid_stall.notices()) > 1)


def test_without_locks_and_key_one_notice_is_booked_several_times(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(paid_stall, monkeypatch)
    paid_stall.execute(KEY_OF_NOTICES)
    # what others hold lies on the same shelf: it would be sold for this order
    paid_stall.placed(paid_stall.buyers(1)[0], ("tea", 99), total=99 * PRICE)
    assert until_broken(lambda: paid_stall.booked(same_notice(paid_stall)[0]) > PRICE)


def other_money(stall: PaidStall) -> list[str]:
    """Twenty genuine notices of one fen too little, at once; what became of them."""
    (bill,) = stall.bills(1)
    before = {row.id for row in stall.notices()}
    short = replace(stall.receipt(bill), amount=PRICE - 1)
    together([partial(stall.tells, short)] * 20)
    assert (stall.seen(bill)["state"], stall.booked(bill)) == ("pending_payment", 0)
    return [row.status for row in stall.notices() if row.id not in before]


def test_twenty_notices_of_other_money_at_once_are_one_case(paid_stall: PaidStall) -> None:
    assert other_money(paid_stall) == ["refused"] * 20
    assert paid_stall.execute("SELECT count(*) FROM cases") == 1


def test_without_the_lock_on_the_order_many_notices_want_the_same_case(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(paid_stall, monkeypatch)
    assert until_broken(lambda: set(other_money(paid_stall)) != {"refused"})


# -- two channels
def two_channels_are_paid(stall: PaidStall) -> list[Bill]:
    """Ten orders, each paid by wire and by cable at the same moment."""
    bills = stall.bills(10, "wire", "cable")
    works: list[Callable[[], Any]] = [
        partial(stall.receives, bill, channel) for bill in bills for channel in ("wire", "cable")
    ]
    assert trouble_in(together(works)) == []
    return bills


def test_of_two_channels_paid_at_the_same_moment_one_pays_and_the_other_gives_back(paid_stall: PaidStall) -> None:
    bills = two_channels_are_paid(paid_stall)
    paid_stall.settles()
    for bill in bills:
        seen = paid_stall.seen(bill)
        assert (seen["state"], seen["paid"], seen["refund_axis"]) == ("awaiting_shipment", PRICE, "none")
        assert [(row["reason"], row["status"], row["amount"]) for row in seen["refunds"]] == [
            ("duplicate_payment", "done", PRICE)
        ]
        assert paid_stall.booked(bill) == PRICE
    assert paid_stall.broken_laws() == []


def test_without_any_lock_it_keeps_the_money_of_two_channels(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(paid_stall, monkeypatch)

    def kept_both() -> bool:
        bills = two_channels_are_paid(paid_stall)
        paid_stall.settles()
        return any(paid_stall.booked(bill) > PRICE for bill in bills)

    assert until_broken(kept_both)


def test_without_the_surplus_rule_money_that_came_twice_does_not_go_back(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_surplus_rule_out(monkeypatch)
    paid_stall.execute("ALTER TABLE instalments DROP CONSTRAINT ck_instalments_money")
    bills = two_channels_are_paid(paid_stall)
    paid_stall.settles()
    assert {paid_stall.booked(bill) for bill in bills} == {2 * PRICE}


# -- one late payment, concluded twice
def concluded_twice(stall: PaidStall) -> Bill:
    """Late money is booked; the door that booked it and its job conclude at once."""
    (bill,) = stall.bills(1)
    receipt = stall.receipt(bill)
    stall.wires["wire"].paid.clear()
    later(minutes=31)
    stall.rings(bill, close.ring)()
    assert stall.seen(bill)["state"] == "closed"
    payment_id = stall.payment_id(bill)

    def late(order_id: UUID, payment_id: UUID) -> None:
        with transaction():
            order = moves.lock_order(order_id)
            receipts.record(order, get(Payment, order.merchant_id, payment_id), receipt)

    stall.does(late, bill.order_id, payment_id)
    together([partial(stall.does, money.conclude, bill.order_id, payment_id)] * 8)
    return bill


def test_two_conclusions_of_one_late_payment_give_it_back_once(paid_stall: PaidStall) -> None:
    for _ in range(3):
        bill = concluded_twice(paid_stall)
        assert [part.amount for part in paid_stall.parts(bill)] == [PRICE]
        paid_stall.settles()
        assert paid_stall.booked(bill) == 0
    assert paid_stall.broken_laws() == []


def test_without_any_lock_late_money_is_still_promised_back_once(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(paid_stall, monkeypatch)
    for _ in range(3):
        assert len(paid_stall.parts(concluded_twice(paid_stall))) == 1


def test_without_locks_condition_and_constraint_late_money_goes_back_twice(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(paid_stall, monkeypatch)
    monkeypatch.setattr(refunds, "PROMISE", UNGUARDED)
    paid_stall.execute("ALTER TABLE payments DROP CONSTRAINT ck_payments_ceiling")
    assert until_broken(lambda: len(paid_stall.parts(concluded_twice(paid_stall))) > 1)


# -- starting twice, closing while money comes
def started_at_once(stall: PaidStall, *products: str) -> tuple[list[Any], int]:
    """Eight times the buyer begins to pay; the answers, and how many attempts may still be paid."""
    (buyer,) = stall.buyers(1)
    number = stall.placed(buyer, ("tea", 1), total=PRICE)["number"]
    answers = together([partial(stall.begins, buyer, number, "wire", product) for product in products * 4])
    live = [
        row for row in stall.staff("GET", f"orders/{number}")["payments"] if row["state"] not in ("closed", "failed")
    ]
    return answers, len(live)


def test_a_payment_that_is_begun_eight_times_at_once_is_one_attempt(paid_stall: PaidStall) -> None:
    for _ in range(3):
        answers, live = started_at_once(paid_stall, "qr", "qr")
        assert ({one.status for one in answers}, live) == ({201}, 1)
        assert len({one["out_trade_no"] for one in answers}) == 1
    assert paid_stall.broken_laws() == []


def test_of_two_ways_of_one_channel_begun_at_once_one_may_be_paid_in_the_end(paid_stall: PaidStall) -> None:
    for _ in range(3):
        answers, live = started_at_once(paid_stall, "qr", "app")
        assert {one.status for one in answers} <= {201, 409}
        assert live <= 1
    assert paid_stall.broken_laws() == []


def test_without_the_lock_on_the_order_one_wish_is_several_attempts(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(paid_stall, monkeypatch)
    assert until_broken(lambda: started_at_once(paid_stall, "qr", "qr")[1] > 1)


def closed_while_money_comes(stall: PaidStall) -> tuple[list[Bill], list[Any]]:
    """Five orders, each with two attempts: one is paid while both are closed, by two at once."""
    bills = stall.bills(5, "wire", "cable")
    works: list[Callable[[], Any]] = []
    for bill in bills:
        works += [partial(stall.does, close.close_attempts, bill.order_id)] * 2
        works += [partial(stall.receives, bill, past_closing=True, at_closing=True)]
    return bills, together(works)


def test_attempts_that_are_closed_while_one_of_them_is_paid_end_paid_and_closed(paid_stall: PaidStall) -> None:
    bills, answers = closed_while_money_comes(paid_stall)
    assert trouble_in(answers) == []
    for bill in bills:
        seen = paid_stall.seen(bill)
        states = {row["channel"]: row["state"] for row in seen["payments"]}
        assert (seen["state"], states) == ("awaiting_shipment", {"wire": "settled", "cable": "closed"})
    paid_stall.settles()
    assert paid_stall.broken_laws() == []


def test_without_any_lock_an_attempt_is_closed_over_its_money(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(paid_stall, monkeypatch)

    def closed_over_money() -> bool:
        closed_while_money_comes(paid_stall)
        return bool(paid_stall.broken_laws())

    assert until_broken(closed_over_money)


# -- a parked notice
def parked_twice(stall: PaidStall, monkeypatch: pytest.MonkeyPatch) -> tuple[Bill, list[Any]]:
    """A notice that came before its number was known, looked at by eight workers at once."""
    number = f"EARLY{clock.now():%H%M%S}{len(stall.notices())}"
    early = Receipt(number, f"wire-{number}", PRICE, "CNY", clock.now(), {"box": "main box"})
    assert stall.tells(early).status == 204
    row = max(stall.notices(), key=lambda row: row.id)
    assert row.status == "parked"
    with monkeypatch.context() as patched:
        patched.setattr(numbers, "trade_number", lambda: number)
        (bill,) = stall.bills(1)
    return bill, together([partial(stall.does, notices.apply, row.id, 0)] * 8)


def test_a_parked_notice_that_is_applied_by_many_at_once_is_booked_once(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        bill, results = parked_twice(paid_stall, monkeypatch)
        assert trouble_in(results) == []
        assert (paid_stall.seen(bill)["state"], paid_stall.booked(bill)) == ("awaiting_shipment", PRICE)
    assert {row.status for row in paid_stall.notices()} == {"applied"}
    paid_stall.settles()
    assert paid_stall.broken_laws() == []


def test_without_any_lock_a_parked_notice_is_booked_several_times(
    paid_stall: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_lock_out(paid_stall, monkeypatch)
    assert until_broken(lambda: paid_stall.booked(parked_twice(paid_stall, monkeypatch)[0]) > PRICE)


def test_a_notice_is_written_once_by_whoever_comes_first(paid_stall: PaidStall) -> None:
    told = Told("never-known", (Receipt("NOBODY", "w", 1, "CNY", clock.now()),))

    def write() -> str:
        return str(paid_stall.does(notices.take, paid_stall.account_id(), "wire", told, b"{}"))

    assert sorted(together([write] * 8)) == ["parked"] + ["repeat"] * 7
