"""The shop of the stories with warehouses in the east, the south and the north, each with goods of its own."""

import pytest
from flask import Flask

from core import arming
from tests.plugins.split_shipping.map import opens
from tests.vocabulary import Shop


@pytest.fixture
def split_shop(shop: Shop, app: Flask) -> Shop:
    """Lamps lie in the east, mats in the south, urns in the north; jobs that come back by themselves run."""
    opened = opens(shop)
    with app.app_context():
        arming.arm_periodic({})
    return opened
