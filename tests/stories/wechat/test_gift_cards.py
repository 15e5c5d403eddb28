"""Stories of a gift card bought by WeChat, and paid with beside WeChat; everything goes back where it came from."""

from tests.conftest import Clock
from tests.plugins.stored_value.counter import cards_of, looks_at, on, orders_cards, pays, sells_card
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import INPUT, Payer, WechatPay

NATIVE = {"channel": "wechatpay", "product": "native"}
H5 = {"channel": "wechatpay", "product": "h5", "input": INPUT["h5"]}


def has_a_card(mei: Payer, shop: Shop, wechat: WechatPay) -> Told:
    """A card of 100.00 and 20.00 on top, bought by WeChat."""
    shop.turns_on("stored_value")
    sells_card(shop, "card-100", 10_000, 2_000)
    wechat.says_paid(mei.chooses_wechat(orders_cards(mei, "card-100")))
    (card,) = cards_of(mei)
    assert on(card) == (10_000, 2_000)
    return card


def test_a_card_and_wechat_pay_together_whatever_becomes_of_the_cash(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    card = has_a_card(mei, shop, wechat)
    order = mei.orders({"tea": 3})
    mine = {"channel": "stored_value", "amount": 6_000}
    first = pays(mei, order, mine, NATIVE)
    assert (first.channel, first.amount) == ("wechatpay", 8_700)
    assert on(looks_at(mei, card)) == (5_000, 1_000)

    second = pays(mei, order, mine, H5)
    assert second.out_trade_no != first.out_trade_no
    assert on(looks_at(mei, card)) == (5_000, 1_000), "the card is set aside once, whatever brings the cash"
    wechat.says_paid(second)
    paid = shop.sees(order)
    assert (paid.state, paid.paid) == ("awaiting_shipment", 14_700)

    shop.refunds(paid, {"tea": 1})
    clock.settles()
    assert on(looks_at(mei, card)) == (6_667, 1_333)
    assert wechat.refunds_of(second) == [("SUCCESS", 2_900)]
    shop.refunds(shop.sees(order))
    clock.settles()
    assert shop.sees(order).state == "refunded"
    assert on(looks_at(mei, card)) == (10_000, 2_000)
    assert wechat.refunds_of(second) == [("SUCCESS", 2_900), ("SUCCESS", 5_800)]


def test_an_unused_card_is_given_back_for_the_money_that_was_paid(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    card = has_a_card(mei, shop, wechat)
    (number,) = mei.own_orders()
    order = mei.asks("GET", f"orders/{number}")
    shop.refunds(order)
    clock.settles()
    assert shop.sees(order).state == "refunded"
    assert on(looks_at(mei, card)) == (0, 0) and looks_at(mei, card).status == "returned"
