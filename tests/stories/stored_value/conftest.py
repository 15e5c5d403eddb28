"""Where stories of gift cards play: a shop that sells tea and cards; in the end the doctor finds nothing."""

from collections.abc import Iterator

import pytest

from core import plugins
from core.db import across_merchants, reading
from tests.plugins.stored_value.counter import sells_card
from tests.vocabulary import Shop


@pytest.fixture
def shop(shop: Shop) -> Iterator[Shop]:
    """It sells a card of 100.00 with 20.00 on top."""
    shop.turns_on("stored_value")
    sells_card(shop, "card-100", 10_000, 2_000, valid_days=30)
    yield shop
    with shop.merchant.inside(), across_merchants(), reading():
        assert [told for _, check in plugins.checks() for told in check.find()] == []
