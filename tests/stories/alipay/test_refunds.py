"""Stories of money on its way back: Alipay tells of it at the payment's own address, and it is never a payment."""

import pytest

from tests.alipay import AlipayActor, Payer
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop


def paid_order(mei: Payer, alipay: AlipayActor, units: int, way: str = "precreate") -> tuple[Told, Told]:
    """An order of so many tins, paid by Alipay, and its payment."""
    order = mei.orders({"tea": units})
    payment = mei.chooses_alipay(order, way)
    alipay.says_paid(payment)
    return order, payment


@pytest.mark.both_databases
def test_refunded_in_parts_each_notice_hits_the_pay_address_and_is_no_payment(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order, payment = paid_order(mei, alipay, 3)
    shop.refunds(order, {"tea": 1})
    clock.settles()
    shop.refunds(order, amounts={"tea": 1})
    clock.settles()
    part = shop.sees(order)
    assert (part.state, part.refunded, part.paid, part.refund_axis) == ("awaiting_shipment", 4901, 14700, "part")

    shop.refunds(order)
    clock.settles()
    back = shop.sees(order)
    assert (back.state, back.refunded, back.paid, back.refund_axis) == ("refunded", 14700, 14700, "all")
    assert alipay.refunds_of(payment) == [("REFUND_SUCCESS", amount) for amount in (4900, 1, 9799)]
    assert alipay.told(payment) == [
        ("TRADE_SUCCESS", "success"),
        ("TRADE_SUCCESS", "success"),
        ("TRADE_SUCCESS", "success"),
        ("TRADE_CLOSED", "success"),
    ]
    assert [row.move for row in shop.history(order, "payment")].count("settle") == 1
    assert (len(back.payments), shop.cases(), shop.stock_of("tea")) == (1, [], (10, 0))


def test_when_the_days_for_refunds_are_over_the_last_notice_is_no_second_payment(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order, payment = paid_order(mei, alipay, 2)
    untouched, other = paid_order(mei, alipay, 1)
    shop.refunds(order, {"tea": 1})
    clock.settles()
    before = [shop.sees(one).paid for one in (order, untouched)]
    clock.passes(days=366)
    assert [alipay.state_of(one) for one in (payment, other)] == ["TRADE_FINISHED"] * 2
    assert alipay.told(payment)[-1] == alipay.told(other)[-1] == ("TRADE_FINISHED", "success")
    assert [shop.sees(one).paid for one in (order, untouched)] == before
    assert [row.move for row in shop.history(order, "payment")].count("settle") == 1
    assert shop.cases(kind="payment_contradiction") == []


def test_a_refund_notice_for_money_we_never_heard_of_does_not_pay_the_order(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    with alipay.keeps_silent():
        alipay.is_paid(payment)
        alipay.control.console_refund(payment.out_trade_no, 100)
        refund = alipay.control.trade(payment.out_trade_no)["refunds"][0]
        alipay.control.forge("genuine", out_request_no=refund["out_request_no"])
        assert (shop.sees(order).state, shop.sees(order).paid) == ("pending_payment", 0)
    assert shop.sees(order).state == "awaiting_shipment", "its own notice does"


def test_money_given_back_at_alipays_console_is_told_to_people(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order, payment = paid_order(mei, alipay, 1)
    alipay.gives_back_at_the_console(payment, 100)
    assert (shop.sees(order).refunded, shop.cases()) == (0, [])
    clock.passes(days=2)
    assert [case.kind for case in shop.cases(status="open")] == ["notice_without_order"]


def test_a_short_balance_is_tried_again_under_the_same_number_until_the_money_is_there(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order, payment = paid_order(mei, alipay, 1)
    alipay.control.switch(poor=["key"])
    shop.refunds(order)
    clock.settles()
    assert (shop.sees(order).state, [case.kind for case in shop.cases()]) == ("refunding", ["refund_failed"])
    alipay.control.switch(poor=[])
    clock.passes(minutes=5)
    assert shop.sees(order).state == "refunded"
    assert alipay.refunds_of(payment) == [("REFUND_SUCCESS", 4900)]
    assert [case.status for case in shop.cases()] == ["resolved"]


def test_a_refund_whose_answer_is_lost_goes_back_once(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order, payment = paid_order(mei, alipay, 1)
    alipay.loses_answers("refund")
    with alipay.keeps_silent():
        shop.refunds(order)
        clock.settles()
        assert shop.sees(order).refunds[0].parts[0].state == "unsure"
        clock.passes(seconds=20)
        assert shop.sees(order).state == "refunded", "nobody told us: we asked"
    assert alipay.refunds_of(payment) == [("REFUND_SUCCESS", 4900)]
