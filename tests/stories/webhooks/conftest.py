"""The shop of the stories has webhooks, and servers that hear of it."""

import pytest

from tests.plugins.webhooks.conftest import make_receiver, receiver
from tests.plugins.webhooks.desk import Desk
from tests.vocabulary import Shop

__all__ = ["make_receiver", "receiver"]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """Where webhooks are looked after."""
    return Desk(shop)
