"""An order is paid, its code is shown at the store, and the order is completed there and then."""

import pytest

from tests.conftest import Clock
from tests.plugins.pickup.counter import TEA, buys, own, previews, redeems, shelf, sums, works_at
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_a_code_is_scanned_and_the_order_is_completed_in_the_same_moment(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 2})
    assert (order.state, shelf(shop, "tea", "east-shelf"), shelf(shop, "tea", "north")) == (
        "awaiting_shipment", (8, 0), (10, 0),
    )  # fmt: skip
    mine = own(mei, order)
    assert len(mine.code) == 12 and mine.code.isdigit() and order.number not in mine.token
    seen = previews(clerk, mine.code)
    assert (seen.number, seen.store, seen.refund, seen.refused) == (order.number, "east", "none", None)
    assert [(row.sku, row.left) for row in seen.lines] == [("tea", 2)]
    assert (seen.buyer.name, shop.sees(order).state, sums(shop)) == ("Mei", "awaiting_shipment", ({}, 0))
    done = redeems(clerk, mine.code, seen, device="till 3")
    assert (done.amount, done.left, done.store, done.device) == (2 * TEA, 0, "east", "till 3")
    order = shop.sees(order)
    assert (order.state, order.fulfilment_axis) == ("completed", "received")
    assert shop.path(order)[-4:] == ["awaiting_shipment", "shipped", "received", "completed"]
    last = shop.history(order, "order")[-3:]
    assert len({row.at for row in last}) == 1 and {row.actor_name for row in last} == {clerk.api.name}  # type: ignore[attr-defined]
    assert sums(shop) == ({"east": 2 * TEA}, 2 * TEA)
    assert own(mei, order).status == "fetched"
