"""The demo's tea shop: its people, places, products and accounts; what is there already is left as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from core import plugins
from core.contracts.people import Actor, MerchantView
from core.current import acting
from core.db import across_merchants, all_of, db, flush, reading, transaction
from core.flows import plugin_check
from core.ids import new_id
from core.models import Account, Merchant, Product, Staff, Stock, Store, Variant, Warehouse
from core.services import account_settings, catalog, merchants, people, roles, sign_in, warehouses

CODE: Final = "demo"
#: everybody's, staff and buyers; it opens a sandbox and nothing else
PASSWORD: Final = "demo-password"
#: role -> the name of the one who has it; the login is the role
STAFF: Final[Mapping[str, str]] = {
    "owner": "Olga",
    "operator": "Omar",
    "warehouse": "Wen",
    "clerk": "Carla",
    "customer_service": "Chen",
    "supervisor": "Sun",
    "finance": "Fatima",
}
STORES: Final = (("lake", "Tea house at the lake"), ("station", "Tea counter at the station"))
#: code, name, the regions it serves first, the store whose shelf it is
WAREHOUSES: Final[Sequence[tuple[str, str, list[str], str | None]]] = (
    ("north", "Warehouse North", ["11", "12", "13"], None),
    ("south", "Warehouse South", ["44", "45"], None),
    ("east", "Warehouse East", ["31", "32", "33"], None),
    ("lake-shelf", "Shelf of the tea house at the lake", [], "lake"),
)
#: what lies in one warehouse only: sku -> its code
ONLY_AT: Final[Mapping[str, str]] = {"JM-100": "east", "CUP-1": "south", "POT-R": "north"}
#: plugin -> how it is paid to; where others are reached depends on their simulators
ACCOUNTS: Final[Mapping[str, Mapping[str, str]]] = {
    "bank_transfer": {"bank": "Bank of Hangzhou", "holder": "Demo Tea House", "number": "6222 0000 1111 2222"}
}
#: what sending costs, minor units
FREIGHT: Final = 1200
#: a shelf with fewer units than this is filled up before the story
FEW, MANY = 30, 200


@dataclass(frozen=True)
class Ware:
    """A product: its variants are (sku, title, price in minor units, grams)."""

    code: str
    title: str
    category: str
    variants: Sequence[tuple[str, str, int, int]]
    virtual: bool = False


WARES: Final = (
    Ware("longjing", "Longjing green tea", "green", [("LJ-50", "50 g tin", 4900, 90), ("LJ-250", "250 g", 19900, 280)]),
    Ware("jasmine", "Jasmine pearls", "green", [("JM-100", "100 g", 6800, 120)]),
    Ware("peony", "White peony", "white", [("BM-50", "50 g", 6200, 70)]),
    Ware("tieguanyin", "Tieguanyin", "oolong", [("TG-100", "100 g", 7800, 120), ("TG-250", "250 g", 17500, 280)]),
    Ware("keemun", "Keemun black tea", "black", [("QM-100", "100 g", 5600, 120)]),
    Ware("puerh", "Pu-erh cake, 2018", "dark", [("PE-357", "357 g", 16800, 380)]),
    Ware("teapot", "Clay teapot, 220 ml", "ware", [("POT-R", "red", 32800, 400), ("POT-B", "black", 34800, 400)]),
    Ware("gaiwan", "Lidded cup", "ware", [("CUP-1", "white", 8600, 300)]),
    Ware("strainer", "Tea strainer", "ware", [("STR-1", "steel", 2900, 60)]),
    Ware("tasting", "Tea tasting, online", "course", [("TST-1", "one evening", 12000, 0)], virtual=True),
)


def open_shop(provided: Mapping[str, Mapping[str, Any]]) -> str:
    """Make the shop, or what of it is missing. Inside an app context, outside of transactions.

    :param provided: plugin -> the settings of its account, where its simulator plays this time.
    :returns: the token of a new API key that may do everything.
    """
    view = _merchant()
    with acting(view, Actor("system", None, "merx demo", "cli", str(new_id()), frozenset("*"))):
        _hire(view.id)
        with transaction():
            _furnish(view.id)
            _fill_shelves(view.id)
            for plugin, settings in {**ACCOUNTS, **provided}.items():
                _open_account(view.id, plugin, settings)
        plugin_check.enable_plugin("bank_transfer")
        with transaction():
            return people.create_key("demo", roles.PERMISSIONS)[1]


def merchant_id() -> int:
    """The shop's number, once it is open."""
    with reading(), across_merchants():
        return db.session().scalars(select(Merchant.id).where(Merchant.code == CODE)).one()


def _merchant() -> MerchantView:
    with reading(), across_merchants():
        row = db.session().scalar(select(Merchant).where(Merchant.code == CODE))
        if row is not None:
            plugins.refresh(row.id, row.plugin_version)
            return merchants.view(row)
    with transaction():
        row = merchants.create_merchant(CODE, "Demo Tea House", language="en")
        row.settings = {"freight_flat": FREIGHT}
        return merchants.view(row)


def _hire(merchant_id: int) -> None:
    with reading():
        present = {member.login for member in all_of(Staff, merchant_id)}
    for role, name in STAFF.items():
        if role not in present:
            kept = sign_in.hash_password(PASSWORD)
            with transaction():
                people.create_member(role, name, kept, [role])


def _furnish(merchant_id: int) -> None:
    stores = {row.code for row in all_of(Store, merchant_id)}
    for code, name in STORES:
        if code not in stores:
            merchants.create_store({"code": code, "name": name})
    places = {row.code for row in all_of(Warehouse, merchant_id)}
    flush()
    for position, (code, name, regions, store) in enumerate(WAREHOUSES):
        if code not in places:
            values = {"code": code, "name": name, "regions": regions, "position": position, "store": store}
            warehouses.create_warehouse(values)
    products = {row.code for row in all_of(Product, merchant_id)}
    for ware in WARES:
        if ware.code not in products:
            catalog.create_product(_values(ware))


def _values(ware: Ware) -> dict[str, Any]:
    variants = [
        {"sku": sku, "title": title, "price": price, "weight_grams": grams, "virtual": ware.virtual}
        for sku, title, price, grams in ware.variants
    ]
    return {"code": ware.code, "title": ware.title, "category": ware.category, "variants": variants}


def _fill_shelves(merchant_id: int) -> None:
    flush()
    lying = {(row.warehouse_id, row.variant_id): row.available for row in all_of(Stock, merchant_id)}
    for place in all_of(Warehouse, merchant_id):
        for variant in all_of(Variant, merchant_id):
            free = lying.get((place.id, variant.id), 0)
            if variant.virtual:
                continue
            if ONLY_AT.get(variant.sku, place.code) != place.code:
                if free:
                    _change(place.code, variant.sku, -free, "it lies elsewhere now")
            elif free < FEW:
                _change(place.code, variant.sku, MANY, "a delivery")


def _change(place: str, sku: str, delta: int, remark: str) -> None:
    warehouses.change_stock({"warehouse": place, "sku": sku, "delta": delta, "remark": remark})


def _open_account(merchant_id: int, plugin: str, settings: Mapping[str, Any]) -> None:
    known = all_of(Account, merchant_id, Account.plugin == plugin)
    if known:
        account_settings.change_account(known[0], settings=settings, enabled=True)
    else:
        account_settings.create_account(plugin, "main", settings, {})
