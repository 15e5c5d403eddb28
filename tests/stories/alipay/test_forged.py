"""Stories of notices that must not be believed: forged, or signed by Alipay and wrong all the same."""

import pytest

from tests.alipay import AlipayActor, Payer
from tests.conftest import Clock
from tests.vocabulary import Shop

#: not proved to be Alipay's: refused, and nothing is written
DISTRUSTED = ("bad_signature", "sha1", "unsigned", "wrong_key", "altered", "extra")
#: signed by Alipay, and wrong all the same: taken in, and a person must look
WRONG = {
    "smaller_amount": ("amount_mismatch", "¥0.01 came"),
    "wrong_seller": ("payee_mismatch", "seller_id differs"),
    "wrong_app": ("payee_mismatch", "app_id differs"),
}


def test_a_notice_that_is_forged_is_refused_and_changes_nothing(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    alipay.is_opened(payment)
    before = shop.sees(order)
    for kind in DISTRUSTED:
        assert alipay.somebody_forges(kind, payment) == (400, "fail"), kind
        assert shop.sees(order).told == before.told, kind
    assert shop.cases() == []
    alipay.says_paid(payment)
    assert shop.sees(order).state == "awaiting_shipment", "the genuine one is heard all the same"


@pytest.mark.both_databases
def test_signed_money_of_another_amount_seller_or_app_opens_a_case_of_its_own_and_pays_nothing(
    mei: Payer, shop: Shop, alipay: AlipayActor
) -> None:
    for kind, (code, words) in WRONG.items():
        order = mei.orders({"tea": 1})
        payment = mei.chooses_alipay(order)
        alipay.is_opened(payment)
        assert alipay.somebody_forges(kind, payment) == (200, "success"), kind
        unpaid = shop.sees(order)
        assert (unpaid.state, unpaid.paid, unpaid.payments[0].state) == ("pending_payment", 0, "open"), kind
        case = shop.cases(status="open")[0]
        assert (case.kind, case.data.code, case.order_id) == ("payment_contradiction", code, order.id), kind
        assert words in case.title, kind
        alipay.says_paid(payment)
        assert (shop.sees(order).state, shop.sees(order).paid) == ("awaiting_shipment", 4900), kind
    assert len(shop.cases()) == len(WRONG)


def test_a_genuine_notice_told_twenty_times_at_once_is_one_payment(mei: Payer, shop: Shop, alipay: AlipayActor) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    with alipay.keeps_silent():
        alipay.is_paid(payment)
        alipay.tells_at_once(payment, times=20)
    paid = shop.sees(order)
    assert (paid.state, paid.paid, [row.state for row in paid.payments]) == ("awaiting_shipment", 4900, ["settled"])
    assert shop.cases() == []
