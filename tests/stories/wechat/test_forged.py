"""Stories of notices that must not be believed: forged, stale, probing, or genuine and wrong."""

from tests.conftest import Clock
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

#: not proved to be WeChat Pay's, or sealed for somebody else: refused, and nothing is written
DISTRUSTED = ("bad_signature", "unsigned", "unknown_serial", "bad_serial", "stale", "signtest", "wrong_key")
#: signed by WeChat Pay, and wrong all the same: taken in, and a person must look
WRONG = {
    "wrong_amount": "amount_mismatch",
    "smaller_amount": "amount_mismatch",
    "wrong_currency": "currency_mismatch",
    "wrong_merchant": "payee_mismatch",
    "wrong_app": "payee_mismatch",
}


def test_a_notice_that_is_forged_stale_or_a_probe_is_refused_and_changes_nothing(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    before = shop.sees(order)
    for kind in DISTRUSTED:
        assert wechat.somebody_forges(kind, payment) == 400, kind
        assert shop.sees(order).told == before.told, kind
    assert shop.cases() == []
    clock.passes(seconds=20)
    assert shop.sees(order).state == "pending_payment"

    wechat.says_paid(payment)
    assert shop.sees(order).state == "awaiting_shipment", "the genuine one is heard all the same"


def test_signed_money_of_another_amount_currency_app_or_merchant_opens_a_case_and_pays_nothing(
    mei: Payer, shop: Shop, wechat: WechatPay
) -> None:
    for kind, code in WRONG.items():
        order = mei.orders({"tea": 1})
        payment = mei.chooses_wechat(order)
        assert wechat.somebody_forges(kind, payment) == 204, kind
        unpaid = shop.sees(order)
        assert (unpaid.state, unpaid.paid, unpaid.payments[0].state) == ("pending_payment", 0, "open"), kind
        case = shop.cases(status="open")[0]
        assert (case.kind, case.data.code, case.order_id) == ("payment_contradiction", code, order.id), kind

        wechat.says_paid(payment)
        assert (shop.sees(order).state, shop.sees(order).paid) == ("awaiting_shipment", 4900), kind
    assert len(shop.cases()) == len(WRONG)


def test_a_genuine_notice_told_twenty_times_at_once_is_one_payment(mei: Payer, shop: Shop, wechat: WechatPay) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    with wechat.keeps_silent():
        wechat.is_paid(payment)
        wechat.tells_at_once(payment, times=20)
    paid = shop.sees(order)
    assert (paid.state, paid.paid, [row.state for row in paid.payments]) == ("awaiting_shipment", 4900, ["settled"])
    assert shop.cases() == []
