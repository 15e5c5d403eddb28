"""A shop that presells, a buyer, and the words of the stand."""

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.presale.stand import Stand
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """It sells lamps, and shades."""
    shop = Shop(merchant)
    shop.turns_on("presale")
    return shop


@pytest.fixture
def stand(shop: Shop) -> Stand:
    """What it presells, and how."""
    return Stand(shop)


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
