"""Faults: a channel that is down, in trouble, or loses its answer after the effect; money moves once all the same."""

from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene
from tests.told import Told


@rule("asked", books=True)
def a_start_that_goes_wrong_without_effect_leaves_one_way_to_pay(scene: Scene) -> None:
    for fault in scene.provider.faults_before:
        order = scene.orders()
        scene.provider.goes_wrong("start", fault)
        assert _in_the_end_open(scene, order) >= 2, f"{fault}: the buyer is told that it did not work"
        _one_live_number(scene, order)
        order = scene.money_comes(order, scene.payment(order))
        assert (order.state, order.paid) == ("awaiting_shipment", PRICE), fault


@rule("asked", books=True)
def a_start_whose_answer_is_lost_is_asked_again_under_the_same_number(scene: Scene) -> None:
    for fault in scene.provider.faults_after:
        order = scene.orders()
        scene.provider.goes_wrong("start", fault)
        _in_the_end_open(scene, order)
        order = scene.shop.sees(order)
        assert len(order.payments) == 1, f"{fault}: another number would be another bill"
        _one_live_number(scene, order)
        assert scene.money_comes(order, scene.payment(order)).paid == PRICE, fault


@rule("asked", books=True)
def a_query_that_goes_wrong_is_made_again(scene: Scene) -> None:
    for fault in (*scene.provider.faults_before, *scene.provider.faults_after):
        order = scene.orders()
        scene.provider.pays(scene.starts(order))
        scene.provider.goes_wrong("query", fault)
        scene.clock.passes(seconds=10)
        assert scene.shop.sees(order).state == "pending_payment", f"{fault}: nothing is known yet"
        scene.clock.passes(seconds=20)
        assert scene.shop.sees(order).state == "awaiting_shipment", fault
    assert scene.cases() == []


@rule("asked", books=True)
def a_close_that_goes_wrong_closes_nothing_until_it_is_clear(scene: Scene) -> None:
    for fault in (*scene.provider.faults_before, *scene.provider.faults_after):
        order = scene.orders()
        payment = scene.starts(order)
        scene.provider.goes_wrong("close", fault)
        answer = scene.mei.api.send("POST", f"orders/{order.number}/cancel", json={"reason": "changed_mind"})
        if answer.status != 200:
            assert scene.shop.sees(order).state == "pending_payment", f"{fault}: somebody may still pay"
            scene.mei.cancels(order)
        assert scene.shop.sees(order).state == "closed", fault
        assert scene.provider.state_of(payment.out_trade_no) == "closed", fault


@rule("asked", books=True)
def money_that_comes_while_a_close_goes_wrong_is_found(scene: Scene) -> None:
    for fault in (*scene.provider.faults_before, *scene.provider.faults_after):
        order = scene.orders()
        payment = scene.starts(order)
        scene.provider.goes_wrong("close", fault)
        scene.provider.pays(payment)
        scene.mei.api.send("POST", f"orders/{order.number}/cancel", json={"reason": "changed_mind"})
        scene.clock.passes(minutes=35)
        order = scene.shop.sees(order)
        assert (order.state, order.paid) == ("awaiting_shipment", PRICE), fault


@rule("asked", books=True)
def a_refund_that_goes_wrong_is_asked_again_and_goes_back_once(scene: Scene) -> None:
    for fault in (*scene.provider.faults_before, *scene.provider.faults_after):
        order = scene.paid_order()
        scene.provider.goes_wrong("refund", fault)
        order = scene.refunds(order)
        number = scene.part(order).out_refund_no
        scene.clock.passes(minutes=30)
        order = scene.refund_arrives(order)
        assert (order.state, order.refunded) == ("refunded", PRICE), fault
        payment = scene.payment(order)
        assert scene.provider.given_back(payment) == PRICE, f"{fault}: the money goes back once"
        assert list(scene.provider.refund_numbers(payment)) == [number], f"{fault}: under the same number"


@rule("asked", books=True)
def a_look_at_a_refund_that_goes_wrong_is_made_again(scene: Scene) -> None:
    for fault in (*scene.provider.faults_before, *scene.provider.faults_after):
        order = scene.refunds(scene.paid_order())
        scene.provider.finishes(scene.part(order))
        scene.provider.goes_wrong("query_refund", fault)
        scene.clock.passes(minutes=1)
        assert scene.shop.sees(order).state == "refunding", fault
        scene.clock.passes(minutes=4)
        assert scene.shop.sees(order).state == "refunded", fault


def _in_the_end_open(scene: Scene, order: Told) -> int:
    """How often Mei had to try."""
    for number in range(1, 5):
        told = scene.tries(order)
        if told.status_code == 201:
            assert told.state == "open"
            return number
        assert told.status_code == 502, told.told
        scene.clock.passes(seconds=31)
        if scene.payment(order).state == "open":
            continue
    raise AssertionError(f"after four tries order {order.number} cannot be paid")


def _one_live_number(scene: Scene, order: Told) -> None:
    """Mei holds one bill, and it is the one that we know."""
    ours = [row.out_trade_no for row in scene.shop.sees(order).payments]
    live = [number for number in ours if scene.provider.state_of(number) == "waiting"]
    assert live == [scene.payment(order).out_trade_no]
