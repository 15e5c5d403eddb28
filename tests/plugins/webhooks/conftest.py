"""A shop with webhooks, and servers that hear of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Receiver
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def make_receiver() -> Iterator[Callable[..., Receiver]]:
    """Opens servers; closes them in the end."""
    with ExitStack() as stack:

        def make(**options: object) -> Receiver:
            receiver = Receiver(**options)  # type: ignore[arg-type]
            stack.callback(receiver.closes)
            return receiver

        yield make


@pytest.fixture
def receiver(make_receiver: Callable[..., Receiver]) -> Receiver:
    """The merchant's server."""
    return make_receiver()


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """Sells tea."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=1000)
    return shop


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """Where webhooks are looked after."""
    return Desk(shop)


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
