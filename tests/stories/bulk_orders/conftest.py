"""The shop of the stories with bulk work, courier companies it knows, and a desk where files are uploaded."""

import pytest

from tests.conftest import Clock
from tests.plugins.bulk_orders.desk import Desk
from tests.vocabulary import Shop

COMPANIES = {"SF": "顺丰速运", "EMS": "邮政特快", "ZTO": "中通快递"}


@pytest.fixture
def desk(shop: Shop, clock: Clock) -> Desk:
    """Its shop sells pots too, and has plenty of everything."""
    shop.stocks("tea", north=500)
    shop.sells("pot", 1000, stock=500)
    for plugin in ("bulk_orders", "split_shipping"):
        shop.turns_on(plugin)
    shop.turns_on("manual_tracking", carriers=COMPANIES)
    return Desk(shop, clock)
