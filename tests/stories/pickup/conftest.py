"""The shop of the stories with stores in the east and the west; in the end sums, units, codes and slots agree."""

from collections.abc import Iterator

import pytest

from tests.actors import Merchant
from tests.plugins.pickup import counter
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(shop: Shop, merchant: Merchant) -> Iterator[Shop]:
    """It lets buyers fetch what they buy."""
    yield counter.opens(shop)
    assert counter.breaches(merchant) == []


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
