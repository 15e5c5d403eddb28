"""What can be fetched where: quotes and orders that make no sense are refused with a code, and stock is the store's."""

from typing import Any

import pytest

from tests.conftest import Clock
from tests.plugins.pickup.counter import TEA, at, buys, has_slots, own, says, scans, shelf, slots
from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop


def refused(mei: BuyerActor, status: int, units: dict[str, int], **more: Any) -> Told:
    """Why the quote and the order are refused: the same."""
    quote = mei.is_refused(status).is_quoted(units, **more)
    order = mei.is_refused(status).orders(units, expecting=TEA, **more)
    assert order.code == quote.code
    return order


def test_it_costs_no_freight_and_takes_the_goods_of_the_store_alone(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(freight_flat=1000)
    assert mei.is_quoted({"tea": 1}, **at()).payable == TEA
    mei.orders({"tea": 3}, **at("west"))
    assert [shelf(shop, "tea", code) for code in ("west-shelf", "east-shelf", "north")] == [(10, 3), (10, 0), (100, 0)]
    told = mei.is_refused(409).orders({"tea": 8, "cup": 1}, expecting=8 * TEA + 1234, **at("west"))
    assert (told.code, [error.pointer for error in told.errors]) == ("out_of_stock", ["/lines/0/quantity"])


def test_goods_are_taken_from_all_warehouses_of_the_store_in_their_order(shop: Shop, mei: BuyerActor) -> None:
    shop.api.post("warehouses", {"code": "east-cellar", "name": "Cellar", "store": "east", "position": 1})
    shop.stocks("tea", **{"east-cellar": 4})
    order = buys(shop, mei, {"tea": 6})
    assert (shelf(shop, "tea", "east-cellar"), shelf(shop, "tea", "east-shelf")) == ((0, 0), (8, 0))
    assert len(order.shipments) == 2
    assert scans(shop, own(mei, order).code).left == 0
    assert (shop.sees(order).state, len(shop.sees(order).shipments[1].parcels)) == ("completed", 1)


def test_the_store_may_be_named_as_that_of_the_delivery_too(shop: Shop, mei: BuyerActor) -> None:
    body = mei.wishes({"tea": 1}, by="pickup", to=None)
    body["delivery"]["store"] = "west"
    order = mei.asks("POST", "orders", body | {"expected_total": TEA})
    assert own(mei, order).store == "west"


@pytest.mark.parametrize(
    ("status", "code", "chosen"),
    [
        (422, "required", at(None)),
        (422, "unknown_store", at("moon")),
        (422, "pickup_no_store", at("south")),
        (409, "pickup_store_closed", at("shut")),
        (409, "pickup_no_stock", at("bare")),
        (422, "pickup_no_slot", at("west", "2026-03-02T02:00:00Z")),
        (422, "required", at("east")),
        (422, "pickup_no_slot", at("east", "2026-03-02T02:30:00Z")),
        (422, "pickup_no_slot", at("east", "2026-03-02T01:00:00Z")),
        (422, "pickup_no_slot", at("east", "2026-03-20T02:00:00Z")),
        (422, "pickup_no_slot", at("east", "0001-01-01T00:00:00Z")),
        (422, "pickup_no_slot", at("east", "9999-12-31T23:59:59Z")),
        (409, "pickup_store_closed", at("east", "2026-03-03T02:00:00Z")),
        (422, "pickup_not_chosen", at("east", "2026-03-02T02:00:00Z") | {"by": "courier", "to": RECEIVER}),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_a_store_or_slot_that_cannot_be_is_refused_with_a_code(
    status: int, code: str, chosen: dict[str, Any], shop: Shop, mei: BuyerActor
) -> None:
    for store in ("south", "shut", "bare"):
        shop.api.post("stores", {"code": store, "name": store})
    for store in ("shut", "bare"):
        says(shop, store)
    shut = next(row for row in shop.lists("stores") if row["code"] == "shut")["id"]
    shop.api.patch(f"stores/{shut}", {"enabled": False}, shop.api.get(f"stores/{shut}").etag)
    has_slots(shop)
    shop.asks(
        "POST", "pickup/stores/east/closures", {"first_day": "2026-03-03", "last_day": "2026-03-04", "reason": "x"}
    )
    assert refused(mei, status, {"tea": 1}, **chosen).code == code


def test_virtual_goods_are_not_fetched(shop: Shop, mei: BuyerActor) -> None:
    shop.sells("song", 100, stock=0, virtual=True)
    told = refused(mei, 422, {"tea": 1, "song": 1}, **at())
    assert (told.code, [error.pointer for error in told.errors]) == ("pickup_virtual", ["/lines/1"])


def test_a_full_slot_is_refused_and_free_again_when_its_order_is_closed(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    has_slots(shop)
    first = slots(shop)[0]
    assert first == "2026-03-02T02:00:00Z"
    order = mei.orders({"tea": 1}, **at("east", first))
    assert first not in slots(shop)
    assert refused(mei, 409, {"tea": 1}, **at("east", first)).code == "pickup_slot_full"
    mei.cancels(order)
    assert first in slots(shop)
    mei.orders({"tea": 1}, **at("east", first))


def test_slots_keep_their_distance_and_end_with_the_days_ahead(shop: Shop, clock: Clock) -> None:
    has_slots(shop, lead_minutes=90, days_ahead=1)
    found = slots(shop, days=14)
    assert (found[0], found[-1], len(found)) == ("2026-03-02T04:00:00Z", "2026-03-03T08:00:00Z", 5 + 8)
    clock.passes(hours=4)
    assert slots(shop, days=1) == ["2026-03-02T08:00:00Z"]


def test_hours_that_cannot_be_are_refused(shop: Shop) -> None:
    backwards = [{"weekday": 1, "opens": "17:00", "closes": "09:00"}]
    for terms in ({"hours": backwards}, {"slot_minutes": 60}, {"hours": [{**backwards[0], "opens": "25:00"}]}):
        shop.is_refused(422).asks("POST", "pickup/stores/east", terms)
