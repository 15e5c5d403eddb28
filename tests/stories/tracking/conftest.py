"""A shop with drivers of its own."""

import pytest

from tests.conftest import Clock
from tests.stories.tracking.drivers import Drivers
from tests.vocabulary import Shop


@pytest.fixture
def drivers(shop: Shop, clock: Clock) -> Drivers:
    """The shop's own drivers."""
    return Drivers(shop, clock)
