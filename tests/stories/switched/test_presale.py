"""Fifty down in the warm-up by WeChat Pay, 450 from noon by Alipay and balance: two gateways, one order."""

import pytest

from tests.alipay import AlipayActor
from tests.conftest import Clock
from tests.plugins.presale.stand import DEPOSIT, MIDNIGHT, NOON, PRICE, SHIPPING, Stand, orders, waits_until, wire
from tests.stories.switched.test_switched import BY_ALIPAY, BY_WECHAT, balance
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wechat import WechatPay

BY_BALANCE = {"channel": "balance", "amount": 10_000}
FINAL = PRICE - DEPOSIT


@pytest.fixture
def stand(shop: Shop) -> Stand:
    """The shop presells lamps."""
    shop.turns_on("presale")
    return Stand(shop)


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer with 100.00 on her account."""
    buyer = shop.buyer("Mei")
    gift = {"kind": "balance", "change": 10_000, "remark": "a present"}
    shop.asks("POST", f"balance_points/customers/{buyer.id}/adjustments", gift)
    return buyer


def pays(mei: BuyerActor, order: Told, *tenders: dict[str, object]) -> Told:
    return mei.asks("POST", f"orders/{order.number}/payments", {"tenders": list(tenders)})


def deposited(mei: BuyerActor, wechat: WechatPay) -> Told:
    order = orders(mei)
    wechat.says_paid(pays(mei, order, BY_WECHAT))
    return mei.sees(order)


@pytest.mark.both_databases
def test_deposit_by_wechat_and_the_final_by_alipay_and_balance(
    stand: Stand, shop: Shop, mei: BuyerActor, wechat: WechatPay, alipay: AlipayActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = deposited(mei, wechat)
    assert (order.state, order.paid, stand.counts(activity)) == ("pending_payment", DEPOSIT, (1, 1, 0))
    refused = mei.is_refused(409).does(order, "payments", tenders=[BY_ALIPAY])
    assert (refused.code, refused.opens_at) == ("window_not_open", wire(NOON))

    waits_until(clock, NOON)
    final = pays(mei, order, BY_BALANCE, BY_ALIPAY)
    assert (final.amount, balance(mei)) == (FINAL - 10_000, (0, 10_000))
    alipay.says_paid(final)
    seen = shop.sees(order)
    assert (seen.state, seen.paid, seen.told["holds"]) == ("paid", PRICE, ["presale.ship_date"])
    settled = {row["channel"]: row["settled_amount"] for row in seen.told["payments"] if row["state"] == "settled"}
    assert settled == {"wechatpay": DEPOSIT, "balance": 10_000, "alipay": FINAL - 10_000}

    shop.refunds(seen, reason="changed_mind")
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.refunded, balance(mei)) == ("refunded", PRICE, (10_000, 0))
    parts = [part for refund in seen.told["refunds"] for part in refund["parts"]]
    assert sorted(part["amount"] for part in parts) == [DEPOSIT, 10_000, FINAL - 10_000]
    assert len({part["out_refund_no"] for part in parts}) == 3


def test_a_final_that_alipay_took_past_midnight_goes_back_and_the_deposit_stays(
    stand: Stand, shop: Shop, mei: BuyerActor, wechat: WechatPay, alipay: AlipayActor, clock: Clock
) -> None:
    stand.presells()
    order = deposited(mei, wechat)
    waits_until(clock, NOON)
    final = pays(mei, order, BY_ALIPAY)
    alipay.is_opened(final)
    waits_until(clock, MIDNIGHT)
    assert mei.sees(order).close_reason == "final_timeout" and stand.forfeited() == DEPOSIT
    alipay.is_paid_late(final)
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.paid, seen.refunded, stand.forfeited()) == ("closed", DEPOSIT, 0, DEPOSIT)
    assert [(row["amount"], row["status"]) for row in seen.told["refunds"]] == [(FINAL, "done")]


def test_the_lamp_is_sent_on_its_day(
    stand: Stand, shop: Shop, mei: BuyerActor, wechat: WechatPay, alipay: AlipayActor, clock: Clock
) -> None:
    stand.presells()
    order = deposited(mei, wechat)
    waits_until(clock, NOON)
    alipay.says_paid(pays(mei, order, BY_ALIPAY))
    waits_until(clock, SHIPPING)
    shop.sends(shop.sees(order))
    assert mei.receives(order).state == "completed"
