"""Strangers: whatever happens to one buyer's order, nobody else's account moves, here or at another merchant."""

from tests.actors import Merchant
from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import HAS, PART, Scene
from tests.vocabulary import Shop


@rule()
def a_whole_life_of_an_order_touches_nobody_else(scene: Scene) -> None:
    with Merchant(scene.app, scene.shop.merchant.base_url, "bolt") as bolt:
        other = Shop(bolt)
        scene.provider.sets_up(other)
        stranger = other.buyer("Mei")
        scene.provider.fills(other, stranger, HAS)
        cancelled, _ = scene.begun(1000)
        scene.mei.cancels(cancelled)
        order, _ = scene.paid()
        scene.gives_back(order, units={"tea": 1})
        assert scene.provider.has(scene.wei) == (HAS, 0), "Wei had nothing to do with it"
        assert scene.provider.has(stranger) == (HAS, 0), "nor had anybody elsewhere"
        scene.gives_back(order)
        assert scene.has() == (HAS, 0)
        assert scene.provider.has(scene.wei) == scene.provider.has(stranger) == (HAS, 0)


@rule("pays")
def nobody_pays_an_order_of_somebody_else_nor_do_staff_with_a_buyers_money(scene: Scene) -> None:
    order = scene.orders()
    before = scene.rows()
    body = {"tenders": [*scene.way(PART), {"channel": "wire", "product": "qr"}]}
    scene.wei.is_refused(404).asks("POST", f"orders/{order.number}/payments", body)
    assert scene.rows() == before
    assert scene.has() == scene.provider.has(scene.wei) == (HAS, 0)
