"""Late: money for an order that is closed, and notices that come when all is over."""

from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene
from tests.told import Told


@rule("notices", books=True)
def money_that_comes_after_the_closing_goes_back_by_itself(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)
    scene.clock.passes(minutes=31)
    assert scene.shop.sees(order).state == "closed"
    scene.provider.pays(payment)
    assert scene.posts(scene.provider.letter(payment)).status_code == scene.provider.accepted[0]
    assert scene.cases() == ["late_payment"]
    scene.clock.settles()
    order = scene.refund_arrives(order)
    assert (order.state, order.paid, order.refund_axis) == ("closed", 0, "none")
    assert [(row.reason, row.status, row.amount) for row in order.refunds] == [("late_payment", "done", PRICE)]
    assert (scene.provider.given_back(payment), scene.books()) == (PRICE, {})
    assert (scene.cases(status="open"), scene.shop.stock_of("tea")) == ([], (100, 0))


@rule("notices", books=True)
def late_money_that_is_told_of_twice_goes_back_once(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)
    scene.mei.cancels(order)
    scene.provider.pays(payment)
    for _ in range(3):
        scene.posts(scene.provider.letter(payment))
    scene.clock.settles()
    order = scene.refund_arrives(order)
    scene.clock.passes(hours=1)
    assert (len(order.refunds), scene.provider.given_back(payment)) == (1, PRICE)
    assert len(scene.provider.refund_numbers(payment)) == 1


@rule("notices", "asked", books=True)
def an_old_payment_notice_changes_nothing_at_any_later_node(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)
    scene.provider.pays(payment)
    scene.clock.passes(seconds=10)
    scene.shop.sends(scene.shop.sees(order))
    _changes_nothing(scene, order, payment, "shipped")
    scene.mei.receives(order)
    _changes_nothing(scene, order, payment, "completed")
    scene.refunds(order)
    scene.refund_arrives(order)
    _changes_nothing(scene, order, payment, "refunded")
    assert scene.cases() == []


@rule("notices", books=True)
def a_payment_notice_after_the_refund_changes_nothing(scene: Scene) -> None:
    order = scene.orders(2)
    payment = scene.starts(order)
    scene.money_comes(order, payment)
    scene.refunds(order, units=1)
    order = scene.refund_arrives(order)
    assert (order.state, order.refunded) == ("awaiting_shipment", PRICE)
    _changes_nothing(scene, order, payment, "awaiting_shipment")
    assert (scene.shop.sees(order).paid, scene.cases()) == (2 * PRICE, [])


def _changes_nothing(scene: Scene, order: Told, payment: Told, node: str) -> None:
    before = scene.shop.sees(order)
    assert before.state == node
    assert scene.posts(scene.provider.letter(payment)).status_code == scene.provider.accepted[0]
    scene.clock.settles()
    assert scene.shop.sees(order).told == before.told
