"""Stories of bills that are wrong: each class of error is found as what it is, and nothing else is."""

from typing import Any

import pytest

from tests.conftest import Clock
from tests.plugins.wechatpay.simulators import Wechat
from tests.stories.reconciliation.accountant import Accountant, Trade
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

PAYMENT, REFUND = "payment", "refund"
#: how the bill is spoilt, of what, and what must be found
ERRORS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("drop", PAYMENT, {}, ["MISSING_AT_CHANNEL"]),
    ("unknown", PAYMENT, {"by": 777}, ["MISSING_LOCALLY"]),
    ("state", PAYMENT, {"state": "REVOKED"}, ["LOCAL_PAID_CHANNEL_NOT"]),
    ("amount", PAYMENT, {"by": 1}, ["CHANNEL_AMOUNT_HIGHER"]),
    ("amount", PAYMENT, {"by": -1}, ["CHANNEL_AMOUNT_LOWER"]),
    ("fee", PAYMENT, {"by": 1}, ["FEE_MISMATCH"]),
    ("duplicate", PAYMENT, {}, ["DUPLICATE_PAYMENT"]),
    ("repeat", PAYMENT, {}, []),
    ("late", PAYMENT, {}, []),
    ("drop", REFUND, {}, ["REFUND_MISSING_AT_CHANNEL"]),
    ("unknown", REFUND, {"by": 777, "state": "REFUND"}, ["REFUND_MISSING_LOCALLY"]),
    ("state", REFUND, {"state": "FAIL"}, ["REFUND_LOCAL_PAID_CHANNEL_NOT"]),
    ("amount", REFUND, {"by": 100}, ["REFUND_CHANNEL_AMOUNT_HIGHER"]),
    ("amount", REFUND, {"by": -100}, ["REFUND_CHANNEL_AMOUNT_LOWER"]),
    ("fee", REFUND, {"by": 5}, ["REFUND_FEE_MISMATCH"]),
    ("duplicate", REFUND, {}, ["REFUND_DUPLICATE_PAYMENT"]),
    ("repeat", REFUND, {}, []),
    ("late", REFUND, {}, []),
]


@pytest.fixture
def trade(mei: Payer, shop: Shop, wechat: WechatPay) -> Trade:
    """Yesterday's trade, once it was yesterday."""
    return Trade(mei, shop, wechat)


def test_a_bill_that_is_right_shows_no_difference_and_books_its_fees(trade: Trade, accountant: Accountant) -> None:
    day = accountant.today
    accountant.sleeps()
    batch = accountant.batch(day)
    assert (batch.state, batch.rows, batch.payments, batch.paid) == ("success", 3, 2, 9800)
    assert (batch.refunds, batch.refunded, batch.fees, batch.differences) == (1, 1000, 29 + 29 - 6, 0)
    assert accountant.differences() == [] and accountant.cases() == []
    assert accountant.fees_taken() == 52
    accountant.sleeps(3)
    assert accountant.differences() == []
    assert [row.state for row in accountant.batches()] == ["no_bill"] * 3 + ["success"]


@pytest.mark.parametrize(("kind", "about", "given", "found"), ERRORS, ids=lambda value: str(value))
def test_each_error_of_a_bill_is_found_as_what_it_is_and_running_again_changes_nothing(
    trade: Trade,
    accountant: Accountant,
    control: Wechat,
    kind: str,
    about: str,
    given: dict[str, Any],
    found: list[str],
) -> None:
    day = accountant.today
    number = trade.payment.out_trade_no if about == PAYMENT else trade.refund.out_refund_no
    control.bill(kind, **({"day": day} if kind == "unknown" else {"number": number}), **given)
    accountant.sleeps(2)
    assert accountant.findings() == found
    for difference in accountant.differences():
        assert (difference.status, difference.kind) == ("open", about)
        assert difference.number == number or kind == "unknown"
    assert [case.data.finding for case in accountant.cases(status="open")] == found

    before = accountant.everything()
    accountant.runs(day)
    accountant.sleeps()
    after = accountant.everything()
    assert after["differences"] == before["differences"] and after["cases"] == before["cases"]
    assert after["fees"] == before["fees"]
    assert after["batches"][1:] == before["batches"]


@pytest.mark.parametrize("about", [PAYMENT, REFUND])
def test_what_comes_in_the_bill_of_the_next_day_was_only_late(
    trade: Trade, accountant: Accountant, control: Wechat, about: str
) -> None:
    number = trade.payment.out_trade_no if about == PAYMENT else trade.refund.out_refund_no
    control.bill("late", number=number)
    control.bill("late", number=number)
    accountant.sleeps(2)
    assert [name.removeprefix("REFUND_") for name in accountant.findings(status="open")] == ["MISSING_AT_CHANNEL"]
    accountant.sleeps()
    (difference,) = accountant.differences()
    assert (difference.status, difference.basis) == ("handled", "platform")
    assert "It came in the bill of" in difference.remark
    assert accountant.cases(status="open") == []


def test_a_refund_that_the_channel_says_is_done_is_settled_when_it_is_booked(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, accountant: Accountant, control: Wechat
) -> None:
    order = mei.orders({"tea": 1})
    wechat.says_paid(mei.chooses_wechat(order))
    wechat.refunds_wait()
    shop.refunds(order, amounts={"tea": 900})
    clock.settles()
    part = shop.sees(order).refunds[0].parts[0]
    control.bill("state", number=part.out_refund_no, state="SUCCESS")
    accountant.sleeps()
    assert accountant.findings(status="open") == ["REFUND_CHANNEL_PAID_LOCAL_NOT"]
    wechat.ends_refund(part, "SUCCESS")
    (difference,) = accountant.differences()
    assert (difference.status, difference.remark) == ("handled", "The refund has been booked meanwhile.")
    assert accountant.cases(status="open") == []
