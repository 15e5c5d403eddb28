"""The scales of a shop: its goods, its templates, and what a quote says of the freight."""

from itertools import count
from typing import Any

from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop

_numbers = count(1)
CUP, POT, FLAT = 3000, 10_000, 900


def opens(shop: Shop) -> Shop:
    """Freight rules are on, and there is something to send, and something that is not sent."""
    shop.turns_on("freight_rules")
    shop.sets(freight_flat=FLAT)
    shop.sells("cup", CUP, 1000, weight_grams=400)
    body = {"code": "pot", "title": "Pot", "category": "clay"}
    variants = [{"sku": "pot", "price": POT, "weight_grams": 1500}]
    shop.variants["pot"] = shop.api.post("products", body | {"variants": variants})["variants"][0]["id"]
    shop.stocks("pot", north=100)
    shop.sells("song", 100, 0, virtual=True)
    return shop


def writes(shop: Any, *regions: dict[str, Any], counts: str = "weight", **more: Any) -> Told:
    """A template with these regions."""
    body = {"name": f"Template {next(_numbers)}", "counts": counts, "regions": list(regions), **more}
    told: Told = shop.asks("POST", "freight_rules/templates", body)
    return told


def rule(
    *prefixes: str, first: tuple[int, int] = (1, 0), more: tuple[int, int] = (1, 0), **rest: Any
) -> dict[str, Any]:
    """So many first units for so much, so many more for so much."""
    units = {"first_units": first[0], "first_price": first[1], "more_units": more[0], "more_price": more[1]}
    return {"prefixes": list(prefixes), **units, **rest}


def freight(buyer: BuyerActor, units: dict[str, int], region: str | None = "310000", **more: Any) -> int:
    """What the freight of a quote is."""
    told: int = buyer.is_quoted(units, to={**RECEIVER, "region": region}, **more).freight_amount
    return told
