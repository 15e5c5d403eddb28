"""By hand: money that people see and report; what they say is believed once, and only what is due."""

from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene


@rule("by_hand", books=True)
def a_line_of_the_statement_pays_once(scene: Scene) -> None:
    channel = scene.provider.channel
    first, second = scene.orders(), scene.orders()
    for order in (first, second):
        scene.starts(order)
    scene.shop.sees_money(first, reference="LINE-ONCE", channel=channel)
    problem = scene.shop.is_refused(409).sees_money(second, reference="LINE-ONCE", channel=channel)
    assert "LINE-ONCE" in problem.detail
    assert (scene.shop.sees(second).state, scene.books()["channel"]) == ("pending_payment", PRICE)


@rule("by_hand", books=True)
def only_what_is_due_is_believed(scene: Scene) -> None:
    order = scene.orders()
    scene.starts(order)
    for amount in (1, PRICE - 1, PRICE + 1):
        problem = scene.shop.is_refused(422).sees_money(order, amount=amount, channel=scene.provider.channel)
        assert [error.pointer for error in problem.errors] == ["/amount"] and str(PRICE) in problem.errors[0].message
    assert (scene.shop.sees(order).paid, scene.books()) == (0, {})


@rule("by_hand", books=True)
def money_for_a_closed_order_is_not_believed_and_staff_are_told_why(scene: Scene) -> None:
    order = scene.orders()
    scene.starts(order)
    scene.mei.cancels(order)
    problem = scene.shop.is_refused(409).sees_money(order, amount=PRICE, channel=scene.provider.channel)
    assert len(problem.detail) > 20
    assert (scene.shop.sees(order).state, scene.books()) == ("closed", {})


@rule("by_hand", books=True)
def a_transfer_back_waits_for_people_and_is_believed_once(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order())
    assert (scene.part(order).state, scene.cases(status="open")) == ("pending", ["refund_to_make"])
    scene.clock.passes(days=3)
    order = scene.shop.sees(order)
    assert (order.state, order.refunded) == ("refunding", 0), "nobody has said that it was made"
    order = scene.shop.transfers_back(order, reference="OUT-ONCE")
    assert (order.state, order.refunded, scene.cases(status="open")) == ("refunded", PRICE, [])
    scene.shop.is_refused(409).transfers_back(order)
    another = scene.refunds(scene.paid_order())
    scene.shop.is_refused(409).transfers_back(another, reference="OUT-ONCE")
    assert scene.shop.sees(another).refunded == 0


@rule("by_hand", books=True)
def money_that_was_faster_at_another_channel_wins_over_what_staff_saw(scene: Scene) -> None:
    rival = scene.rival
    assert rival is not None
    order = scene.orders()
    scene.starts(order)
    rival.provider.pays(rival.starts(order))
    scene.shop.is_refused(409).sees_money(order, channel=scene.provider.channel)
    order = scene.shop.sees(order)
    settled = [row.channel for row in order.payments if row.state == "settled"]
    assert (order.state, order.paid, settled) == ("awaiting_shipment", PRICE, [rival.provider.channel])
