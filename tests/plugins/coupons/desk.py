"""The coupon desk of a shop: kinds are made, coupons are given, and orders name them."""

from itertools import count
from typing import Any

from flask import Flask

from core import arming
from core.db import across_merchants, all_of, reading
from plugins.coupons import checks
from plugins.coupons.models import Coupon
from tests.actors import Merchant
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

_numbers = count(1)
#: vector V1: A, B and C, and the shares of a coupon of 3000 over them
V1 = {"a": 19900, "b": 5990, "c": 330}
V1_CART = {"a": 1, "b": 2, "c": 3}
V1_SHARES = [1816, 1094, 90]


def opens(shop: Shop, **settings: Any) -> Shop:
    """The desk is open, and the goods of V1 are on sale."""
    shop.turns_on("coupons", **settings)
    for sku, price in V1.items():
        shop.sells(sku, price)
    return shop


def makes(shop: Any, **terms: Any) -> Told:
    """A kind of coupon; 30.00 off everything by a code, unless *terms* say otherwise."""
    said = {"issuing": "code", "kind": "fixed", **terms}
    if said["issuing"] == "code":
        said.setdefault("code", f"CODE{next(_numbers)}")
    if said["kind"] == "fixed":
        said.setdefault("amount", 3000)
    title = {"zh": f"券{next(_numbers)}", "en": f"Coupon {next(_numbers)}"}
    told: Told = shop.asks("POST", "coupons/templates", {"title": title, **said})
    return told


def gives(shop: Any, kind: Told, *buyers: BuyerActor) -> Told:
    """Staff give one coupon of that kind to each; the first of them comes back."""
    given = shop.asks("POST", f"coupons/templates/{kind.id}/issue", {"customer_ids": [one.id for one in buyers]})
    first: Told = given.coupons[0]
    return first


def using(*named: Told) -> dict[str, Any]:
    """The options of a quote or an order that uses these: kinds with a code, or coupons."""
    codes = [one.code for one in named if "code" in one]
    ids = [one.id for one in named if "code" not in one]
    return {"options": {"coupons": {"codes": codes, "ids": ids}}}


def status_of(buyer: BuyerActor, coupon: Told) -> str:
    """How the coupon stands in the buyer's own list."""
    return str(next(row["status"] for row in buyer.lists("coupons/mine") if row["id"] == coupon.id))


def counts_of(shop: Any, kind: Told) -> tuple[int, int]:
    """How many of the kind are gone, and how much money."""
    now = shop.asks("GET", f"coupons/templates/{kind.id}")
    return now.taken, now.spent


def keeps_hours(merchant: Merchant) -> None:
    """The jobs that come back every hour are set, as the worker sets them."""
    with merchant.app.app_context():
        arming.arm_periodic({})


def kept_status(merchant: Merchant) -> list[str]:
    """How the coupons stand in the database, oldest first."""
    with merchant.inside(), reading():
        return [row.status for row in all_of(Coupon, merchant.id)]


def breaches(merchant: Merchant) -> list[str]:
    """What the doctor would find of coupons."""
    return breaches_of(merchant.app)


def breaches_of(app: Flask) -> list[str]:
    """The same, of a whole installation."""
    finders = (
        checks.coupons_beside_their_orders,
        checks.orders_without_their_coupons,
        checks.first_orders_without_a_claim,
        checks.counts_beside_their_rows,
    )
    with app.app_context(), across_merchants(), reading():
        return [sentence for find in finders for sentence in find()]
