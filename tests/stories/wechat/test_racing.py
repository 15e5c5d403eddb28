"""Stories of two things at the same moment: a buyer who cancels and pays, a notice before our own commit."""

from concurrent.futures import ThreadPoolExecutor

from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay
from tests.works import wait_for

ROUNDS = 4


def test_paid_in_the_moment_before_the_cancelling_reaches_wechat_the_payment_wins(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.is_paid_just_before("close")
    mei.is_refused(409).cancels(order)
    clock.settles()
    assert (shop.sees(order).state, shop.sees(order).paid) == ("awaiting_shipment", 4900)
    assert wechat.refunds_of(payment) == []


def test_paid_in_the_moment_after_wechat_has_closed_it_the_money_goes_back(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    with wechat.keeps_silent():
        wechat.is_paid_just_after("close")
        assert mei.cancels(order).state == "closed"
    assert shop.sees(order).state == "closed"
    assert wechat.refunds_of(payment) == [("SUCCESS", 4900)]
    assert [(case.kind, case.status) for case in shop.cases()] == [("late_payment", "resolved")]
    assert shop.stock_of("tea") == (10, 0)


def test_however_cancelling_races_with_paying_money_and_order_agree(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    def cancels(order: Told) -> None:
        assert mei.api.send("POST", f"orders/{order.number}/cancel", json={"reason": "other"}).status in (200, 409)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            order = mei.orders({"tea": 1})
            payment = mei.chooses_wechat(order)
            for running in (pool.submit(cancels, order), pool.submit(wechat.takes_money, payment)):
                running.result()
            clock.settles()
            end, money = shop.sees(order).state, wechat.state_of(payment)
            assert (end, money) in {("closed", "CLOSED"), ("awaiting_shipment", "SUCCESS"), ("refunded", "REFUND")}
            assert sum(amount for _, amount in wechat.refunds_of(payment)) == (4900 if money == "REFUND" else 0)


def test_a_notice_that_comes_before_our_own_commit_is_believed_and_stays_believed(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    wechat.answers_slowly("prepay", 2.5)
    with ThreadPoolExecutor(1) as pool, wechat.keeps_silent():
        starting = pool.submit(mei.chooses_wechat, order)
        (number,) = wait_for(lambda: wechat.numbers(shop.sees(order)))
        early = Told({"out_trade_no": number})
        wechat.is_paid_late(early)
        wechat.tells_at_once(early)
        assert not starting.done(), "our server still waits for the answer to its call"
        payment = starting.result()
    assert payment.state == "settled"
    assert [row.move for row in shop.history(order, "payment")] == ["create", "settle"], "never seen as open"
    assert (shop.sees(order).state, shop.sees(order).paid) == ("awaiting_shipment", 4900)
    assert wechat.told(payment) == [204, 204]
