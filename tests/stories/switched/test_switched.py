"""Balance and WeChat Pay, then balance and Alipay: the first money wins, the second goes back, the hold is one."""

import pytest

from tests.alipay import AlipayActor
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wechat import WechatPay

pytestmark = pytest.mark.both_databases

BY_BALANCE = {"channel": "balance", "amount": 1000}
BY_WECHAT = {"channel": "wechatpay", "product": "native"}
BY_ALIPAY = {"channel": "alipay", "product": "precreate"}


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    buyer = shop.buyer("Mei")
    gift = {"kind": "balance", "change": 3000, "remark": "a present"}
    shop.asks("POST", f"balance_points/customers/{buyer.id}/adjustments", gift)
    return buyer


def pays(mei: BuyerActor, order: Told, cash: dict[str, str]) -> Told:
    return mei.asks("POST", f"orders/{order.number}/payments", {"tenders": [BY_BALANCE, cash]})


def balance(mei: BuyerActor) -> tuple[int, int]:
    told = mei.asks("GET", "balance_points/accounts")["data"]
    row = next(row for row in told if row["kind"] == "balance")
    return row["available"], row["held"]


def test_the_cash_fails_and_the_buyer_goes_to_alipay(
    shop: Shop, mei: BuyerActor, wechat: WechatPay, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    first = pays(mei, order, BY_WECHAT)
    assert (first.amount, balance(mei)) == (3900, (2000, 1000))
    wechat.refuses_the_card(first)
    second = pays(mei, order, BY_ALIPAY)
    assert (second.amount, balance(mei)) == (3900, (2000, 1000)), "held once"
    alipay.says_paid(second)
    seen = mei.sees(order)
    assert (seen.state, seen.paid, balance(mei)) == ("awaiting_shipment", 4900, (2000, 0))
    by = {row["out_trade_no"]: row["state"] for row in seen.told["payments"]}
    assert (by[first.out_trade_no], by[second.out_trade_no]) == ("closed", "settled")


def test_both_codes_are_paid_and_the_second_money_goes_back(
    shop: Shop, mei: BuyerActor, wechat: WechatPay, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    first, second = pays(mei, order, BY_WECHAT), pays(mei, order, BY_ALIPAY)
    wechat.is_paid(first)
    alipay.is_paid(second)
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.paid, balance(mei)) == ("awaiting_shipment", 4900, (2000, 0)), "captured once"
    refunds = seen.told["refunds"]
    assert [(row["status"], row["amount"]) for row in refunds] == [("done", 3900)]
    assert [case.kind for case in shop.cases()] == ["duplicate_payment"] and not shop.cases(status="open")


def test_a_part_goes_back_to_balance_and_alipay_each_its_share(
    shop: Shop, mei: BuyerActor, alipay: AlipayActor, clock: Clock
) -> None:
    order = mei.orders({"tea": 2})
    alipay.says_paid(pays(mei, order, BY_ALIPAY))
    shop.refunds(order, {"tea": 1})
    clock.settles()
    seen = shop.sees(order)
    parts = {row["channel"]: row["refunded"] for row in seen.told["payments"]}
    assert parts == {"balance": 500, "alipay": 4400} and balance(mei) == (2500, 0)
    shop.refunds(order)
    clock.settles()
    assert shop.sees(order).state == "refunded" and balance(mei) == (3000, 0)
