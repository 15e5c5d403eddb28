"""A shop with an order in every node and money in every way, played once per kind of database and copied per test."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from app import create_app
from core import clock
from core.contracts.payment_channel import Receipt, RefundReceipt
from core.db import Base, across_merchants, db, transaction
from core.flows import money
from tests.actors import Merchant
from tests.conftest import MORNING, Clock, configuration
from tests.plugin_yard import Named, sample
from tests.server import serving
from tests.servers import Postgres
from tests.snapshot import fold_up
from tests.told import Told
from tests.vocabulary import Shop
from tests.wire import Wire, register

DEAR = 60_000
HALVES = {"good": {"halves": True}}
_numbers = count(1)


@contextmanager
def opened(url: str, folder: Path, *more: Named, wire: Wire | None = None) -> Iterator[Flask]:
    """An application on the hamlet's database at *url*, with its plugins and some more."""
    extra = [*more, *sample("good"), register(wire or Wire())]
    app = create_app(configuration(url, folder) | {"EXTRA_PLUGINS": extra})
    yield app
    with app.app_context():
        db.engine.dispose()


class Hamlet:
    """What was played on the database at *url*: the number of each order by its name, and when the play ended."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.wire = url, Wire()
        clock.freeze(MORNING)
        with opened(url, folder, wire=self.wire) as self.app:
            with self.app.app_context():
                Base.metadata.create_all(db.engine)
            with serving(self.app) as base:
                self._play(base)
            if url.startswith("sqlite"):
                fold_up(self.app)
        self.moment: datetime = clock.now()
        clock.unfreeze()

    # ------------------------------------------------------------------------------------------ the play
    def _play(self, base: str) -> None:
        with Merchant(self.app, base, "acme") as acme:
            self.clock, self.merchant, self.shop = Clock(self.app), acme, _furnished(acme)
            self.mei = self.shop.buyer("Mei")
            self.orders: dict[str, Told] = {}
            self._long_ago()
            self._on_the_way()
            self._giving_back()
            self._late_money()
            self.clock.settles()
            self._just_now()
        with Merchant(self.app, base, "bolt") as bolt:
            neighbour = _furnished(bolt)
            self.orders["of_bolt"] = neighbour.sees_money(neighbour.buyer("Bo").orders({"tea": 1}))
        self.numbers = {name: order.number for name, order in self.orders.items()}

    def _long_ago(self) -> None:
        shop, mei, orders = self.shop, self.mei, self.orders
        orders["completed"] = mei.receives(shop.sends(self._paid({"tea": 1})))
        orders["kept"] = shop.sees_money(mei.orders({"tea": 1}, options=HALVES))
        orders["expired"] = mei.orders({"tea": 1})
        self.clock.passes(days=4)

    def _on_the_way(self) -> None:
        shop, mei, orders = self.shop, self.mei, self.orders
        orders["held"] = self._paid({"ring": 1})
        orders["to_ship"] = self._paid({"tea": 3, "pot": 1}, options={"good": {"member": True}})
        orders["part_shipped"] = shop.sends(order := self._paid({"tea": 3}), {"tea": 1})
        shop.sends(order, {"tea": 1})
        orders["shipped"] = shop.sends(self._paid({"tea": 3}))
        orders["received"] = mei.receives(shop.sends(self._paid({"tea": 3})))
        orders["closed"] = mei.orders({"tea": 1})
        self._starts(orders["closed"])
        mei.cancels(orders["closed"])

    def _giving_back(self) -> None:
        shop, mei, orders = self.shop, self.mei, self.orders
        orders["given_back"] = shop.closes(shop.sees_money(mei.orders({"tea": 1}, options=HALVES)))
        orders["refunding"] = shop.refunds(self._paid({"tea": 2}))
        orders["part_refund"] = shop.refunds(self._paid({"tea": 3, "pot": 1}), {"tea": 1})
        orders["withdrawn"] = shop.refunds(self._paid({"tea": 2}), {"tea": 1})
        self.clock.settles()
        for name in ("given_back", "part_refund"):
            orders[name] = shop.transfers_back(shop.sees(orders[name]))
        shop.withdraws_refund(shop.sees(orders["withdrawn"]))
        orders["refunded"] = shop.refunds(self._wired({"tea": 1}))
        self.clock.settles()
        orders["replaced"] = shop.refunds(self._wired({"tea": 1}))
        self.wire.says("refund", lambda number: RefundReceipt(number, "failed", 0, failure="gone", again="new_number"))
        self.clock.settles()
        orders["failing"] = shop.refunds(self._wired({"tea": 1}))
        self.wire.says("refund", lambda number: RefundReceipt(number, "failed", 0, failure="no money in the box"))
        self.clock.settles()

    def _late_money(self) -> None:
        mei, orders = self.mei, self.orders
        for name in ("late", "late_pending"):
            orders[name] = mei.orders({"tea": 1})
            payment = self._starts(orders[name])
            mei.cancels(orders[name])
            self._money_comes(orders[name], payment)
            if name == "late_pending":
                self.wire.says("refund", lambda number: RefundReceipt(number, "pending", 0))
            self.clock.settles()
        orders["twice"] = mei.orders({"tea": 1})
        payment = self._starts(orders["twice"])
        self.shop.sees_money(orders["twice"])
        self._money_comes(orders["twice"], payment)

    def _just_now(self) -> None:
        mei, orders = self.mei, self.orders
        orders["unpaid"] = mei.orders({"tea": 2, "pot": 1}, options={"good": {"wake_minutes": 20}})
        orders["opened"] = mei.orders({"tea": 2})
        self._starts(orders["opened"])
        orders["half"] = self.shop.sees_money(mei.orders({"tea": 1}, options=HALVES))
        orders["free"] = mei.orders({"song": 1}, by="none")

    def _paid(self, units: dict[str, int], **more: Any) -> Told:
        return self.shop.sees_money(self.mei.orders(units, **more))

    def _wired(self, units: dict[str, int]) -> Told:
        order = self.mei.orders(units)
        self._money_comes(order, self._starts(order))
        return self.shop.sees(order)

    def _starts(self, order: Told) -> Told:
        return self.mei.does(order, "payments", tenders=[{"channel": "wire"}])

    def _money_comes(self, order: Told, payment: Told) -> None:
        number = payment.out_trade_no
        receipt = Receipt(number, f"wire-{number}", payment.amount, "CNY", clock.now())
        with self.merchant.inside():
            assert money.receive(UUID(order.id), UUID(payment.id), receipt) == "news"


def _furnished(merchant: Merchant) -> Shop:
    shop = Shop(merchant)
    shop.sets(risk_hold_amount=DEAR, settle_days=1, open_unpaid_limit=100, allow_zero_pay=True)
    shop.turns_on("good", token="abc")
    merchant.owner.post("accounts", {"plugin": "wire", "name": "main", "settings": {}})
    shop.turns_on("wire")
    for sku, price in (("tea", 4900), ("pot", 1000), ("ring", DEAR)):
        shop.sells(sku, price, stock=100)
    shop.sells("song", 0, stock=0, virtual=True)
    return shop


# ---------------------------------------------------------------------------------------------- a copy per test
@dataclass(frozen=True)
class Visit:
    """A copy of the hamlet, at the moment when the play ended.

    :param numbers: the number of each order by its name.
    """

    url: str
    app: Flask
    numbers: Mapping[str, str]

    def writes(self, *statements: str) -> None:
        """Somebody writes past the services; ``{shipped}`` is the number of the order of that name."""
        with self.app.app_context(), across_merchants(), transaction() as session:
            for statement in statements:
                session.connection().exec_driver_sql(self.named(statement))

    def named(self, text: str) -> str:
        """*text* with the orders' numbers."""
        for name, number in self.numbers.items():
            text = text.replace(f"{{{name}}}", number)
        return text


_played: dict[str, Hamlet] = {}


@contextmanager
def visit(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Visit]:
    """A fresh copy of the hamlet on this *kind* of database."""
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgres" else None
    if kind not in _played:
        _played[kind] = Hamlet(_empty(server), _folder())
    played = _played[kind]
    copy = f"hamlet_{next(_numbers)}"
    if server is None:
        shutil.copy(played.url.removeprefix("sqlite:///"), folder / copy)
    else:
        server.create_database(copy, "hamlet")
    url = server.url(copy) if server else f"sqlite:///{folder / copy}"
    clock.freeze(played.moment)
    with opened(url, folder) as app:
        yield Visit(url, app, played.numbers)
    clock.unfreeze()
    if server is not None:
        server.drop_database(copy)


def _empty(server: Postgres | None) -> str:
    if server is None:
        return f"sqlite:///{_folder() / 'hamlet.db'}"
    server.create_database("hamlet")
    return server.url("hamlet")


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="merx-hamlet-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
