"""A shop with promotions, and a buyer."""

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.promotions.board import opens
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """It sells cups for 30.00 and pots for 100.00; sending costs 12.00."""
    return opens(Shop(merchant))


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
