"""Where presales play: a shop that takes a wire, balance and transfers; in the end the doctor finds nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from core import plugins
from core.db import across_merchants, reading
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.plugins.presale.stand import Stand
from tests.stories.mixed.till import Till
from tests.vocabulary import BuyerActor, Shop
from tests.wire import HonestWire, register


@pytest.fixture
def channel() -> HonestWire:
    """The channel buyers pay by."""
    return HonestWire()


@pytest.fixture
def app(make_app: AppMaker, database: str, request: pytest.FixtureRequest, channel: HonestWire) -> Flask:
    """With rq where the database is PostgreSQL."""
    on_rq: dict[str, Any] = {}
    if database.startswith("postgresql"):
        on_rq = {"REDIS_URL": request.getfixturevalue("valkey").url}
    return make_app(EXTRA_PLUGINS=[register(channel)], **on_rq)


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """A shop that presells."""
    shop = Shop(merchant)
    merchant.owner.post("accounts", {"plugin": "wire", "name": "main", "settings": {}})
    for name in ("wire", "presale", "stored_value"):
        shop.turns_on(name)
    shop.turns_on("balance_points", password_required=False)
    yield shop
    clock.settles()
    with merchant.inside(), across_merchants(), reading():
        assert [told for _, check in plugins.checks() for told in check.find()] == []


@pytest.fixture
def stand(shop: Shop) -> Stand:
    """What it presells, and how."""
    return Stand(shop)


@pytest.fixture
def till(shop: Shop, channel: HonestWire) -> Till:
    """Who lets the channel be paid, and looks at what is held."""
    return Till(shop, {"wire": channel})


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
