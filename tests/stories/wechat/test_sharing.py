"""Stories of money that is shared: split by itself once the order is completed, given back before a refund."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from core import arming
from tests.conftest import Clock
from tests.plugins.balance_points import desk
from tests.sharing import (
    PARTNER,
    PERSON,
    box,
    breaches,
    gives,
    is_completed,
    is_split,
    not_looked_after,
    parts_of,
    shares,
    shares_of,
)
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay


@pytest.fixture(autouse=True)
def _shares(app: Flask, shop: Shop, clock: Clock) -> Iterator[None]:
    shares(shop)
    with app.app_context():
        arming.arm_periodic({})
    yield
    clock.settles()
    assert breaches(shop) == []


def test_a_completed_order_is_split_by_its_rules_without_anybody_doing_anything(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 2})
    clock.settles()
    assert wechat.splits_of(payment) == [], "not within a minute of the payment"
    is_split(clock)
    (share,) = shares_of(shop, order)
    # 9800 less a fee of 59; fifteen hundredths of it, down to the fen
    assert (share.status, share.base, share.fee, share.amount) == ("done", 9800, 59, 1461)
    assert parts_of(shop, order) == [(PARTNER, "done", 974, 0), (PERSON, "done", 487, 0)]
    assert wechat.splits_of(payment) == [("FINISHED", {PARTNER: 974, PERSON: 487})]
    assert wechat.holds_nothing_of(payment), "the rest is the shop's"
    assert box(shop) == {"paid": 9800, "split": 1461, "refunded": 0, "unsettled": 9800 - 1461}
    assert shop.cases() == []


def test_a_refund_before_the_split_waits_for_nothing_and_the_rest_is_split(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 2})
    shop.refunds(order, {"tea": 1})
    clock.settles()
    assert wechat.refunds_of(payment) == [("SUCCESS", 4900)]
    is_split(clock)
    (share,) = shares_of(shop, order)
    assert (share.base, share.fee, share.amount) == (4900, 30, 730)
    assert wechat.splits_of(payment) == [("FINISHED", {PARTNER: 487, PERSON: 243})]
    assert box(shop) == {"paid": 9800, "split": 730, "refunded": 4900, "unsettled": 4170}


def test_a_refund_after_the_split_takes_the_shares_back_first(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 2})
    is_split(clock)
    shop.refunds(order, {"tea": 1})
    clock.settles()
    assert parts_of(shop, order) == [(PARTNER, "done", 974, 487), (PERSON, "done", 487, 0)]
    assert wechat.refunds_of(payment) == [("SUCCESS", 4900)]
    moves = [row.move for row in shop.history(order, "refund")]
    assert moves[:3] == ["plan", "wait", "send"]
    assert box(shop) == {"paid": 9800, "split": 974, "refunded": 4900, "unsettled": 9800 - 974 - 4900}


def test_a_refund_waits_until_a_partner_whose_balance_was_short_has_given_back(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 1})
    is_split(clock)
    shop.refunds(order, amounts={"tea": 1})
    clock.settles()
    assert wechat.returns_of(payment) == [("SUCCESS", 1)], "the part of the partner rounds to the whole fen"
    wechat.receivers_are_poor(PARTNER)
    shop.refunds(shop.sees(order))
    clock.settles()
    waiting = shop.sees(order)
    assert (waiting.state, waiting.refunds[-1].parts[0].state) == ("refunding", "waiting")
    assert [(case.kind, case.status) for case in shop.cases()] == [("profit_sharing_return", "open")]
    clock.passes(hours=2)
    assert wechat.returns_of(payment) == [("SUCCESS", 1), ("FAILED", 486)]
    assert wechat.refunds_of(payment) == [("SUCCESS", 1)]
    assert not_looked_after(shop) == []

    wechat.receivers_are_poor()
    clock.passes(hours=6)
    assert wechat.returns_of(payment) == [("SUCCESS", 1), ("SUCCESS", 486)], "tried again under the same number"
    assert parts_of(shop, order) == [(PARTNER, "done", 487, 487), (PERSON, "done", 243, 0)], "a person gives nothing"
    assert wechat.refunds_of(payment) == [("SUCCESS", 1), ("SUCCESS", 4899)]
    assert (shop.sees(order).state, shop.cases()[0].status) == ("refunded", "resolved")
    assert box(shop) == {"paid": 4900, "split": 243, "refunded": 4900, "unsettled": -243}


def test_a_refund_while_the_split_is_under_way_waits_for_its_end(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 1})
    clock.passes(minutes=2)
    shop.refunds(order)
    clock.settles()
    assert shop.sees(order).refunds[0].parts[0].state == "waiting"
    assert wechat.refunds_of(payment) == []
    clock.passes(minutes=2)
    assert wechat.returns_of(payment) == [("SUCCESS", 487)]
    assert (shop.sees(order).state, wechat.refunds_of(payment)) == ("refunded", [("SUCCESS", 4900)])


def test_a_lost_answer_to_a_split_is_asked_for_and_nobody_is_paid_twice(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 2})
    wechat.loses_answers("split")
    clock.passes(minutes=2)
    assert [share.status for share in shares_of(shop, order)] == ["unsure"]
    clock.passes(minutes=2)
    assert wechat.splits_of(payment) == [("FINISHED", {PARTNER: 974, PERSON: 487})]
    assert [row[1:3] for row in parts_of(shop, order)] == [("done", 974), ("done", 487)]
    assert box(shop)["split"] == 1461


def test_a_split_that_never_got_there_is_sent_again_under_its_number(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 2})
    wechat.never_hears("split")
    clock.passes(minutes=2)
    assert [share.status for share in shares_of(shop, order)] == ["unsure"]
    clock.passes(minutes=2)
    is_split(clock)
    clock.passes(minutes=10)
    assert wechat.splits_of(payment) == [("FINISHED", {PARTNER: 974, PERSON: 487})]
    assert box(shop)["split"] == 1461


def test_a_lost_answer_to_a_return_is_asked_for_and_nobody_gives_back_twice(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order, payment = is_completed(mei, shop, wechat, {"tea": 1})
    is_split(clock)
    wechat.loses_answers("split_return")
    shop.refunds(order)
    clock.settles()
    assert shop.sees(order).refunds[0].parts[0].state == "waiting"
    clock.passes(minutes=2)
    assert wechat.returns_of(payment) == [("SUCCESS", 487)]
    assert shop.sees(order).state == "refunded"


def test_a_receiver_that_cannot_be_paid_is_told_of_and_the_shop_keeps_its_part(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    wechat.receivers_are_closed(PERSON)
    order, payment = is_completed(mei, shop, wechat, {"tea": 2})
    is_split(clock)
    assert parts_of(shop, order) == [(PARTNER, "done", 974, 0), (PERSON, "failed", 487, 0)]
    (case,) = shop.cases()
    assert case.kind == "profit_sharing_failed" and "ACCOUNT_ABNORMAL" in case.title
    assert box(shop) == {"paid": 9800, "split": 974, "refunded": 0, "unsettled": 9800 - 974}


def test_a_refused_split_is_told_of_and_tried_again_on_what_is_left_by_then(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    wechat.lets_be_shared(100)
    order, payment = is_completed(mei, shop, wechat, {"tea": 2})
    clock.passes(minutes=2)
    assert [(share.status, share.tries) for share in shares_of(shop, order)] == [("failed", 1)]
    (case,) = shop.cases()
    assert (case.kind, case.status) == ("profit_sharing_failed", "open") and "98 fen" in case.title
    shop.refunds(order, {"tea": 1})
    clock.settles()
    assert wechat.refunds_of(payment) == [("SUCCESS", 4900)], "nothing was split, so nothing is waited for"

    wechat.lets_be_shared(3000)
    clock.passes(minutes=6)
    is_split(clock)
    assert wechat.splits_of(payment) == [("FINISHED", {PARTNER: 487, PERSON: 243})]
    assert (shares_of(shop, order)[0].status, shop.cases()[0].status) == ("done", "resolved")


@pytest.mark.parametrize(("price", "amounts"), [(1, []), (100, [9, 5])], ids=["a fen", "a yuan"])
def test_shares_and_fee_of_the_smallest_orders_never_come_to_more_than_was_paid(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock, price: int, amounts: list[int]
) -> None:
    shop.sells("sweet", price)
    order, payment = is_completed(mei, shop, wechat, {"sweet": 1})
    is_split(clock)
    (share,) = shares_of(shop, order)
    assert [row.amount for row in share.splits] == amounts
    assert (share.status, share.fee + share.amount <= price) == ("done", True)
    assert wechat.holds_nothing_of(payment)
    assert box(shop)["split"] == sum(amounts)


def test_money_that_nobody_has_a_part_in_any_more_is_let_go(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.says_paid(payment)
    for rule in shop.lists("profit_sharing/rules"):
        shop.api.post(f"profit_sharing/rules/{rule['id']}", {"enabled": False})
    shop.sends(shop.sees(order))
    mei.receives(order)
    is_split(clock)
    assert [(share.status, share.amount) for share in shares_of(shop, order)] == [("done", 0)]
    assert wechat.holds_nothing_of(payment)
    other = mei.chooses_wechat(mei.orders({"tea": 1}))
    assert wechat.control.order(other.out_trade_no)["to_split"] is False, "without a rule nothing is held"


def test_money_of_an_order_that_is_never_completed_is_let_go_in_time(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.says_paid(payment)
    clock.passes(days=27)
    assert [share.status for share in shares_of(shop, order)] == ["frozen"]
    assert not wechat.holds_nothing_of(payment)
    clock.passes(days=2)
    is_split(clock)
    assert [(share.status, share.splits) for share in shares_of(shop, order)] == [("done", [])]
    assert wechat.holds_nothing_of(payment)


def test_two_stores_share_each_what_its_own_sub_merchant_was_paid(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    wechat.has_stores(shop, east="1900000201", west="1900000202")
    gives(shop, kind="merchant", account="1900000888", name="西店合作方", basis_points=2000, store="west")
    gives(shop, kind="merchant", account=PARTNER, name="示例合作方有限公司", basis_points=300, store="west")
    east, paid_east = is_completed(mei, shop, wechat, {"tea": 2}, store="east")
    west, paid_west = is_completed(mei, shop, wechat, {"tea": 1}, store="west")
    is_split(clock)
    assert wechat.payee_of(paid_east) == ("1900000104", "1900000201")
    assert wechat.payee_of(paid_west) == ("1900000104", "1900000202")
    assert wechat.splits_of(paid_east) == [("FINISHED", {PARTNER: 974, PERSON: 487})]
    # the store's own rule for the partner stands before the general one
    assert wechat.splits_of(paid_west) == [("FINISHED", {"1900000888": 974, PARTNER: 146, PERSON: 243})]
    shop.refunds(west)
    clock.settles()
    assert sorted(wechat.returns_of(paid_west)) == [("SUCCESS", 146), ("SUCCESS", 974)]
    assert (shop.sees(west).state, shop.sees(east).state) == ("refunded", "completed")


def test_of_a_mixed_payment_only_the_cash_is_shared_and_a_recharge_is_not(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    desk.opens(shop)
    desk.sets_password(mei)
    recharge = desk.recharges(mei, 5000)
    filling = mei.chooses_wechat(recharge)
    wechat.says_paid(filling)
    assert (mei.sees(recharge).state, wechat.control.order(filling.out_trade_no)["to_split"]) == ("completed", False)

    order = mei.orders({"tea": 2})
    payment = desk.pays(mei, order, desk.with_balance(amount=3000), {"channel": "wechatpay", "product": "native"})
    wechat.says_paid(payment)
    shop.sends(shop.sees(order))
    mei.receives(order)
    is_split(clock)
    (share,) = shares_of(shop, order)
    assert (share.base, share.fee, share.amount) == (6800, 41, 1013)
    shop.refunds(order, {"tea": 1})
    clock.settles()
    assert wechat.refunds_of(payment) == [("SUCCESS", 3400)] and desk.balance(mei) == (3500, 0)
    assert wechat.returns_of(payment) == [("SUCCESS", 338)]
    assert parts_of(shop, order) == [(PARTNER, "done", 675, 338), (PERSON, "done", 338, 0)]


def test_an_order_that_was_completed_while_the_plugin_was_off_is_split_the_next_day(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    order = mei.orders({"tea": 2})
    payment = mei.chooses_wechat(order)
    wechat.says_paid(payment)
    shop.api.post("plugins/profit_sharing/disable", {})
    shop.sends(shop.sees(order))
    mei.receives(order)
    is_split(clock)
    assert wechat.splits_of(payment) == []
    shop.turns_on("profit_sharing")
    clock.passes(days=1)
    is_split(clock)
    assert wechat.splits_of(payment) == [("FINISHED", {PARTNER: 974, PERSON: 487})]


def test_days_for_second_thoughts_pass_before_anything_is_split(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    shop.sets_plugin("profit_sharing", days=3)
    order, payment = is_completed(mei, shop, wechat, {"tea": 1})
    clock.passes(days=2, hours=23)
    assert wechat.splits_of(payment) == []
    clock.passes(hours=2)
    is_split(clock)
    assert [share.status for share in shares_of(shop, order)] == ["done"]


def test_refunds_asked_for_in_the_moment_of_the_split_find_every_share_given_back_or_never_given(
    mei: Payer, shop: Shop, wechat: WechatPay, clock: Clock
) -> None:
    bought = [is_completed(mei, shop, wechat, {"tea": 1}) for _ in range(6)]
    with ThreadPoolExecutor(1) as meanwhile:
        splitting = meanwhile.submit(clock.passes, minutes=2)
        for order, _ in bought:
            shop.refunds(shop.sees(order))
        splitting.result()
    for _ in range(3):
        clock.passes(minutes=10)
    for order, payment in bought:
        assert shop.sees(order).state == "refunded"
        assert wechat.refunds_of(payment) == [("SUCCESS", 4900)]
        (share,) = shares_of(shop, order)
        assert share.status in ("done", "gone", "frozen")
        assert all(row.returned == row.amount for row in share.splits if row.kind == "merchant")
        assert sum(amount for _, amount in wechat.returns_of(payment)) == sum(row.returned for row in share.splits)
