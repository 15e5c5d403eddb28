"""What the tests of our side of Alipay share: a simulator, and a client that does not wait."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from plugins.alipay.channel import Alipay
from plugins.alipay.client import Client
from tests.plugins.alipay.simulators import Sim, simulator


@pytest.fixture
def sim(tmp_path: Path, stage: ExitStack, frozen_time: None) -> Sim:
    """The simulator, its clock standing still; its notices go out by ``sim.flush()``."""
    return stage.enter_context(simulator(tmp_path / "sim"))


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
def channel(client: Client) -> Alipay:
    """The channel, over that client."""
    return Alipay(client)


@pytest.fixture
def passes() -> Callable[..., None]:
    """``passes(minutes=5)`` moves the clock."""

    def moved(**delta: float) -> None:
        clock.advance(timedelta(**delta))

    return moved
