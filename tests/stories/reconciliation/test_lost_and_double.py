"""Stories of money that a bill makes us find: a notice that was lost, a payment that came twice, money too late."""

import pytest

from tests.conftest import Clock
from tests.stories.reconciliation.accountant import Accountant
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay


def pays_unheard(mei: Payer, wechat: WechatPay, clock: Clock) -> Told:
    """Mei pays when nobody asks any more, and the notice is held back; the order."""
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    clock.passes(minutes=20)
    wechat.control.hold()
    wechat.is_paid(payment)
    clock.settles()
    return order


@pytest.mark.both_databases
def test_a_duplicate_and_a_missed_order_are_found_by_the_daily_run_and_the_exceptions_rise_by_two(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, accountant: Accountant
) -> None:
    shop.sets(unpaid_minutes=3 * 24 * 60)
    double = mei.orders({"tea": 1})
    first, second = mei.chooses_wechat(double, "native"), mei.chooses_wechat(double, "app")
    wechat.refunds_wait()
    for payment in (first, second):
        wechat.is_paid_late(payment)
        clock.settles()
    missed = pays_unheard(mei, wechat, clock)
    assert (shop.sees(double).state, shop.sees(missed).state) == ("awaiting_shipment", "pending_payment")
    before = len(shop.cases())

    accountant.sleeps()
    assert accountant.findings() == ["CHANNEL_PAID_LOCAL_NOT", "DUPLICATE_PAYMENT"]
    assert len(shop.cases()) == before + 2
    paid = shop.sees(missed)
    assert (paid.state, paid.paid) == ("awaiting_shipment", 4900), "the channel was asked, and the order goes on"
    found = {row.finding: row for row in accountant.differences()}
    assert found["CHANNEL_PAID_LOCAL_NOT"].status == "handled"
    assert found["DUPLICATE_PAYMENT"].status == "open", "the second money is still on its way back"
    assert found["DUPLICATE_PAYMENT"].number == second.out_trade_no

    wechat.control.release()
    (refund,) = shop.sees(double).refunds
    wechat.ends_refund(refund.parts[0], "SUCCESS")
    assert accountant.findings(status="open") == [] and shop.cases(status="open") == []

    told = accountant.everything()
    accountant.runs(accountant.batches()[0].day)
    assert accountant.everything() == told, "the notice came at last, and was old news"


def test_a_duplicate_whose_notice_was_lost_is_booked_told_of_and_sent_back(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, accountant: Accountant
) -> None:
    order = mei.orders({"tea": 1})
    first, second = mei.chooses_wechat(order, "native"), mei.chooses_wechat(order, "app")
    wechat.is_paid_late(first)
    clock.settles()
    clock.passes(minutes=20)
    wechat.control.hold()
    wechat.is_paid_late(second)
    accountant.sleeps()
    assert accountant.findings(status="open") == ["DUPLICATE_PAYMENT"], "its refund is under way"
    wechat.control.release()
    clock.settles()
    (difference,) = accountant.differences()
    assert (difference.finding, difference.status) == ("DUPLICATE_PAYMENT", "handled")
    assert accountant.cases(status="open") == []
    assert wechat.refunds_of(second) == [("SUCCESS", 4900)]
    assert shop.sees(order).paid == 4900


def test_a_duplicate_that_is_back_before_the_bill_comes_is_named_and_needs_nobody(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, accountant: Accountant
) -> None:
    order = mei.orders({"tea": 1})
    for payment in [mei.chooses_wechat(order, "native"), mei.chooses_wechat(order, "app")]:
        wechat.is_paid_late(payment)
    clock.settles()
    accountant.sleeps()
    (difference,) = accountant.differences()
    assert (difference.finding, difference.status) == ("DUPLICATE_PAYMENT", "handled")
    assert difference.remark == "The money that came twice has gone back."
    assert accountant.cases(status="open") == []


def test_money_that_came_for_a_closed_order_and_was_never_told_of_goes_back_after_the_bill(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, accountant: Accountant
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    clock.passes(minutes=31)
    assert shop.sees(order).state == "closed"
    wechat.control.hold()
    wechat.is_paid_late(payment)
    accountant.sleeps()
    (difference,) = accountant.differences()
    assert (difference.finding, difference.status) == ("CHANNEL_PAID_LOCAL_NOT", "handled")
    assert wechat.refunds_of(payment) == [("SUCCESS", 4900)]
    accountant.sleeps()
    assert len(accountant.differences()) == 1, "the refund is in the next bill, and in our books"


def test_a_channel_that_does_not_answer_is_asked_again(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, accountant: Accountant
) -> None:
    shop.sets(unpaid_minutes=3 * 24 * 60)
    order = pays_unheard(mei, wechat, clock)
    wechat.is_too_busy_for("query")
    accountant.sleeps()
    assert accountant.findings(status="open") == ["CHANNEL_PAID_LOCAL_NOT"]
    clock.passes(minutes=1)
    assert accountant.findings(status="open") == []
    assert shop.sees(order).state == "awaiting_shipment"
