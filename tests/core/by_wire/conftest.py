"""A shop whose buyers pay by a scripted wire, with a plugin that raises on demand; in the end everything adds up."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests import invariants
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.plugin_yard import make_plugin
from tests.vocabulary import BuyerActor, Shop
from tests.wire import Wire, register


class Grumpy:
    """A plugin that raises whenever an order comes to a node it is angry at, until it is calmed."""

    def __init__(self) -> None:
        self.angry_at: str | None = None

    def during_order_moved(self, move: Any) -> None:
        if move.target == self.angry_at:
            raise ValueError("no")


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def grumpy() -> Grumpy:
    return Grumpy()


@pytest.fixture
def app(make_app: AppMaker, wire: Wire, grumpy: Grumpy) -> Flask:
    plugin = make_plugin("grumpy", {"during_order_moved": lambda move: grumpy.during_order_moved(move)})
    return make_app(EXTRA_PLUGINS=[register(wire), plugin])


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    merchant.owner.post("accounts", {"plugin": "wire", "name": "main", "settings": {}})
    shop.turns_on("wire")
    shop.turns_on("grumpy")
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    return shop.buyer("Mei")


@pytest.fixture(autouse=True)
def _everything_adds_up(app: Flask, clock: Clock) -> Iterator[None]:
    yield
    with app.app_context():
        assert invariants.broken(failed_jobs=True) == []
