"""Stories of calls that WeChat Pay did and never answered: it is asked what became of them, under the same number."""

from tests.conftest import Clock
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay


def test_an_order_placed_at_wechat_without_an_answer_goes_on_under_its_number(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    wechat.loses_answers("prepay")
    assert mei.is_refused(502).chooses_wechat(order, key="k1").code == "channel_unsure"
    (attempt,) = shop.sees(order).payments
    assert attempt.state == "unsure"
    clock.passes(seconds=11)
    assert shop.sees(order).payments[0].state == "open", "asked: it is there and waits for the buyer"

    payment = mei.chooses_wechat(order, key="k1")
    assert payment.out_trade_no == attempt.out_trade_no
    assert wechat.numbers(shop.sees(order)) == [attempt.out_trade_no]
    wechat.says_paid(payment)
    paid = shop.sees(order)
    assert (paid.state, paid.paid, [row.state for row in paid.payments]) == ("awaiting_shipment", 4900, ["settled"])


def test_a_close_without_an_answer_keeps_the_order_open_until_wechat_has_said_yes(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.loses_answers("close")
    assert mei.is_refused(502).cancels(order).code == "channel_unsure"
    doubtful = shop.sees(order)
    assert (doubtful.state, doubtful.payments[0].state) == ("pending_payment", "closing")
    assert shop.stock_of("tea") == (10, 1), "nobody else may have it yet"

    assert mei.cancels(order).state == "closed"
    assert (shop.sees(order).payments[0].state, wechat.state_of(payment)) == ("closed", "CLOSED")
    assert shop.stock_of("tea") == (10, 0)


def test_an_order_that_expires_while_wechat_does_not_answer_is_closed_a_little_later(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.loses_answers("close")
    clock.passes(minutes=31)
    clock.passes(seconds=20)
    assert (shop.sees(order).state, wechat.state_of(payment)) == ("closed", "CLOSED")
    assert shop.stock_of("tea") == (10, 0)


def test_a_refund_without_an_answer_is_asked_for_and_made_once(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.says_paid(payment)
    wechat.loses_answers("refund")
    with wechat.keeps_silent():
        shop.refunds(order)
        clock.settles()
        assert wechat.refunds_of(payment) == [("SUCCESS", 4900)]
        assert (shop.sees(order).state, shop.sees(order).refunds[0].parts[0].state) == ("refunding", "unsure")
        clock.passes(seconds=20)
        back = shop.sees(order)
        assert (back.state, back.refunds[0].parts[0].state) == ("refunded", "done"), "nobody told us: we asked"
    assert wechat.refunds_of(payment) == [("SUCCESS", 4900)]
    assert (shop.sees(order).state, len(shop.sees(order).refunds)) == ("refunded", 1)
