"""Giving back: each refund gives the tender its own share, once; when everything is back, all of it is."""

from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import FREIGHT, HAS, PART, PRICE, TOTAL, UNITS, Scene


@rule()
def every_part_of_a_refund_gives_back_its_own_share_and_in_the_end_all_of_it(scene: Scene) -> None:
    order, _ = scene.paid()
    back = 0
    for n in range(UNITS):
        parts = scene.gives_back(order, units={"tea": 1})
        share = parts[scene.provider.name]
        back += share
        assert 0 < share < PART and abs(share * UNITS - PART) < 3 * FREIGHT, "a third of it or so"
        if scene.pays:
            assert sum(parts.values()) in (PRICE, PRICE + FREIGHT), "no fen more or less than the unit cost"
        assert scene.has() == (HAS - PART + back, 0), n
    if back < PART:
        back += scene.gives_back(order, freight=FREIGHT, amounts={})[scene.provider.name]
    assert back == PART and scene.has() == (HAS, 0), "all of it is back"
    assert scene.shop.sees(order).refunded == scene.shop.sees(order).paid


@rule()
def amounts_of_any_size_come_to_all_of_it(scene: Scene) -> None:
    order, _ = scene.paid()
    for amount in (1, 1, 2, 5, 777, 4444):
        scene.gives_back(order, amounts={"tea": amount})
    assert HAS - PART <= scene.has()[0] < HAS
    scene.gives_back(order, freight=FREIGHT)
    assert scene.has() == (HAS, 0), "all of it is back"


@rule()
def a_part_that_is_paid_twice_is_paid_once(scene: Scene) -> None:
    order, _ = scene.paid()
    scene.gives_back(order, units={"tea": 1})
    after = scene.has()
    for _ in range(2):
        scene.sends_again(order)
    scene.clock.passes(hours=3)
    assert scene.has() == after, "once"


@rule()
def a_refund_that_is_withdrawn_gives_nothing_back(scene: Scene) -> None:
    order, _ = scene.paid()
    order = scene.shop.refunds(order, {"tea": 1})
    scene.shop.withdraws_refund(order)
    scene.clock.passes(hours=3)
    assert scene.has() == (HAS - PART, 0)
    scene.gives_back(order)
    assert scene.has() == (HAS, 0), "all of it is still owed"


@rule()
def a_paid_order_that_is_cancelled_gives_everything_back(scene: Scene) -> None:
    order, _ = scene.paid()
    scene.mei.cancels(order)
    scene.clock.passes(hours=3)
    assert scene.state(order) == "refunded" and scene.has() == (HAS, 0)


@rule("takes_credit")
def cash_may_be_paid_into_it_instead_once(scene: Scene) -> None:
    order, _ = scene.paid()
    parts = scene.gives_back(order, units={"tea": 1}, destination=scene.provider.name)
    assert scene.has() == (HAS - PART + sum(parts.values()), 0)
    scene.sends_again(order)
    scene.gives_back(order, destination=scene.provider.name)
    scene.sends_again(order)
    assert scene.has() == (HAS - PART + TOTAL, 0), "all that was paid, once"
    assert scene.wires["wire"].backs == {}, "its channel is asked for nothing"
    assert scene.state(order) == "refunded"
