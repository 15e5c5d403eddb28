"""A shop with two stores, and a buyer; in the end sums, units, codes and slots agree."""

from collections.abc import Iterator

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.pickup import counter
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """Stores in the east and the west."""
    yield counter.opens(Shop(merchant))
    assert counter.breaches(merchant) == []


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
