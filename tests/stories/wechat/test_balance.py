"""Stories of a balance filled by WeChat, and spent beside WeChat: held once, whatever becomes of the cash."""

from collections.abc import Iterator

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.balance_points import desk
from tests.plugins.balance_points.desk import balance, history, pays, recharges, with_balance
from tests.vocabulary import Shop
from tests.wechat import INPUT, Payer, WechatPay

NATIVE = {"channel": "wechatpay", "product": "native"}
H5 = {"channel": "wechatpay", "product": "h5", "input": INPUT["h5"]}


@pytest.fixture(autouse=True)
def _keeps_balance(shop: Shop, merchant: Merchant, clock: Clock) -> Iterator[None]:
    desk.opens(shop)
    yield
    clock.settles()
    assert desk.breaches(merchant) == []


def has_balance(mei: Payer, wechat: WechatPay, amount: int) -> None:
    """Mei pays so much in by WeChat, and has a pay password."""
    desk.sets_password(mei)
    order = recharges(mei, amount)
    wechat.says_paid(mei.chooses_wechat(order))
    assert (mei.sees(order).state, balance(mei)) == ("completed", (amount, 0))


def test_a_recharge_whose_notice_comes_twice_fills_the_balance_once(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    has_balance(mei, wechat, 5000)
    clock.passes(minutes=20)
    assert history(mei) == [("top_up", 5000, 0)]
    order = recharges(mei, 700)
    payment = mei.chooses_wechat(order)
    clock.passes(minutes=31)
    wechat.is_paid_late(payment)
    clock.settles()
    assert (mei.sees(order).state, balance(mei)) == ("closed", (5000, 0)), "late money goes back, and fills nothing"


def test_balance_beside_wechat_is_held_once_when_the_card_fails_and_the_way_is_switched(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    has_balance(mei, wechat, 5000)
    order = mei.orders({"tea": 2})
    mine = with_balance(amount=3000)
    first = pays(mei, order, mine, NATIVE)
    assert (first.channel, first.amount, balance(mei)) == ("wechatpay", 6800, (2000, 3000))
    wechat.refuses_the_card(first)
    clock.settles()
    second = pays(mei, order, mine, H5)
    assert (second.amount, balance(mei)) == (6800, (2000, 3000)), "set aside once, whatever brings the cash"
    wechat.says_paid(second)
    order = shop.sees(order)
    assert (order.state, order.paid, balance(mei)) == ("awaiting_shipment", 9800, (2000, 0))

    shop.refunds(order, {"tea": 1})
    clock.settles()
    assert balance(mei) == (3500, 0), "half of what it paid"
    shop.refunds(shop.sees(order))
    clock.settles()
    assert (mei.sees(order).state, mei.sees(order).refunded, balance(mei)) == ("refunded", 9800, (5000, 0))


def test_a_hold_beside_wechat_that_nobody_pays_is_free_when_the_time_is_over(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    has_balance(mei, wechat, 5000)
    order = mei.orders({"tea": 1})
    pays(mei, order, with_balance(amount=1000), NATIVE)
    clock.passes(minutes=31)
    assert (mei.sees(order).state, balance(mei)) == ("closed", (5000, 0))
    assert [kind for kind, *_ in history(mei)] == ["top_up", "hold", "release"]
