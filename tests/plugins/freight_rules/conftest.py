"""A shop with freight templates, and a buyer."""

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.freight_rules.scales import opens
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """It sells cups of 400 g, pots of 1500 g and songs of nothing; its flat freight is 9.00."""
    return opens(Shop(merchant))


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
