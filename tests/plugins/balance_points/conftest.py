"""A shop that keeps balance and points; in the end entries, accounts and books agree."""

from collections.abc import Iterator

import pytest

from tests import invariants
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.balance_points import desk
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """A shop that sells tea for 49.00, and keeps balance and points."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=50)
    yield desk.opens(shop)
    clock.settles()
    assert desk.breaches(merchant) == []
    with merchant.app.app_context():
        assert invariants.broken() == []


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer who has a pay password."""
    mei = shop.buyer("Mei")
    desk.sets_password(mei)
    return mei
