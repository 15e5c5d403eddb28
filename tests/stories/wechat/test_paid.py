"""Stories of money that comes: at once, unheard of, too late, twice, and at the second try."""

import pytest

from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

WAYS = ("native", "jsapi", "mini", "h5", "app")


def states(shop: Shop, order: Told) -> list[str]:
    """Where each attempt at an order stands, oldest first."""
    return [row.state for row in shop.sees(order).payments]


def test_whichever_way_a_buyer_pays_the_signed_notice_brings_the_order_to_the_warehouse(
    mei: Payer, shop: Shop, wechat: WechatPay
) -> None:
    for way in WAYS:
        order = mei.orders({"tea": 2})
        payment = mei.chooses_wechat(order, way)
        assert (payment.state, payment.amount) == ("open", 9800)
        wechat.says_paid(payment)
        paid = shop.sees(order)
        assert (paid.state, paid.paid, states(shop, order)) == ("awaiting_shipment", 9800, ["settled"])
        assert wechat.told(payment) == [204], "told once, believed once"
    assert shop.path(paid) == ["pending_payment", "paid", "awaiting_shipment"]
    assert shop.stock_of("tea") == (0, 0)
    assert shop.cases() == []


def test_money_whose_notice_gets_lost_is_found_by_asking(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    with wechat.keeps_silent():
        wechat.is_paid(payment)
        assert shop.sees(order).state == "pending_payment"
        clock.passes(seconds=11)
        assert shop.sees(order).state == "awaiting_shipment"
    assert wechat.told(payment) == [204], "it comes at last, and is old news"
    assert (shop.sees(order).paid, shop.path(order)[-1]) == (4900, "awaiting_shipment")


def test_money_that_comes_when_the_order_has_expired_goes_back_by_itself(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    clock.passes(minutes=31)
    assert (shop.sees(order).state, wechat.state_of(payment)) == ("closed", "CLOSED")
    assert shop.stock_of("tea") == (10, 0)

    wechat.refunds_wait()
    wechat.is_paid_late(payment)
    clock.settles()
    (case,) = shop.cases()
    assert (case.kind, case.status) == ("late_payment", "open")
    assert wechat.refunds_of(payment) == [("PROCESSING", 4900)]

    (refund,) = shop.sees(order).refunds
    wechat.ends_refund(refund.parts[0], "SUCCESS")
    late = shop.sees(order)
    assert (late.state, late.paid, states(shop, order)) == ("closed", 0, ["settled"])
    assert (late.payments[0].settled_amount, late.payments[0].refunded) == (4900, 4900)
    assert [case.status for case in shop.cases()] == ["resolved"]
    assert shop.stock_of("tea") == (10, 0)


@pytest.mark.parametrize("first", ["native", "app"])
def test_paid_on_two_attempts_the_first_money_wins_and_the_second_goes_back(
    mei: Payer, shop: Shop, wechat: WechatPay, first: str
) -> None:
    order = mei.orders({"tea": 1})
    attempts = {way: mei.chooses_wechat(order, way) for way in ("native", "app")}
    assert wechat.state_of(attempts["native"]) == "CLOSED", "nobody shall have two ways of one channel in hand"
    winner = attempts.pop(first)

    with wechat.keeps_silent():
        wechat.is_paid_late(winner)
        for loser in attempts.values():
            wechat.is_paid_late(loser)
        wechat.tells_at_once(winner)
        assert shop.sees(order).state == "awaiting_shipment"
    paid = shop.sees(order)
    assert (paid.state, paid.paid, states(shop, order)) == ("awaiting_shipment", 4900, ["settled", "settled"])
    assert (wechat.refunds_of(winner), wechat.refunds_of(loser)) == ([], [("SUCCESS", 4900)])
    (refund,) = paid.refunds
    assert (refund.status, refund.reason, refund.amount) == ("done", "duplicate_payment", 4900)
    assert [(case.kind, case.status) for case in shop.cases()] == [("duplicate_payment", "resolved")]
    assert shop.stock_of("tea") == (9, 0)


def test_a_card_that_is_refused_costs_nothing_and_the_same_code_is_tried_again(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.refuses_the_card(payment)
    clock.passes(seconds=40)
    assert (shop.sees(order).state, states(shop, order)) == ("pending_payment", ["open"])

    again = mei.chooses_wechat(order)
    assert again.out_trade_no == payment.out_trade_no
    wechat.says_paid(again)
    assert (shop.sees(order).state, states(shop, order)) == ("awaiting_shipment", ["settled"])


def test_an_attempt_that_wechat_turns_away_is_followed_by_another_under_a_new_number(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    wechat.is_too_busy_for("prepay")
    assert mei.is_refused(502).chooses_wechat(order).code == "channel_down"
    clock.settles()
    assert (shop.sees(order).state, states(shop, order)) == ("pending_payment", ["failed"])
    assert "order.payment_failed" in [line["name"] for line in mei.inbox()]

    again = mei.chooses_wechat(order)
    assert wechat.numbers(shop.sees(order)) == [again.out_trade_no]
    wechat.says_paid(again)
    assert (shop.sees(order).state, states(shop, order)) == ("awaiting_shipment", ["failed", "settled"])
