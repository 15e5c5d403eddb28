"""Letting go: what was set aside is free again, once, whatever ended the attempt or the order."""

from core.contracts.payment_channel import PaymentStatus, Started
from core.errors import ChannelDown, ChannelUnsure
from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import HAS, PART, TOTAL, Scene
from tests.told import Told


def is_free_for_good(scene: Scene, order: Told) -> None:
    """It is free, it was let go once, and whatever comes round later changes nothing."""
    assert scene.has() == (HAS, 0), "it is free again"
    assert [state for state, _ in scene.holds(order)] == ["closed"]
    scene.clock.passes(hours=3)
    assert scene.has() == (HAS, 0), "once"


@rule("pays")
def an_attempt_that_never_begins_lets_it_go(scene: Scene) -> None:
    for n, trouble in enumerate((ChannelDown("no line"), Started("rejected", failure="no"), Started("failed"))):
        order = scene.orders()
        scene.wires["wire"].says("start", trouble)
        scene.starts(order, expecting=502)
        assert scene.has() == (HAS - n, 0), "it is free again"
        scene.till.cash_comes(scene.starts(order, 1))
        assert scene.state(order) == "awaiting_shipment" and scene.has() == (HAS - n - 1, 0)


@rule("pays")
def an_attempt_that_fails_later_lets_it_go_once(scene: Scene) -> None:
    order, _ = scene.begun()
    scene.wires["wire"].says("query", PaymentStatus("failed", failure="no funds"))
    scene.clock.passes(seconds=20)
    assert scene.state(order) == "pending_payment", "it may be paid another way"
    is_free_for_good(scene, order)


@rule()
def an_attempt_whose_answer_is_lost_keeps_it(scene: Scene) -> None:
    order = scene.orders()
    scene.wires["wire"].says("start", ChannelUnsure("no answer"))
    scene.starts(order, expecting=502)
    assert scene.has() == (HAS - PART, PART), "the payer may have paid"
    scene.clock.passes(seconds=20)
    payment = scene.starts(order)
    assert scene.has() == (HAS - PART, PART)
    scene.till.cash_comes(payment)
    assert scene.has() == (HAS - PART, 0) and scene.state(order) == "awaiting_shipment"


@rule("pays")
def another_mix_lets_the_first_go(scene: Scene) -> None:
    order, first = scene.begun()
    second = scene.starts(order, 1000, channel="cable")
    assert second.amount == TOTAL - 1000
    assert scene.has() == (HAS - 1000, 1000) and scene.holds(order) == [("closed", PART), ("open", 1000)]
    assert first.out_trade_no in scene.wires["wire"].closed, "nobody has two bills in hand"
    scene.till.cash_comes(second)
    assert scene.has() == (HAS - 1000, 0)


@rule()
def a_failed_attempt_leaves_a_lower_price_as_it_is(scene: Scene) -> None:
    order = scene.orders()
    scene.wires["wire"].says("start", ChannelDown("no line"))
    scene.starts(order, expecting=502)
    assert scene.has() == ((HAS, 0) if scene.pays else (HAS - PART, PART))
    scene.till.cash_comes(scene.starts(order))
    assert scene.has() == (HAS - PART, 0)


@rule()
def a_buyer_who_cancels_has_it_again(scene: Scene) -> None:
    order, _ = scene.begun()
    scene.mei.cancels(order)
    assert scene.state(order) == "closed"
    is_free_for_good(scene, order)


@rule()
def staff_who_close_the_order_let_it_go(scene: Scene) -> None:
    order, _ = scene.begun()
    scene.shop.closes(order)
    assert scene.state(order) == "closed"
    is_free_for_good(scene, order)


@rule()
def time_that_is_up_lets_it_go(scene: Scene) -> None:
    order, _ = scene.begun()
    scene.clock.passes(minutes=31)
    assert scene.state(order) == "closed"
    is_free_for_good(scene, order)


@rule()
def a_close_that_is_not_clear_yet_keeps_it_until_it_is(scene: Scene) -> None:
    order, _ = scene.begun()
    scene.wires["wire"].says("close", ChannelUnsure("no answer"))
    scene.mei.is_refused(502).cancels(order)
    assert scene.has() == (HAS - PART, PART), "the payer may have paid"
    scene.mei.cancels(order)
    assert scene.state(order) == "closed"
    is_free_for_good(scene, order)


@rule()
def money_that_is_faster_than_the_end_spends_it(scene: Scene) -> None:
    for end in (lambda order: scene.clock.passes(minutes=31), lambda order: scene.mei.is_refused(409).cancels(order)):
        before = scene.has()[0]
        order, payment = scene.begun(1000)
        scene.shop.sets(buyer_may_cancel_paid=False)
        scene.wires["wire"].pays(payment.out_trade_no, payment.amount)
        end(order)
        scene.clock.settles()
        assert scene.state(order) == "awaiting_shipment", "it is paid"
        assert scene.has() == (before - 1000, 0) and scene.holds(order) == [("settled", 1000)]


@rule("pays")
def a_deposit_that_is_given_up_frees_or_returns_each_part_once(scene: Scene) -> None:
    order = scene.orders(whims={"deposit_percent": 30})
    scene.till.cash_comes(scene.starts(order, 1000))
    scene.starts(order, 2000)
    assert scene.has() == (HAS - 3000, 2000)
    scene.shop.closes(order)
    scene.clock.passes(hours=3)
    assert scene.has() == (HAS, 0), "what was spent came back, what was set aside is free"
    scene.sends_again(order)
    assert scene.has() == (HAS, 0)
