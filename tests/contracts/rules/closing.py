"""Closing: an attempt is closed with its order, and money that was faster wins."""

from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene


@rule(books=True)
def an_order_that_is_cancelled_closes_its_attempt(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)
    order = scene.mei.cancels(order)
    assert (order.state, scene.payment(order).state) == ("closed", "closed")
    if "asked" in scene.provider.can:
        assert scene.provider.state_of(payment.out_trade_no) == "closed", "nobody may pay it any more"
    assert scene.shop.stock_of("tea") == (100, 0)


@rule(books=True)
def an_order_that_expires_closes_its_attempt(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)
    scene.clock.passes(days=4)
    order = scene.shop.sees(order)
    assert (order.state, order.close_reason, scene.payment(order).state) == ("closed", "expired", "closed")
    if "asked" in scene.provider.can:
        assert scene.provider.state_of(payment.out_trade_no) == "closed"
    assert (scene.shop.stock_of("tea"), scene.cases()) == ((100, 0), [])


@rule("asked", books=True)
def money_that_is_faster_than_the_buyers_cancelling_wins(scene: Scene) -> None:
    order = scene.orders()
    scene.provider.pays(scene.starts(order))
    scene.mei.is_refused(409).cancels(order)
    order = scene.shop.sees(order)
    assert (order.state, order.paid, scene.cases()) == ("awaiting_shipment", PRICE, [])


@rule("asked", books=True)
def money_that_is_faster_than_the_deadline_wins(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)
    scene.clock.passes(minutes=29)
    scene.provider.pays(payment)
    scene.clock.passes(minutes=2)
    order = scene.shop.sees(order)
    assert (order.state, order.paid, scene.cases()) == ("awaiting_shipment", PRICE, [])


@rule("asked", "notices", books=True)
def a_notice_that_arrives_while_we_close_wins(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)

    def pays(number: str) -> None:
        scene.provider.pays(payment)
        scene.posts(scene.provider.letter(payment))

    # the closing had its effect, and the buyer was already typing the password
    scene.provider.meanwhile("close", pays)
    scene.mei.api.send("POST", f"orders/{order.number}/cancel", json={"reason": "changed_mind"})
    scene.clock.settles()
    order = scene.shop.sees(order)
    kept = (order.state, order.paid) == ("awaiting_shipment", PRICE)
    returned = order.state == "closed" and scene.provider.given_back(payment) == PRICE
    assert kept or returned, f"{order.state}, {order.paid} paid: the money must pay, or go back"
