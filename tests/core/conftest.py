"""A shop for the tests of core that need one: on SQLite, with jobs in this process."""

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """A shop that sells tea for 49.00, ten of it in the north."""
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
