"""The map of a shop with three warehouses, and words about its sub-shipments."""

from typing import Any

from tests.told import Told
from tests.vocabulary import Shop

LAMP, MAT, URN = 9_990, 3_333, 25_000
FREIGHT = 1_000
#: code -> regions it serves first, latitude, longitude
PLACES = {
    "east": (["31", "32", "33"], 31.2, 121.5),
    "south": (["44", "45"], 23.1, 113.3),
    "north-east": (["11", "21"], 41.8, 123.4),
}


def opens(shop: Shop) -> Shop:
    """Split shipping is on; everything lies in one place only."""
    shop.turns_on("split_shipping")
    shop.sets(freight_flat=FREIGHT)
    for position, (code, (regions, latitude, longitude)) in enumerate(PLACES.items(), start=1):
        place = {"regions": regions, "latitude": latitude, "longitude": longitude, "position": position}
        shop.api.post("warehouses", {"code": code, "name": code.title(), **place})
    for sku, price, code in (("lamp", LAMP, "east"), ("mat", MAT, "south"), ("urn", URN, "north-east")):
        shop.sells(sku, price, 0)
        shop.stocks(sku, **{code: 10})
    return shop


def shares(person: Any, order: Told) -> Told:
    """The order in its sub-shipments; what they are worth adds up."""
    told: Told = person.asks("GET", f"split_shipping/orders/{order.number}")
    assert sum(row["total"] for row in told.told["shipments"]) + told.given_back.total == told.payable
    return told


def worth(told: Told) -> dict[str, tuple[int, int]]:
    """Warehouse -> (goods, freight) of each sub-shipment."""
    return {row["warehouse"]: (row["goods"], row["freight"]) for row in told.told["shipments"]}


def sent_from(order: Told, shop: Shop) -> dict[str, dict[str, int]]:
    """Warehouse -> sku -> units, of shipments that are alive."""
    codes = {row["id"]: row["code"] for row in shop.lists("warehouses")}
    sku = {row["id"]: row["sku"] for row in order.told["lines"]}
    return {
        codes[row["warehouse_id"]]: {
            sku[line["line_id"]]: line["quantity"] for line in row["lines"] if line["quantity"]
        }
        for row in order.told["shipments"]
        if row["state"] != "cancelled"
    }


def shipment(order: Told, shop: Shop, code: str) -> Told:
    """The living shipment of that warehouse."""
    ids = {row["code"]: row["id"] for row in shop.lists("warehouses")}
    found = [row for row in order.shipments if row.warehouse_id == ids[code] and row.state != "cancelled"]
    assert len(found) == 1, found
    return found[0]


def rearranges(person: Any, row: Told, word: str, **body: Any) -> Told:
    """``POST split_shipping/shipments/<id>/<word>``."""
    told: Told = person.asks("POST", f"split_shipping/shipments/{row.id}/{word}", body)
    return told


def shelf(shop: Shop, sku: str, code: str) -> tuple[int, int]:
    """On the shelf of that warehouse, and of these promised."""
    rows = [row for row in shop.lists("stock", sku=sku) if row["warehouse"] == code]
    return (rows[0]["on_hand"], rows[0]["reserved"]) if rows else (0, 0)
