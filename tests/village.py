"""Two merchants next door to each other, each with one of everything; built once and put back before every test."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app
from core import clock, plugins, queue
from core.db import Base, across_merchants, add, db, reading, transaction
from core.models import Job
from core.services import plugin_settings, roles
from plugins.kdniao_logistics.models import KdniaoLabel
from plugins.reconciliation.models import ReconciliationDifference
from tests.actors import PASSWORD, Merchant
from tests.conftest import MORNING, configuration
from tests.plugin_yard import sample
from tests.plugins.bulk_orders import house as bulk_orders
from tests.plugins.notifications import house as notifications
from tests.plugins.pickup import house as pickup
from tests.plugins.presale import house as presale
from tests.plugins.printers import house as printers
from tests.server import serving
from tests.snapshot import Snapshot
from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
PRICE = 4900
#: dearer than what the shops hold back
DEAR = 60_000
#: plugins that are on beside those that sell
ON = [
    "coupons",
    "promotions",
    "stored_value",
    "balance_points",
    "reconciliation",
    "freight_rules",
    "split_shipping",
    "profit_sharing",
    "webhooks",
    "manual_tracking",
    "kdniao_logistics",
    "notifications",
    "printers",
    "bulk_orders",
    "presale",
    "pickup",
]


@dataclass
class Caller:
    """Somebody with a token (or none), who calls any address."""

    app: Flask
    token: str | None

    def __call__(self, method: str, url: str, body: Any = None, **more: Any) -> TestResponse:
        """One request; *body* is sent as JSON unless ``data=`` is given. If-Match says "whatever it is now"."""
        headers = {"If-Match": "*"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        headers |= more.pop("headers", {})
        if body is not None:
            more["json"] = body
        # buffered: a table that is sent as it is read is read to its end, as by a browser
        return self.app.test_client().open(url, method=method, headers=headers, buffered=True, **more)


class House:
    """One merchant of the village, and what lies in its house: every name, note and setting holds its canary."""

    def __init__(self, app: Flask, url: str, code: str) -> None:
        self.app, self.code, self.canary = app, code, f"Kanari-{code}"
        self.merchant = Merchant(app, url, code)
        self.shop = Shop(self.merchant)
        self.things: dict[str, str] = {}
        self.orders: dict[str, Told] = {}
        self._furnish()
        self._trade()
        self._write_down_ids()
        with app.app_context():
            scopes = [*roles.PERMISSIONS, *plugins.permissions()]
        self.owner, self.key = self._caller(self.shop.api), self._caller(self.merchant.api_key(*scopes))
        self.buyer, self.stranger = self._caller(self.mei.api), self._caller(self.wang.api)
        self.visitor = Caller(app, None)

    def callers(self) -> dict[str, Caller]:
        """Everybody of this house who has a token."""
        return {"owner": self.owner, "key": self.key, "buyer": self.buyer}

    def _caller(self, api: Any) -> Caller:
        return Caller(self.app, api.token)

    def _furnish(self) -> None:
        shop, canary = self.shop, self.canary
        shop.sets(risk_hold_amount=DEAR, buyer_may_edit_receiver=True, settle_days=1, open_unpaid_limit=100)
        shop.turns_on("good", token=f"{canary}-token", greeting=canary)
        # by hand, and first, so that whatever stands in the tests may be a number
        shop.sets_plugin("manual_tracking", carriers={"SF": canary, "YTO": canary})
        for plugin in ON:
            if plugin != "kdniao_logistics":
                shop.turns_on(plugin)
        self._reaches_nobody("kdniao_logistics")
        place = {"code": f"{self.code}-south", "name": canary, "return_address": _receiver(canary)}
        shop.api.post("warehouses", place)
        self.store = shop.api.post("stores", {"code": f"{self.code}-store", "name": canary})
        shop.sells(f"{self.code}-tea", PRICE, stock=1000, title=canary)
        shop.sells(f"{self.code}-pot", 1000, stock=1000)
        shop.sells(f"{self.code}-ring", DEAR, stock=1000)
        self.mei, self.wang = shop.buyer(f"Mei {canary}"), shop.buyer(f"Wang {canary}")

    def _trade(self) -> None:
        mei, shop = self.mei, self.shop
        tea, pot, ring = f"{self.code}-tea", f"{self.code}-pot", f"{self.code}-ring"
        by_bank = f"{self.canary}-line"
        orders = self.orders
        for name in ("unpaid", "opened", "to_ship", "shipped", "received", "refunding", "part_refund"):
            orders[name] = self.orders_of(mei, {tea: 3, pot: 1} if name == "to_ship" else {tea: 3})
        orders["held"] = self.orders_of(mei, {ring: 1})
        orders["stamped"] = self.orders_of(mei, {tea: 1}, options={"good": {"hold": True}})
        orders["closed"] = mei.cancels(self.orders_of(mei, {tea: 1}))
        orders["of_wang"] = self.orders_of(self.wang, {tea: 2})
        orders["opened_payment"] = mei.starts_transfer(orders["opened"])
        for name in ("to_ship", "shipped", "received", "refunding", "part_refund", "held", "stamped"):
            orders[name] = shop.sees_money(orders[name], reference=f"{by_bank}-{name}")
        for name in ("shipped", "received"):
            orders[name] = shop.sends(orders[name], tracking_no=f"{self.canary}-{name}")
        orders["received"] = mei.receives(orders["received"])
        orders["refunding"] = shop.refunds(orders["refunding"])
        orders["part_refund"] = shop.refunds(orders["part_refund"], {tea: 1})
        with self.app.app_context():
            while queue.run_due():
                pass
        for name in ("refunding", "part_refund", "shipped"):
            orders[name] = shop.sees(orders[name])

    def orders_of(self, buyer: BuyerActor, units: dict[str, int], **more: Any) -> Told:
        """One more order, with the canary in its note and its receiver."""
        return buyer.orders(units, note=self.canary, to=_receiver(self.canary), **more)

    def _write_down_ids(self) -> None:
        api, orders = self.shop.api, self.orders
        clerk = {"login": f"{self.code}-clerk", "name": self.canary, "password": "a long password", "roles": ["clerk"]}
        cart = self.mei.api.post("cart/lines", {"sku": f"{self.code}-tea", "quantity": 2})
        mine = self.mei.api.get("messages")["data"][0]["id"]
        upload = {"data": {"purpose": "evidence"}, "files": {"file": (f"{self.canary}.png", PNG)}}
        self.things = {
            "accounts/account_id": api.get("accounts")["data"][0]["id"],
            "cases/case_id": api.get("cases")["data"][0]["id"],
            "customers/customer_id": self.mei.id,
            "files/file_id": api.send("POST", "files", **upload)["id"],
            "jobs/job_id": self._failed_job(),
            "keys/key_id": api.post("keys", {"name": self.canary, "scopes": ["stock.read"]})["id"],
            "lines/line_id": cart["lines"][0]["id"],
            "messages/message_id": api.get("messages")["data"][0]["id"],
            "shop:messages/message_id": mine,
            "orders/number": orders["unpaid"].number,
            "parcels/parcel_id": orders["shipped"].shipments[0].parcels[0].id,
            "plugins/name": "bank_transfer",
            "payment-methods/name": "bank_transfer",
            "products/code": f"{self.code}-tea",
            "refunds/refund_number": orders["part_refund"].refunds[0].number,
            "shipments/shipment_id": orders["shipped"].shipments[0].id,
            "staff/staff_id": api.post("staff", clerk)["id"],
            "stores/store_id": self.store["id"],
            "variants/sku": f"{self.code}-tea",
            "warehouses/code": f"{self.code}-south",
        }
        self.things |= self._discounts(api)
        self.things |= self._cards(api)
        self.things |= self._accounts(api)
        self.things |= self._bills(api)
        self.things |= self._labels(api)
        self.things |= self._webhooks(api)
        self.things |= notifications.furnish(self, api)
        self.things |= printers.furnish(self, api)
        self.things |= presale.furnish(self, api)
        self.things |= bulk_orders.furnish(self, api)
        self.things |= pickup.furnish(self, api)
        self.things |= self._splits(api)
        self.things |= self._freight(api)
        self.things |= self._apart(api)
        api.post(f"orders/{orders['shipped'].number}/remind", {"remark": self.canary})
        api.patch(f"cases/{self.things['cases/case_id']}", {"remark": self.canary}, {"If-Match": "*"})

    def _cards(self, api: Any) -> dict[str, str]:
        """A kind of gift card; one that is nobody's, one of Mei's, and a present she bought."""
        sku = f"{self.code}-card"
        self.shop.sells(sku, PRICE, stock=0, virtual=True)
        self.shop.sells(f"{self.code}-other-card", PRICE, stock=0, virtual=True)
        kind = api.post("stored_value/kinds", {"sku": sku, "title": self.canary, "principal": PRICE, "valid_days": 9})
        by_hand = {"bonus": 100, "valid_days": 9, "remark": self.canary}
        api.post("stored_value/cards", {"customer_id": self.mei.id, **by_hand})
        card = api.post("stored_value/cards", by_hand)["number"]
        gift = {"entry": "stored_value_card", "by": "none", "options": {"stored_value": {"gift": True}}}
        self.orders["card"] = order = self.mei.orders({sku: 1}, note=self.canary, **gift)
        self.shop.sees_money(order, reference=f"{self.canary}-card")
        present = self.mei.lists("stored_value/cards")[0]["number"]
        given = api.post("stored_value/cards", by_hand)["number"]
        code = api.post(f"stored_value/cards/{given}/code")["code"]
        known = {"given/number": given, "given/code": code}
        return {"kinds/kind_id": kind["id"], "cards/number": card, "shop:cards/number": present, **known}

    def _accounts(self, api: Any) -> dict[str, str]:
        """Mei's balance and points, her pay password, and what she wants paid out: asked, and approved."""
        base, password = "balance_points", {"password": PASSWORD}
        for kind in ("balance", "points"):
            change = {"kind": kind, "change": 50_000, "remark": self.canary}
            api.post(f"{base}/customers/{self.mei.id}/adjustments", change)
        self.mei.api.post(f"{base}/password", password)
        wish = {"amount": 1000, "destination": self.canary, **password}
        asked, approved = (self.mei.api.post(f"{base}/withdrawals", wish)["id"] for _ in range(2))
        api.post(f"{base}/withdrawals/{approved}/approve", {"remark": self.canary})
        return {"withdrawals/withdrawal_id": asked, "withdrawals/approved_id": approved}

    def _bills(self, api: Any) -> dict[str, str]:
        """A bill that was asked for, and a difference."""
        account_id, day = self.things["accounts/account_id"], MORNING.date() - timedelta(days=1)
        batch = api.post("reconciliation/batches", {"account_id": account_id, "day": str(day)})["id"]
        ids = {"account_id": UUID(account_id), "batch_id": UUID(batch), "case_id": UUID(self.things["cases/case_id"])}
        told = {"number": self.canary, "out_trade_no": self.canary, "currency": "CNY", "channel_amount": 100}
        with self.app.app_context(), transaction():
            row = ReconciliationDifference(
                merchant_id=self.merchant.id, day=day, finding="MISSING_LOCALLY", kind="payment", status="open",
                found_at=clock.now(), **ids, **told,
            )  # fmt: skip
            return {"batches/batch_id": batch, "differences/difference_id": str(add(row).id)}

    def _freight(self, api: Any) -> dict[str, str]:
        """A freight template for goods that nobody sells."""
        free = {"prefixes": ["31"], "first_price": 0}
        body = {"name": self.canary, "counts": "pieces", "categories": [self.canary], "regions": [free]}
        return {"templates/freight_template_id": api.post("freight_rules/templates", body)["id"]}

    def _reaches_nobody(self, plugin: str) -> None:
        """Switch a plugin on whose provider is not there to be asked first."""
        with self.merchant.inside(), transaction():
            plugin_settings.enable(plugin, plugin_settings.question(plugin).version)

    def _labels(self, api: Any) -> dict[str, str]:
        """An account at a Kdniao that nobody reaches, and a label of it."""
        place = {"province": "a", "city": "b", "area": "c", "address": "d"}
        sender = {**place, "name": self.canary, "phone": "02155512345"}
        settings = {"business_id": "1", "api_key": self.canary, "base_url": "http://127.0.0.1:9", "sender": sender}
        account = api.post("accounts", {"plugin": "kdniao_logistics", "name": self.canary, "settings": settings})
        order = self.orders["shipped"]
        told = {"order_code": f"{order.number}-1", "carrier": "YTO", "tracking_no": "YT1", "page": self.canary}
        wanted = {**told, "sender": sender, "receiver": sender, "goods": [self.canary], "quantity": 1}
        del wanted["tracking_no"], wanted["page"]
        with self.app.app_context(), transaction():
            row = KdniaoLabel(
                merchant_id=self.merchant.id, order_id=UUID(order.id), account_id=UUID(account["id"]), wanted=wanted,
                status="done", created_at=clock.now(), **told,
            )  # fmt: skip
            return {"labels/label_id": str(add(row).id)}

    def _splits(self, api: Any) -> dict[str, str]:
        """A partner who gets a part of what is paid."""
        rule = {"kind": "merchant", "account": "1900000777", "name": self.canary, "basis_points": 100}
        return {"rules/split_rule_id": api.post("profit_sharing/rules", rule)["id"]}

    def _apart(self, api: Any) -> dict[str, str]:
        """An order in two sub-shipments that wait; the south could send them too."""
        tea = f"{self.code}-tea"
        order = self.shop.sees_money(self.orders_of(self.mei, {tea: 3}), reference=f"{self.canary}-apart")
        self.shop.stocks(tea, **{f"{self.code}-south": 9})
        line = {"line_id": order.lines[0].id, "quantity": 1}
        api.post(f"split_shipping/shipments/{order.shipments[0].id}/split", {"lines": [line], "remark": self.canary})
        self.orders["apart"] = order = self.shop.sees(order)
        return {"shipments/waiting_id": order.shipments[0].id}

    def _discounts(self, api: Any) -> dict[str, str]:
        """A kind of coupon, one of which Mei has; and a promotion for a level, which she is not quoted."""
        title = {"zh": self.canary, "en": self.canary}
        kind = {"title": title, "issuing": "issued", "claimable": True, "kind": "fixed", "amount": 10}
        template = api.post("coupons/templates", kind)["id"]
        given = api.post(f"coupons/templates/{template}/issue", {"customer_ids": [self.mei.id]})
        api.post(f"promotions/customers/{self.mei.id}/level", {"level": self.canary})
        rule = {"title": title, "kind": "member_percentage", "level": self.canary, "basis_points": 100}
        rule_id = api.post("promotions/rules", rule | {"enabled": False})["id"]
        coupon = given["coupons"][0]["id"]
        return {"templates/template_id": template, "issued/coupon_id": coupon, "rules/rule_id": rule_id}

    def _webhooks(self, api: Any) -> dict[str, str]:
        """An endpoint where nobody listens, and a test event that waits for it."""
        body = {"url": f"http://127.0.0.1:9/{self.canary}", "description": self.canary, "events": ["order.shipped"]}
        endpoint = api.post("webhooks/endpoints", body)["id"]
        return {
            "endpoints/endpoint_id": endpoint,
            "deliveries/delivery_id": api.post(f"webhooks/endpoints/{endpoint}/test")["id"],
        }

    def _failed_job(self) -> str:
        with self.app.app_context(), transaction():
            row = Job(merchant_id=self.merchant.id, plugin="core", name="core.purge", args={}, due_at=clock.now())
            row.status, row.error = "failed", self.canary
            return str(add(row).id)

    # ------------------------------------------------------------------------------------------ its rows
    def rows(self) -> dict[str, list[Any]]:
        """Every row of this merchant, table by table."""
        merchant_id = self.merchant.id
        found: dict[str, list[Any]] = {}
        with self.app.app_context(), across_merchants(), reading() as session:
            for table in Base.metadata.sorted_tables:
                key = table.c.get("merchant_id", table.c.id)
                found[table.name] = [tuple(row) for row in session.execute(select(table).where(key == merchant_id))]
        return found


class Village:
    """The merchants ``acme`` and ``bolt`` on one SQLite file, which can be put back as it was at first."""

    def __init__(self, folder: Path) -> None:
        file = folder / "village.db"
        with _frozen():
            self.app = create_app(
                configuration(f"sqlite:///{file}", folder / "var") | {"EXTRA_PLUGINS": sample("good")}
            )
            with self.app.app_context():
                Base.metadata.create_all(db.engine)
            with serving(self.app) as url:
                self.acme, self.bolt = House(self.app, url, "acme"), House(self.app, url, "bolt")
                for house in (self.acme, self.bolt):
                    house.merchant.__exit__(None, None, None)
        self._first = Snapshot(self.app, file)

    @contextmanager
    def day(self) -> Iterator["Village"]:
        """A day in the village: as it was at first, and time stands still."""
        self.put_back()
        with _frozen():
            yield self

    def put_back(self) -> None:
        """The database as it was at first."""
        self._first.put_back()

    @contextmanager
    def nothing_written(self) -> Iterator[None]:
        """Nobody commits anything meanwhile: SQLite itself says so."""
        with self.app.app_context(), db.engine.connect() as connection:
            version = connection.exec_driver_sql("PRAGMA data_version").scalar()
            yield
            assert connection.exec_driver_sql("PRAGMA data_version").scalar() == version, "something was written"


@cache
def the_village() -> Village:
    """The one village of this test run, made when it is first asked for."""
    folder = Path(tempfile.mkdtemp(prefix="merx-village-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Village(folder)


def _receiver(canary: str) -> dict[str, str]:
    return {**RECEIVER, "name": canary, "address": f"{canary} Road 1"}


@contextmanager
def _frozen() -> Iterator[None]:
    clock.freeze(MORNING)
    try:
        yield
    finally:
        clock.unfreeze()
