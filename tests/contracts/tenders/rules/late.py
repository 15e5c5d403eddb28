"""Late cash: what was let go is set aside again and spent, or the cash goes back; never something in between."""

from core.contracts.payment_channel import PaymentStatus
from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import HAS, PART, TOTAL, Scene
from tests.told import Told


def failed_at_its_channel(scene: Scene) -> tuple[Told, Told]:
    """An order whose attempt the channel gave up; money may come for it all the same."""
    order, payment = scene.begun()
    scene.wires["wire"].says("query", PaymentStatus("failed", failure="no funds"))
    scene.clock.passes(seconds=20)
    assert scene.has() == (HAS, 0)
    return order, payment


def spends(scene: Scene, amount: int) -> None:
    """Mei buys something else with it."""
    if scene.pays:
        scene.till.cash_comes(scene.starts(scene.orders(), amount, channel="cable"))
    else:
        scene.till.cash_comes(scene.starts(scene.orders(amount), channel="cable"))


@rule("pays")
def late_cash_takes_it_back_if_it_is_still_there(scene: Scene) -> None:
    order, payment = failed_at_its_channel(scene)
    scene.till.cash_comes(payment)
    scene.is_told_again(payment)
    assert scene.state(order) == "awaiting_shipment" and scene.has() == (HAS - PART, 0)
    assert scene.holds(order) == [("closed", PART), ("settled", PART)]


@rule("pays")
def late_cash_goes_back_if_it_is_spent(scene: Scene) -> None:
    order, payment = failed_at_its_channel(scene)
    spends(scene, HAS - PART + 1)
    left = scene.has()
    scene.till.cash_comes(payment)
    scene.is_told_again(payment)
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("pending_payment", 0)
    assert [row.amount for row in seen.refunds] == [TOTAL - PART], "the cash goes back"
    assert scene.has() == left, "nothing is taken for an order that is not paid"


@rule()
def late_cash_for_an_expired_order_goes_back_and_takes_nothing(scene: Scene) -> None:
    order, payment = scene.begun()
    scene.clock.passes(minutes=31)
    scene.till.cash_comes(payment, past_closing=True)
    scene.is_told_again(payment)
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("closed", 0)
    assert [row.amount for row in seen.refunds] == [TOTAL - PART]
    assert scene.has() == (HAS, 0)


@rule()
def late_cash_revives_an_expired_order_with_all_that_paid_for_it(scene: Scene) -> None:
    scene.shop.sets(late_payment="revive")
    order, payment = scene.begun()
    scene.clock.passes(minutes=31)
    assert scene.has() == (HAS, 0)
    scene.till.cash_comes(payment, past_closing=True)
    scene.is_told_again(payment)
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("awaiting_shipment", seen.payable)
    assert scene.has() == (HAS - PART, 0) and scene.holds(order) == [("closed", PART), ("settled", PART)]
    assert scene.gives_back(order) == {"wire": TOTAL - PART, scene.provider.name: PART}
    assert scene.has() == (HAS, 0), "what was held anew comes back"


@rule()
def late_cash_revives_nothing_if_a_part_of_it_is_spent(scene: Scene) -> None:
    scene.shop.sets(late_payment="revive")
    order, payment = scene.begun()
    scene.clock.passes(minutes=31)
    spends(scene, HAS - PART + 1)
    left = scene.has()
    scene.till.cash_comes(payment, past_closing=True)
    scene.is_told_again(payment)
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("closed", 0)
    assert [row.amount for row in seen.refunds] == [TOTAL - PART]
    assert scene.has() == left
