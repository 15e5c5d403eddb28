"""A till that takes cards, with its shop behind it."""

from collections.abc import Iterator

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.stored_value.till import Till
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """A shop that sells tea for 49.00, and takes cards."""
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    shop.turns_on("stored_value")
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")


@pytest.fixture
def till(shop: Shop, clock: Clock) -> Iterator[Till]:
    """Its till; in the end entries, holds and books agree with the cards."""
    till = Till(shop.merchant.id, shop.merchant.inside, clock.settles)
    yield till
    assert till.spoilt or till.broken() == []
