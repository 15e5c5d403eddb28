"""A shop that does much at once, and a buyer."""

from collections.abc import Iterator

import pytest
from flask import Flask

from core.db import across_merchants, reading
from plugins.bulk_orders import checks
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.bulk_orders.desk import Desk
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """It sells tea and a pot."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=1000)
    shop.sells("pot", 1000, stock=1000)
    shop.turns_on("bulk_orders")
    return shop


@pytest.fixture
def desk(app: Flask, shop: Shop, clock: Clock) -> Iterator[Desk]:
    """Where files are uploaded; in the end the doctor finds nothing."""
    yield Desk(shop, clock)
    with app.app_context(), across_merchants(), reading():
        assert [*checks.parcels(), *checks.counts(), *checks.ends()] == []


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
