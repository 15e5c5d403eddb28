"""Stories of money that comes: by every way, unheard of, too late, and while nobody has opened the code."""

import pytest

from tests.alipay import AlipayActor, Payer
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop

WAYS = ("precreate", "page", "wap", "app")


def states(shop: Shop, order: Told) -> list[str]:
    """Where each attempt at an order stands, oldest first."""
    return [row.state for row in shop.sees(order).payments]


@pytest.mark.both_databases
def test_whichever_way_a_buyer_pays_the_signed_notice_brings_the_order_to_the_warehouse(
    mei: Payer, shop: Shop, alipay: AlipayActor
) -> None:
    for way in WAYS:
        order = mei.orders({"tea": 2})
        payment = mei.chooses_alipay(order, way)
        assert (payment.state, payment.amount) == ("open", 9800)
        alipay.says_paid(payment)
        paid = shop.sees(order)
        assert (paid.state, paid.paid, states(shop, order)) == ("awaiting_shipment", 9800, ["settled"])
        assert alipay.told(payment) == [("TRADE_SUCCESS", "success")], "told once, believed once"
    assert shop.path(paid) == ["pending_payment", "paid", "awaiting_shipment"]
    assert shop.cases() == []


def test_a_code_nobody_has_scanned_waits_and_is_paid_after_all(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    clock.passes(minutes=10)
    assert states(shop, order) == ["open"], "that Alipay does not know it yet says nothing"
    alipay.is_opened(payment)
    clock.passes(minutes=5)
    assert states(shop, order) == ["open"]
    alipay.says_paid(payment)
    assert (shop.sees(order).state, shop.cases()) == ("awaiting_shipment", [])


def test_money_whose_notice_gets_lost_is_found_by_asking(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    with alipay.keeps_silent():
        alipay.is_paid(payment)
        assert shop.sees(order).state == "pending_payment"
        clock.passes(seconds=11)
        assert shop.sees(order).state == "awaiting_shipment"
    assert alipay.told(payment) == [("TRADE_SUCCESS", "success")], "it comes at last, and is old news"
    assert shop.sees(order).paid == 4900


def test_a_buyer_comes_back_from_the_cashier_with_a_word_that_proves_nothing(
    mei: Payer, shop: Shop, alipay: AlipayActor
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order, "page")
    browser, cashier = alipay.control.browser, alipay.control.goes_to(payment.client.url)
    assert "49.00" in browser.get(cashier).text
    with alipay.keeps_silent():
        back = browser.post(cashier, data={"do": "pay"})
        assert back.headers["Location"].startswith("https://shop.example/paid?o=1&charset=utf-8")
        assert "trade_status" not in back.headers["Location"]
        assert shop.sees(order).state == "pending_payment", "only the notice, or asking, tells"
    assert shop.sees(order).state == "awaiting_shipment"


def test_a_code_scanned_after_the_order_has_expired_takes_no_money(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    clock.passes(minutes=31)
    assert (shop.sees(order).state, states(shop, order)) == ("closed", ["closed"])
    with pytest.raises(AssertionError, match="closed"):
        alipay.is_paid(payment)
    assert shop.stock_of("tea") == (10, 0)


def test_money_for_a_cancelled_order_whose_code_was_still_good_goes_back_by_itself(
    mei: Payer, shop: Shop, alipay: AlipayActor
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    assert mei.cancels(order).state == "closed", "nobody has scanned it: there is nothing to close at Alipay"
    alipay.says_paid(payment)
    late = shop.sees(order)
    assert (late.state, late.paid, states(shop, order)) == ("closed", 0, ["settled"])
    assert alipay.refunds_of(payment) == [("REFUND_SUCCESS", 4900)]
    assert [(case.kind, case.status) for case in shop.cases()] == [("late_payment", "resolved")]
    assert shop.stock_of("tea") == (10, 0)


def test_paid_in_the_moment_before_the_cancelling_reaches_alipay_the_payment_wins(
    mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    alipay.is_opened(mei.chooses_alipay(order))
    alipay.is_paid_just_before("close")
    mei.is_refused(409).cancels(order)
    clock.settles()
    assert (shop.sees(order).state, shop.sees(order).paid) == ("awaiting_shipment", 4900)
