"""A shop with warehouses in the east, the south and the north-east, and a buyer."""

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.split_shipping.map import opens
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """Lamps lie in the east, mats in the south, urns in the north-east; nothing in the north."""
    return opens(Shop(merchant))


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
