"""The shop that is measured, made in this process; and the three requests that make an order and pay it."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from core import plugins
from core.commands import demo_shop
from core.commands.db import wings
from core.contracts.people import Actor
from core.current import acting
from core.db import all_of, db, reading, transaction
from core.migrations import upgrade
from core.models import Customer, Merchant, Variant
from core.services import catalog, merchants, people, plugin_settings, roles, sign_in, warehouses

#: buyers' wishes are spread over so many variants, as in a shop that sells more than one thing
VARIANTS = 64
PLENTY = 1_000_000
PRICE, RARE = 4900, 20
#: what of an order balance pays where it pays a part
BY_BALANCE = 1000
REQUESTS = ("order", "payment", "notice")
BUYS = f"/v1/shop/{demo_shop.CODE}"
STAFF = f"/v1/admin/{demo_shop.CODE}"
RECEIVER = {"name": "Li Mei", "phone": "13800000000", "region": "330106", "address": "1 Long Road"}


@dataclass(frozen=True)
class Shop:
    """What a load client must know: tokens and variants. Plain values: it crosses to another process."""

    key: str
    buyers: list[str]
    variants: list[str]
    #: what each variant costs, minor units
    prices: list[int]
    #: one more variant, of which there are RARE
    rare: str

    @property
    def plain(self) -> dict[str, Any]:
        """For another process."""
        return asdict(self)


def make_shop(app: Flask, buyers: int, account: dict[str, Any]) -> Shop:
    """Tables, a merchant, variants with plenty of stock, and so many buyers who are signed in.

    :param account: the settings of the account at WeChat Pay that buyers pay into.
    """
    with app.app_context():
        upgrade(db.engine, wings())
        key = demo_shop.open_shop({"wechatpay": account})
        with reading():
            row = db.session().scalars(select(Merchant).where(Merchant.code == demo_shop.CODE)).one()
        view = merchants.view(row)
        with acting(view, Actor("system", None, "benchmark", "cli", "benchmark", frozenset("*"))):
            with transaction():
                skus = [f"B-{number:03}" for number in range(VARIANTS)]
                variants = [{"sku": sku, "price": PRICE + number} for number, sku in enumerate(skus)]
                catalog.create_product({"code": "bench", "title": "Benchmark tea", "variants": variants})
                catalog.create_product(
                    {"code": "rare", "title": "Rare tea", "variants": [{"sku": "RARE", "price": PRICE}]}
                )
                warehouses.change_stock({"warehouse": "south", "sku": "RARE", "delta": RARE, "remark": "all there is"})
                plugin_settings.enable("wechatpay", 0)
                for sku in skus:
                    warehouses.change_stock({"warehouse": "south", "sku": sku, "delta": PLENTY, "remark": "a delivery"})
            with transaction():
                ids = {variant.sku: str(variant.id) for variant in all_of(Variant, view.id)}
                tokens = [_buyer() for _ in range(buyers)]
        db.engine.dispose()
    return Shop(key, tokens, [ids[sku] for sku in skus], [PRICE + number for number in range(VARIANTS)], ids["RARE"])


def _buyer() -> str:
    customer = people.create_customer(email=f"{uuid4().hex}@example.com", name="Mei")
    return sign_in.open_buyer_session(customer.id).token


def place(shop: Shop, buyer: int, turn: int) -> tuple[str, dict[str, Any]]:
    """Path and body of an order of two goods lines."""
    first, second = ((buyer + turn + step) % len(shop.variants) for step in (0, 17))
    return _order([(shop.variants[first], 2), (shop.variants[second], 1)], shop.prices[first] * 2 + shop.prices[second])


def place_rare(shop: Shop) -> tuple[str, dict[str, Any]]:
    """Path and body of an order of one unit of what is rare."""
    return _order([(shop.rare, 1)], PRICE)


def pay(number: str) -> tuple[str, dict[str, Any]]:
    """Path and body of the start of a payment by QR code."""
    return f"{BUYS}/orders/{number}/payments", {"tenders": [{"channel": "wechatpay", "product": "native"}]}


def pay_mixed(number: str) -> tuple[str, dict[str, Any]]:
    """The same, with a part of it by balance."""
    path, body = pay(number)
    return path, {"tenders": [{"channel": "balance", "amount": BY_BALANCE}, *body["tenders"]]}


def fill_balances(app: Flask, buyers: int) -> None:
    """Switch balances on, and give each of the buyers plenty."""
    with app.app_context():
        with reading():
            row = db.session().scalars(select(Merchant).where(Merchant.code == demo_shop.CODE)).one()
        client = app.test_client()
        actor = Actor("system", None, "benchmark", "cli", "benchmark", frozenset("*"))
        with acting(merchants.view(row), actor), transaction():
            plugin_settings.enable("balance_points", 0)
            key = people.create_key("bench-balance", [*roles.PERMISSIONS, *plugins.permissions()])[1]
            customers = [str(one.id) for one in all_of(Customer, row.id)]
        db.engine.dispose()
    headers = {"Authorization": f"Bearer {key}"}
    etag = client.get(f"{STAFF}/plugins/balance_points", headers=headers).headers["ETag"]
    calls = [("patch", "plugins/balance_points/settings", {"password_required": False}, {"If-Match": etag})]
    gift = {"kind": "balance", "change": PLENTY, "remark": "for the benchmark"}
    calls += [("post", f"balance_points/customers/{one}/adjustments", gift, {}) for one in customers]
    for verb, path, body, more in calls:
        answer = getattr(client, verb)(f"{STAFF}/{path}", json=body, headers=headers | more)
        if answer.status_code >= 300:
            raise RuntimeError(f"{path} was answered {answer.status_code}: {answer.text[:300]}")


def give_back(number: str) -> tuple[str, dict[str, Any]]:
    """Path and body of a refund of everything, for staff."""
    return f"/v1/admin/{demo_shop.CODE}/orders/{number}/refunds", {"reason": "damaged"}


def _order(units: list[tuple[str, int]], goods: int) -> tuple[str, dict[str, Any]]:
    body = {
        "lines": [{"variant_id": variant, "quantity": many} for variant, many in units],
        "delivery": {"method": "courier", "receiver": RECEIVER},
        "expected_total": goods + demo_shop.FREIGHT,
    }
    return f"{BUYS}/orders", body
