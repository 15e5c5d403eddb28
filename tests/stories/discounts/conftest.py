"""The shop of the stories with its coupon desk open; in the end coupons, orders and counts agree."""

from collections.abc import Iterator

import pytest

from tests.actors import Merchant
from tests.plugins.coupons import desk
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def desk_shop(shop: Shop, merchant: Merchant) -> Iterator[Shop]:
    """The goods of V1 are on sale."""
    yield desk.opens(shop)
    assert desk.breaches(merchant) == []


@pytest.fixture
def mei(desk_shop: Shop) -> BuyerActor:
    """A buyer."""
    return desk_shop.buyer("Mei")
