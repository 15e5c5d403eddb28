"""What the houses of the village let buyers fetch, and right bodies for its addresses."""

from typing import Any

from tests.plugins.pickup.counter import HOURS, at

PRICE = 3000


def terms(house: Any) -> dict[str, Any]:
    """All about how a store lets buyers fetch goods."""
    times = {"slot_minutes": 30, "capacity": 4, "lead_minutes": 60, "days_ahead": 5}
    return {"enabled": True, "hours": HOURS, **times}


def closure(house: Any) -> dict[str, Any]:
    """Two days."""
    return {"first_day": "2026-05-01", "last_day": "2026-05-02", "reason": "holidays"}


def elsewhere(house: Any) -> dict[str, Any]:
    """At the same store, in a slot of it."""
    return {"store": f"{house.code}-store", "slot": "2026-03-02T07:00:00Z"}


def prepared(house: Any) -> dict[str, Any]:
    """It lies ready."""
    return {"state": "prepared"}


def returned(house: Any) -> dict[str, Any]:
    """One of what Mei has fetched."""
    return {"lines": _one(house, "fetched"), "remark": "too big"}


def shown(house: Any) -> dict[str, Any]:
    """The code of what Mei has not fetched yet."""
    return {"code": house.things["to_fetch/code"]}


def handed_over(house: Any) -> dict[str, Any]:
    """One of it."""
    seen = {"version": 0, "nonce": "drawn-at-till-1", "device": "till 1"}
    return {**shown(house), **seen, "lines": _one(house, "to_fetch")}


def _one(house: Any, order: str) -> list[dict[str, Any]]:
    return [{"line_id": house.orders[order].lines[0].id, "quantity": 1}]


def furnish(house: Any, api: Any) -> dict[str, str]:
    """A store with slots, a closure; an order that waits to be fetched, and one that was."""
    store, sku, shelf = f"{house.code}-store", f"{house.code}-basket", f"{house.code}-counter"
    api.post("warehouses", {"code": shelf, "name": house.canary, "store": store, "position": 99})
    house.shop.sells(sku, PRICE, stock=0, title=house.canary)
    house.shop.stocks(sku, **{shelf: 50})
    api.post(f"pickup/stores/{store}", {"hours": HOURS, "slot_minutes": 30, "capacity": 4})
    days = {"first_day": "2026-04-01", "last_day": "2026-04-01", "reason": house.canary}
    shut = api.post(f"pickup/stores/{store}/closures", days)["id"]
    codes = {}
    for name in ("to_fetch", "fetched"):
        order = house.mei.orders({sku: 2}, note=house.canary, **at(store, "2026-03-02T06:00:00Z"))
        house.orders[name] = house.shop.sees_money(order, reference=f"{house.canary}-{name}")
        codes[name] = house.mei.api.get(f"pickup/orders/{order.number}")["code"]
    done = {"code": codes["fetched"], "version": 0, "nonce": f"{house.canary}-1", "device": house.canary}
    api.post("pickup/redemptions", done)
    number = house.orders["to_fetch"].number
    known = {"orders/pickup_number": number, "to_fetch/code": codes["to_fetch"]}
    return {"stores/code": store, "closures/closure_id": shut, **known}
