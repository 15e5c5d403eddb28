"""The buyer comes to another store or in another slot, until the goods are laid ready."""

import pytest

from tests.conftest import Clock
from tests.plugins.pickup.counter import (
    at,
    buys,
    has_slots,
    own,
    previews,
    redeems,
    says,
    scans,
    shelf,
    slots,
    sums,
    units,
    works_at,
)
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def changes(buyer: BuyerActor, order: Told, **wish: str) -> Told:
    """Where and when else."""
    return buyer.asks("POST", f"pickup/orders/{order.number}/change", wish)


def prepares(clerk: object, order: Told, state: str = "prepared") -> Told:
    """The goods lie ready."""
    told: Told = clerk.asks("POST", f"pickup/orders/{order.number}/preparation", {"state": state})  # type: ignore[attr-defined]
    return told


def test_another_store_hands_it_over_from_its_own_shelf(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    east, west = works_at(shop, "east"), works_at(shop, "west")
    order = buys(shop, mei, {"tea": 2})
    code = own(mei, order).code
    seen = previews(east, code)
    told = changes(mei, order, store="west")
    assert (told.store, told.code) == ("west", code)
    assert (shelf(shop, "tea", "east-shelf"), shelf(shop, "tea", "west-shelf")) == ((10, 0), (8, 0))
    assert redeems(east.is_refused(404), code, seen).code == "pickup_unknown_code"
    assert scans(west, code).store == "west"
    assert (shop.sees(order).state, list(sums(shop)[0])) == ("completed", ["west"])


def test_a_preview_that_is_older_than_a_change_hands_nothing_over(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk = works_at(shop, "east", "west")
    order = buys(shop, mei, {"tea": 1})
    code = own(mei, order).code
    seen = previews(clerk, code)
    changes(mei, order, store="west")
    assert redeems(clerk.is_refused(409), code, seen).code == "pickup_changed"
    assert sums(shop) == ({}, 0)


def test_another_slot_frees_the_first(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    has_slots(shop)
    first, second, third = slots(shop)[:3]
    order = mei.orders({"tea": 1}, **at("east", first))
    assert changes(mei, order, slot=second).slot_at == second
    assert slots(shop)[0] == first and second not in slots(shop)
    assert changes(mei, order, slot=second).slot_at == changes(mei, order, store="east", slot=second).slot_at == second
    bo = shop.buyer("Bo")
    taken = bo.orders({"tea": 1}, **at("east", third))
    assert changes(mei.is_refused(409), order, slot=third).code == "pickup_slot_full"
    bo.cancels(taken)
    order = shop.sees_money(order)
    before = own(mei, order).valid_until
    assert changes(mei, order, slot=third).valid_until > before
    told = changes(mei.is_refused(422), order, slot="2026-03-02T02:30:00Z")
    assert (told.code, told.errors[0].pointer) == ("pickup_no_slot", "/slot")


def test_nothing_changes_once_it_is_prepared_or_begun_or_over(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 2})
    assert prepares(clerk, order).preparation == "prepared"
    clock.settles()
    assert [row["name"] for row in mei.inbox()].count("pickup.prepared") == 1
    assert changes(mei.is_refused(409), order, store="west").code == "pickup_prepared"
    prepares(clerk, order, "to_prepare")
    code = own(mei, order).code
    scans(clerk, code, lines=units(order, tea=1))
    assert changes(mei.is_refused(409), order, store="west").code == "pickup_prepared"
    scans(clerk, code)
    assert changes(mei.is_refused(409), order, store="west").code == "pickup_over"
    assert prepares(clerk.is_refused(409), order).code == "pickup_over"
    unpaid = mei.orders({"tea": 1}, **at())
    assert changes(mei.is_refused(409), unpaid, store="west").code == "pickup_not_yet"


def test_a_store_that_has_too_few_or_is_closed_does_not_take_it_over(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sells("urn", 9900, stock=0)
    shop.stocks("urn", **{"east-shelf": 1})
    order = buys(shop, mei, {"urn": 1})
    assert changes(mei.is_refused(409), order, store="west").code == "out_of_stock"
    assert own(mei, order).store == "east" and shelf(shop, "urn", "east-shelf") == (0, 0)
    says(shop, "west", enabled=False)
    assert changes(mei.is_refused(422), order, store="west").code == "pickup_no_store"


def test_whoever_chose_a_slot_in_a_closure_is_counted_and_may_choose_another(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    has_slots(shop)
    slot = next(one for one in slots(shop) if one.startswith("2026-03-03"))
    order = buys(shop, mei, {"tea": 1}, slot=slot)
    days = {"first_day": "2026-03-03", "last_day": "2026-03-03", "reason": "repairs"}
    assert shop.asks("POST", "pickup/stores/east/closures", days).orders == 1
    assert not [one for one in slots(shop) if one.startswith("2026-03-03")]
    assert changes(mei, order, slot=slots(shop)[-1]).slot_at.startswith("2026-03-04")


def test_an_order_that_is_given_back_whole_leaves_its_slot(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    has_slots(shop)
    slot = slots(shop)[-1]
    order = buys(shop, mei, {"tea": 1}, slot=slot)
    order = shop.refunds(order)
    clock.settles()
    assert slot not in slots(shop)
    shop.transfers_back(order)
    clock.settles()
    assert (shop.sees(order).state, slot in slots(shop)) == ("refunded", True)


def test_nobody_lets_another_warehouse_hand_it_over(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.turns_on("split_shipping")
    order = buys(shop, mei, {"tea": 2})
    path = f"split_shipping/shipments/{order.shipments[0].id}/reallocate"
    assert shop.is_refused(409).asks("POST", path, {"warehouse": "north"}).code == "pickup_wrong_shelf"
    assert (shelf(shop, "tea", "east-shelf"), shelf(shop, "tea", "north")) == ((8, 0), (10, 0))
    shop.asks("POST", "warehouses", {"code": "east-cellar", "name": "Cellar", "store": "east"})
    shop.stocks("tea", **{"east-cellar": 5})
    shop.asks("POST", path, {"warehouse": "east-cellar"})
    assert scans(works_at(shop, "east"), own(mei, order).code).left == 0
    assert (shop.sees(order).state, shelf(shop, "tea", "east-cellar")) == ("completed", (3, 0))
