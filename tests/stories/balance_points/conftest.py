"""The shop of the stories keeps balance and points; in the end entries, accounts and books agree."""

from collections.abc import Iterator

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.balance_points import desk
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def keeper(shop: Shop, merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """A shop that gives 10.00 on top of every 100.00 that is paid in."""
    yield desk.opens(shop, recharge_bonus=[{"from_amount": 10_000, "bonus": 1000}])
    clock.settles()
    assert desk.breaches(merchant) == []


@pytest.fixture
def mei(keeper: Shop) -> BuyerActor:
    """A buyer who has a pay password."""
    mei = keeper.buyer("Mei")
    desk.sets_password(mei)
    return mei
