"""Refunds that do not go well: refused for now, dead numbers, lost cards, and money that comes back."""

from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene


@rule("refuses_for_now", books=True)
def a_refund_refused_for_now_is_tried_again_under_the_same_number(scene: Scene) -> None:
    order = scene.paid_order()
    scene.provider.is_short_of_money(True)
    order = scene.refunds(order)
    number = scene.part(order).out_refund_no
    assert (order.state, scene.part(order).state) == ("refunding", "failed")
    assert scene.cases() == ["refund_failed"], "people are told, for it may take long"
    scene.clock.passes(minutes=5)
    scene.provider.is_short_of_money(False)
    scene.clock.passes(hours=2)
    part = scene.part(order)
    assert (part.out_refund_no, part.state in ("pending", "done")) == (number, True), "it was to be tried again"
    order = scene.refund_arrives(order)
    assert (order.state, order.refunded, len(order.refunds[0].parts)) == ("refunded", PRICE, 1)
    payment = scene.payment(order)
    assert list(scene.provider.refund_numbers(payment)) == [number]
    assert (scene.provider.given_back(payment), scene.cases(status="open")) == (PRICE, [])


@rule("dead_numbers", "notices", books=True)
def a_dead_number_is_replaced_and_the_money_goes_back_once(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order(2), units=1)
    dead = scene.part(order)
    scene.provider.finishes(dead, "dead")
    scene.tells_refund(dead)
    scene.clock.settles()
    fresh = scene.part(order)
    assert (fresh.state, fresh.out_refund_no != dead.out_refund_no) == ("pending", True)
    order = scene.refund_arrives(order)
    assert [part.state for part in order.refunds[0].parts] == ["withdrawn", "done"]
    assert (order.refunded, order.state) == (PRICE, "awaiting_shipment")
    assert scene.provider.given_back(scene.payment(order)) == PRICE


@rule("lost_cards", "notices", books=True)
def a_lost_card_is_a_case_and_people_give_the_money_back_once(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order())
    part = scene.part(order)
    scene.provider.finishes(part, "lost")
    scene.tells_refund(part)
    scene.clock.passes(days=1)
    payment = scene.payment(order)
    assert len(scene.provider.refund_numbers(payment)) == 1, "nothing is tried again by itself"
    assert (scene.cases(), scene.part(order).state) == (["refund_failed"], "failed")
    order = scene.shop.transfers_back(scene.shop.sees(order))
    assert (order.state, order.refunded) == ("refunded", PRICE)
    assert (scene.cases(status="open"), scene.books()) == ([], {"channel": PRICE, "by_hand": -PRICE})
    scene.shop.is_refused(409).transfers_back(order)
    scene.provider.finishes(part)
    scene.tells_refund(part)
    assert scene.codes() == ["refunded_twice"], "the channel delivered it after all: a person must get it back"


@rule("bounces", "notices", books=True)
def money_that_comes_back_after_it_was_given_back_is_owed_again(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order(2), units=1)
    part = scene.part(order)
    order = scene.refund_arrives(order)
    assert order.refunded == PRICE
    scene.provider.finishes(part, "lost")
    scene.tells_refund(part)
    order = scene.shop.sees(order)
    assert (order.refunded, order.refund_axis, order.line("tea").refunding) == (0, "applying", 1)
    assert (scene.cases(), scene.books()) == (["refund_failed"], {"channel": 2 * PRICE, "orders": -2 * PRICE})
    order = scene.shop.transfers_back(order)
    assert (order.refunded, order.refund_axis, order.line("tea").refunded) == (PRICE, "part", 1)
