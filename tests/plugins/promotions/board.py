"""The board where a shop writes its promotions."""

from itertools import count
from typing import Any

from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

_numbers = count(1)
CUP, POT, FREIGHT = 3000, 10_000, 1200


def opens(shop: Shop) -> Shop:
    """Promotions are on, and there is something to sell."""
    shop.turns_on("promotions")
    shop.sets(freight_flat=FREIGHT)
    shop.sells("cup", CUP, 100)
    body = {"code": "pot", "title": "Pot", "category": "clay", "variants": [{"sku": "pot", "price": POT}]}
    shop.variants["pot"] = shop.api.post("products", body)["variants"][0]["id"]
    shop.stocks("pot", north=100)
    return shop


def writes(shop: Any, kind: str = "steps", **terms: Any) -> Told:
    """A promotion; its name in English is its number."""
    title = {"zh": f"活动{next(_numbers)}", "en": f"Promotion {next(_numbers)}"}
    told: Told = shop.asks("POST", "promotions/rules", {"title": title, "kind": kind, **terms})
    return told


def admits(shop: Shop, buyer: BuyerActor, level: str) -> None:
    """The buyer is a member of that level."""
    shop.asks("POST", f"promotions/customers/{buyer.id}/level", {"level": level})


def off(quote: Told) -> list[tuple[str, int]]:
    """Layer and amount of everything that was taken off."""
    return [(row.layer, row.amount) for row in quote.adjustments]


def step(threshold: int, amount: int) -> dict[str, int]:
    """So much off from there on."""
    return {"threshold": threshold, "amount": amount}
