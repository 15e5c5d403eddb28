"""What the tests of our side of WeChat Pay share: a stand-in with one script, and a client that does not wait."""

from collections.abc import Iterator

import pytest

from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.client import Client
from tests.plugins.wechatpay.stand_in import StandIn, standing_in


@pytest.fixture
def wechat() -> Iterator[StandIn]:
    """WeChat Pay, as the test's script has it."""
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def pauses() -> list[float]:
    """The pauses the client would have made."""
    return []


@pytest.fixture
def client(pauses: list[float]) -> Iterator[Client]:
    """A client of the test's own."""
    made = Client(pause=pauses.append, patience=0.5)
    yield made
    made.close()


@pytest.fixture
def channel(client: Client) -> WeChatPay:
    """The channel, over that client."""
    return WeChatPay(client)
