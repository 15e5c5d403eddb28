"""The shop that is measured, made in this process; and the four requests that make an order and pay it."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from core.commands import demo_shop
from core.commands.db import wings
from core.contracts.people import Actor
from core.current import acting
from core.db import all_of, db, reading, transaction
from core.migrations import upgrade
from core.models import Merchant, Variant
from core.services import catalog, merchants, people, sign_in, warehouses

#: buyers' wishes are spread over so many variants, as in a shop that sells more than one thing
VARIANTS = 64
PLENTY = 1_000_000
REQUESTS = ("quote", "order", "start transfer", "confirm money")
RECEIVER = {"name": "Li Mei", "phone": "13800000000", "region": "330106", "address": "1 Long Road"}


@dataclass(frozen=True)
class Shop:
    """What a load client must know: tokens and variants. Plain values: it crosses to another process."""

    key: str
    buyers: list[str]
    variants: list[str]

    @property
    def plain(self) -> dict[str, Any]:
        """For another process."""
        return asdict(self)


def make_shop(app: Flask, buyers: int) -> Shop:
    """Tables, a merchant, variants with plenty of stock, and so many buyers who are signed in."""
    with app.app_context():
        upgrade(db.engine, wings())
        key = demo_shop.open_shop()
        with reading():
            row = db.session().scalars(select(Merchant).where(Merchant.code == demo_shop.CODE)).one()
        view = merchants.view(row)
        with acting(view, Actor("system", None, "benchmark", "cli", "benchmark", frozenset("*"))):
            with transaction():
                skus = [f"B-{number:03}" for number in range(VARIANTS)]
                variants = [{"sku": sku, "price": 4900 + number} for number, sku in enumerate(skus)]
                catalog.create_product({"code": "bench", "title": "Benchmark tea", "variants": variants})
                for sku in skus:
                    warehouses.change_stock({"warehouse": "south", "sku": sku, "delta": PLENTY, "remark": "a delivery"})
            with transaction():
                ids = {variant.sku: str(variant.id) for variant in all_of(Variant, view.id)}
                tokens = [_buyer() for _ in range(buyers)]
        db.engine.dispose()
    return Shop(key, tokens, [ids[sku] for sku in skus])


def _buyer() -> str:
    customer = people.create_customer(email=f"{uuid4().hex}@example.com", name="Mei")
    return sign_in.open_buyer_session(customer.id).token


def requests(shop: Shop, buyer: int, turn: int, said: list[dict[str, Any]]) -> tuple[str, str, dict[str, Any], bool]:
    """The next request of an order, from what the earlier ones of it have *said*: token, path, body, with a key."""
    first, second = (shop.variants[(buyer + turn + step) % len(shop.variants)] for step in (0, 17))
    wish: dict[str, Any] = {
        "lines": [{"variant_id": first, "quantity": 2}, {"variant_id": second, "quantity": 1}],
        "delivery": {"method": "courier", "receiver": RECEIVER},
    }
    buys, sells = f"/v1/shop/{demo_shop.CODE}", f"/v1/admin/{demo_shop.CODE}"
    mine = shop.buyers[buyer]
    if not said:
        return mine, f"{buys}/quotes", wish, False
    if len(said) == 1:
        return mine, f"{buys}/orders", {**wish, "expected_total": said[0]["payable"]}, True
    number = said[1]["number"]
    if len(said) == 2:
        return mine, f"{buys}/orders/{number}/payments", {"tenders": [{"channel": "bank_transfer"}]}, True
    seen = {"amount": said[0]["payable"], "reference": f"line-{number}", "note": "seen"}
    return shop.key, f"{sells}/orders/{number}/confirm-offline", seen, True
