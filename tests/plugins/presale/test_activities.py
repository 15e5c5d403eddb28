"""What an activity may be: windows in their order, terms within the law, quotas within stock, one at a time."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.conftest import MORNING, Clock
from tests.plugins.presale.stand import EVENING, MIDNIGHT, NOON, SHIPPING, Stand, orders, waits_until, wire
from tests.vocabulary import BuyerActor, Shop

HOUR = timedelta(hours=1)
#: what differs from a good activity, and where it is refused
BAD_WINDOWS: list[tuple[dict[str, Any], str, str]] = [
    ({"deposit_ends_at": wire(MORNING)}, "/deposit_ends_at", "window"),
    ({"deposit_starts_at": wire(MORNING - 9 * HOUR), "deposit_ends_at": wire(MORNING)}, "/deposit_ends_at", "window"),
    ({"final_starts_at": wire(EVENING - HOUR)}, "/final_starts_at", "window"),
    ({"final_ends_at": wire(NOON)}, "/final_ends_at", "window"),
    ({"final_ends_at": None}, "/final_starts_at", "required"),
    ({"ship_at": wire(MIDNIGHT - HOUR)}, "/ship_at", "ship"),
    ({"ship_days": 3}, "/ship_at", "ship"),
    ({"ship_at": None}, "/ship_at", "ship"),
    ({"type": "full"}, "/final_starts_at", "not_of_this_type"),
]
BAD_TERMS: list[tuple[dict[str, Any], str, str]] = [
    ({"price": 60_001}, "/items/0/price", "above_list_price"),
    ({"deposit": None}, "/items/0/deposit", "required"),
    ({"deposit": 10_001}, "/items/0/deposit", "deposit_too_high"),
    ({"worth": 4_999}, "/items/0/worth", "worth"),
    ({"worth": 50_000}, "/items/0/worth", "worth"),
    ({"quota": 11}, "/items/0/quota", "above_stock"),
    ({"variant_id": str(uuid4())}, "/items/0/variant_id", "unknown_variant"),
]


def test_every_activity_that_cannot_be_is_refused_and_names_its_fault(stand: Stand, shop: Shop) -> None:
    faults = [(stand.terms(**changes), where, code) for changes, where, code in BAD_WINDOWS]
    faults += [(stand.terms({"lamp": changes}), where, code) for changes, where, code in BAD_TERMS]
    twice = stand.terms()
    twice["items"] *= 2
    faults.append((twice, "/items/1/variant_id", "twice"))
    for body, where, code in faults:
        refused = shop.is_refused(422).asks("POST", "presale/activities", body)
        assert (where, code) in {(error["pointer"], error["code"]) for error in refused.errors}, (where, refused.errors)
    assert shop.lists("presale/activities") == []


def test_what_fits_exactly_is_taken(stand: Stand) -> None:
    edge = {"price": 60_000, "deposit": 12_000, "worth": 59_999, "quota": 10}
    told = stand.presells({"lamp": edge}, final_starts_at=wire(EVENING), ship_at=wire(MIDNIGHT))
    assert (told.told["items"][0]["final"], told.status) == (1, "deposit")


def test_a_merchant_may_allow_higher_deposits(stand: Stand, shop: Shop) -> None:
    shop.sets_plugin("presale", deposit_percent=50)
    assert stand.presells({"lamp": {"deposit": 25_000}}).told["items"][0]["deposit"] == 25_000


def test_a_sku_is_in_one_activity_at_a_time(stand: Stand, shop: Shop) -> None:
    first = stand.presells({"lamp": {"quota": 2}})
    later = {
        "deposit_starts_at": wire(MIDNIGHT - HOUR),
        "deposit_ends_at": wire(MIDNIGHT + HOUR),
        "final_starts_at": wire(MIDNIGHT + HOUR),
        "final_ends_at": wire(MIDNIGHT + 2 * HOUR),
    }
    refused = shop.is_refused(409).asks("POST", "presale/activities", stand.terms(**later))
    assert refused.code == "presale_overlap" and first.id in refused.detail
    second = stand.presells(**later, enabled=False)
    shop.is_refused(409).asks("POST", f"presale/activities/{second.id}", {"enabled": True})
    stand.presells(**later | {"deposit_starts_at": wire(MIDNIGHT)})


def test_quotas_grow_with_stock_and_never_fall_below_what_is_placed(stand: Stand, shop: Shop, mei: BuyerActor) -> None:
    activity = stand.presells({"lamp": {"quota": 4}})
    orders(mei, {"lamp": 3})

    def quota(units: int, status: int = 200) -> Any:
        who = shop.is_refused(status) if status != 200 else shop
        body = {"quotas": [{"variant_id": shop.variants["lamp"], "quota": units}]}
        return who.asks("POST", f"presale/activities/{activity.id}", body)

    assert quota(2, 422).errors[0]["code"] == "too_low"
    assert quota(11, 422).errors[0]["code"] == "above_stock"
    assert quota(10).told["items"][0]["left"] == 7
    assert quota(3).told["items"][0]["left"] == 0


def test_buyers_see_what_runs_and_how_many_have_paid(stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    activity = stand.presells({"lamp": {"worth": 10_000}})
    shop.sees_money(orders(mei, {"lamp": 2}))
    orders(mei)
    told = shop.merchant.visitor.get("presale/activities")["data"][0]
    item = told["items"][0]
    counts = {name: item[name] for name in ("placed", "deposit_paid", "final_paid", "left", "final")}
    assert counts == {"placed": 3, "deposit_paid": 2, "final_paid": 0, "left": 7, "final": 40_000}
    assert "remind_hours" not in told and told["final_starts_at"].startswith("2026-03-03T04:00")
    statuses = [told["status"]]
    for moment in (EVENING, NOON, MIDNIGHT):
        waits_until(clock, moment)
        statuses.append(shop.asks("GET", f"presale/activities/{activity.id}").status)
    assert statuses == ["deposit", "between", "final", "over"]
    assert shop.merchant.visitor.get("presale/activities")["data"] == []


def test_what_is_switched_off_takes_no_orders_and_goes_on_with_those_it_has(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = shop.sees_money(orders(mei))
    stand.changes(activity, enabled=False)
    refused = mei.is_refused(422).asks("POST", "quotes", mei.wishes({"lamp": 1}, entry="presale"))
    assert refused.code == "not_presold"
    mei.is_refused(404).asks("GET", f"presale/activities/{activity.id}")
    waits_until(clock, NOON)
    assert shop.sees_money(mei.sees(order)).state == "paid"
    waits_until(clock, SHIPPING)
    assert mei.sees(order).state == "awaiting_shipment"
    rows = shop.lists("presale/orders", phase="paid", activity_id=activity.id)
    assert [(row["number"], row["deposit"]) for row in rows] == [(order.number, 5000)]
