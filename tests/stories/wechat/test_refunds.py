"""Stories of money on its way back: in parts until nothing is left, and to a card that is gone."""

from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay


def paid_order(mei: Payer, wechat: WechatPay, units: int) -> tuple[Told, Told]:
    """An order of so many tins, paid by WeChat, and its payment."""
    order = mei.orders({"tea": units})
    payment = mei.chooses_wechat(order)
    wechat.says_paid(payment)
    return order, payment


def test_parts_go_back_each_under_its_own_number_until_nothing_is_left(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = paid_order(mei, wechat, 3)
    shop.refunds(order, {"tea": 1})
    shop.refunds(order, amounts={"tea": 1})
    clock.settles()
    part = shop.sees(order)
    assert (part.state, part.refunded, part.refund_axis) == ("awaiting_shipment", 4901, "part")

    shop.refunds(order)
    clock.settles()
    back = shop.sees(order)
    assert (back.state, back.refunded, back.refund_axis) == ("refunded", 14700, "all")
    assert wechat.refunds_of(payment) == [("SUCCESS", 4900), ("SUCCESS", 1), ("SUCCESS", 9799)]
    assert len({row.parts[0].out_refund_no for row in back.refunds}) == 3
    assert shop.is_refused(409).refunds(order).code == "move_refused"
    assert shop.stock_of("tea") == (10, 0)


def test_two_refunds_for_the_last_tin_are_one(mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock) -> None:
    order, payment = paid_order(mei, wechat, 1)
    wechat.refunds_wait()
    shop.refunds(order)
    assert shop.sees(order).state == "refunding"
    shop.is_refused(409).refunds(order)
    clock.settles()
    assert wechat.refunds_of(payment) == [("PROCESSING", 4900)]
    wechat.ends_refund(shop.sees(order).refunds[0].parts[0], "SUCCESS")
    assert shop.sees(order).state == "refunded"


def test_a_refund_to_a_card_that_is_gone_is_made_by_hand(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = paid_order(mei, wechat, 1)
    wechat.refunds_end("ABNORMAL")
    shop.refunds(order)
    clock.settles()
    stuck = shop.sees(order)
    assert (stuck.state, stuck.refunded, stuck.refunds[0].parts[0].state) == ("refunding", 0, "failed")
    assert [(case.kind, case.status) for case in shop.cases()] == [("refund_failed", "open")]
    clock.passes(hours=2)
    assert wechat.refunds_of(payment) == [("ABNORMAL", 4900)], "it is not tried again by itself"

    shop.transfers_back(stuck)
    assert (shop.sees(order).state, shop.sees(order).refunded) == ("refunded", 4900)
    assert [case.status for case in shop.cases()] == ["resolved"]


def test_a_refund_that_comes_back_after_it_had_arrived_is_on_its_way_again(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = paid_order(mei, wechat, 2)
    shop.refunds(order, {"tea": 1})
    clock.settles()
    assert shop.sees(order).refunded == 4900
    wechat.ends_refund(shop.sees(order).refunds[0].parts[0], "ABNORMAL")
    again = shop.sees(order)
    assert (again.refunded, again.refund_axis, again.refunds[0].parts[0].state) == (0, "applying", "failed")
    assert [(case.kind, case.status) for case in shop.cases()] == [("refund_failed", "open")]
    shop.transfers_back(again)
    assert (shop.sees(order).refunded, shop.sees(order).refund_axis) == (4900, "part")


def test_a_refund_that_wechat_closes_is_made_under_a_new_number(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = paid_order(mei, wechat, 1)
    wechat.refunds_wait()
    shop.refunds(order)
    clock.settles()
    wechat.ends_refund(shop.sees(order).refunds[0].parts[0], "CLOSED")
    parts = shop.sees(order).refunds[0].parts
    assert [part.state for part in parts] == ["withdrawn", "pending"]
    wechat.ends_refund(parts[1], "SUCCESS")
    assert shop.sees(order).state == "refunded"
    assert wechat.refunds_of(payment) == [("CLOSED", 4900), ("SUCCESS", 4900)]
