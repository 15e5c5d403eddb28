"""The counter of a shop with two stores: buyers order to fetch it there, verifiers scan their codes."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from flask import Flask

from core import arming
from core.db import across_merchants, reading
from plugins.pickup.checks import CHECKS
from tests.actors import Merchant
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop, StaffActor

TEA, CUP = 4900, 1234
#: every day of the week, nine to five by the clock of Shanghai
HOURS = [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in range(1, 8)]
_nonces = count(1)


def opens(shop: Shop, **settings: Any) -> Shop:
    """Stores `east` and `west`, each with a warehouse of its own; goods also lie in the north, where nobody fetches."""
    shop.turns_on("pickup", **settings)
    for code in ("east", "west"):
        shop.api.post("stores", {"code": code, "name": f"Store {code.title()}", "address": f"1 {code.title()} Road"})
        shop.api.post("warehouses", {"code": f"{code}-shelf", "name": code, "store": code, "position": 5})
        says(shop, code)
    for sku, price in (("tea", TEA), ("cup", CUP)):
        if sku not in shop.variants:
            shop.sells(sku, price, stock=100)
        shop.stocks(sku, **{"east-shelf": 10, "west-shelf": 10})
    with shop.merchant.app.app_context():
        arming.arm_periodic({})
    return shop


def says(shop: Any, code: str, **terms: Any) -> Told:
    """How goods are fetched at a store: at any time, unless *terms* say otherwise."""
    told: Told = shop.asks("POST", f"pickup/stores/{code}", terms)
    return told


def has_slots(shop: Any, code: str = "east", **terms: Any) -> Told:
    """Buyers choose an hour."""
    return says(shop, code, **{"hours": HOURS, "slot_minutes": 60, "capacity": 1, **terms})


def at(store: str | None = "east", slot: str | None = None) -> dict[str, Any]:
    """What a quote or an order says that is fetched."""
    chosen = {name: value for name, value in (("store", store), ("slot", slot)) if value}
    return {"by": "pickup", "to": None, "options": {"pickup": chosen}}


def slots(shop: Shop, code: str = "east", days: int = 3) -> list[str]:
    """When slots begin that can be chosen at that store."""
    rows = shop.merchant.visitor.get("pickup/stores", days=days)["data"]
    return [slot["starts_at"] for row in rows if row["store"] == code for slot in row["slots"]]


def buys(shop: Shop, buyer: BuyerActor, units: Mapping[str, int], store: str = "east", **more: Any) -> Told:
    """Order and pay what is fetched at *store*."""
    return shop.sees_money(buyer.orders(units, **at(store, more.pop("slot", None)), **more))


def own(buyer: BuyerActor, order: Told) -> Told:
    """The buyer's pickup, with the code."""
    return buyer.asks("GET", f"pickup/orders/{order.number}")


def works_at(shop: Shop, *codes: str, role: str = "clerk") -> StaffActor:
    """Somebody who works at these stores."""
    ids = {row["code"]: row["id"] for row in shop.lists("stores")}
    staff = shop.merchant.staff(role, stores=[ids[code] for code in codes])
    return StaffActor(staff, shop.merchant, staff.name.lower())


def previews(person: Any, code: str) -> Told:
    """First step."""
    told: Told = person.asks("POST", "pickup/preview", {"code": code})
    return told


def redeems(person: Any, code: str, seen: Told | int, nonce: str | None = None, **more: Any) -> Told:
    """Second step, after the preview *seen*."""
    version = seen if isinstance(seen, int) else seen.version
    body = {"code": code, "version": version, "nonce": nonce or f"device-{next(_nonces)}", **more}
    told: Told = person.asks("POST", "pickup/redemptions", body)
    return told


def scans(person: Any, code: str, **more: Any) -> Told:
    """Both steps."""
    return redeems(person, code, previews(person, code), **more)


def units(order: Told, **skus: int) -> list[dict[str, Any]]:
    """So many of each SKU."""
    return [{"line_id": order.line(sku).id, "quantity": many} for sku, many in skus.items()]


def shelf(shop: Shop, sku: str, code: str) -> tuple[int, int]:
    """On the shelf of that warehouse, and of these promised."""
    rows = [row for row in shop.lists("stock", sku=sku) if row["warehouse"] == code]
    return (rows[0]["on_hand"], rows[0]["reserved"]) if rows else (0, 0)


def sums(person: Any, **query: str) -> tuple[dict[str, int], int]:
    """Store -> money fetched there, and the head office's total."""
    told = person.api.get("pickup/sums", **query).body
    by_store: dict[str, int] = {}
    for row in told["stores"]:
        by_store[row["store"]] = by_store.get(row["store"], 0) + row["amount"]
    return by_store, told["total"]["amount"]


def breaches(merchant: Merchant) -> list[str]:
    """What the doctor would find of pickups."""
    return breaches_of(merchant.app)


def breaches_of(app: Flask) -> list[str]:
    """The same, of a whole installation."""
    with app.app_context(), across_merchants(), reading():
        return [sentence for check in CHECKS for sentence in check.find()]
