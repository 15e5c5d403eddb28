"""A shop that takes two wires, balance, points, cards and coupons; in the end everything adds up."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests import invariants
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.stories.mixed.till import Till
from tests.vocabulary import Shop
from tests.wire import HonestWire, register


@pytest.fixture
def wire() -> HonestWire:
    """The channel buyers pay by first."""
    return HonestWire("wire")


@pytest.fixture
def cable() -> HonestWire:
    """The channel they switch to."""
    return HonestWire("cable")


@pytest.fixture
def app(make_app: AppMaker, database: str, request: pytest.FixtureRequest, wire: Any, cable: Any) -> Flask:
    """With rq where the database is PostgreSQL."""
    on_rq: dict[str, Any] = {}
    if database.startswith("postgresql"):
        on_rq = {"REDIS_URL": request.getfixturevalue("valkey").url}
    return make_app(EXTRA_PLUGINS=[register(wire), register(cable)], **on_rq)


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """Goods of vector V1, and every way to pay."""
    shop = Shop(merchant)
    for sku, price in {"A": 19900, "B": 5990, "C": 330}.items():
        shop.sells(sku, price)
    for name in ("wire", "cable"):
        merchant.owner.post("accounts", {"plugin": name, "name": "main", "settings": {}})
        shop.turns_on(name)
    shop.turns_on("balance_points", password_required=False, points_cap=100)
    shop.turns_on("stored_value")
    shop.turns_on("coupons")
    return shop


@pytest.fixture
def till(shop: Shop, wire: HonestWire, cable: HonestWire) -> Till:
    """Who puts money into accounts, and lets channels be paid."""
    return Till(shop, {"wire": wire, "cable": cable})


@pytest.fixture(autouse=True)
def _everything_adds_up(app: Flask, clock: Clock) -> Iterator[None]:
    yield
    with app.app_context():
        assert invariants.broken() == []
