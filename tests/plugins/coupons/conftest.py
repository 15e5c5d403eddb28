"""A shop with a coupon desk, and a buyer; in the end coupons, orders and counts agree."""

from collections.abc import Iterator

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.coupons import desk
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """Its goods are those of V1."""
    yield desk.opens(Shop(merchant))
    assert desk.breaches(merchant) == []


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
