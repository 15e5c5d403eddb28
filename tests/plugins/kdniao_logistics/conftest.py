"""A shop with an account at a simulated Kdniao."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from plugins.kdniao_logistics.client import CLIENT
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.kdniao_logistics.simulators import Kdn, simulator
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def control(stage: ExitStack, frozen_time: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kdn:
    """Kdniao; our client waits for nobody."""
    monkeypatch.setattr(CLIENT, "_pause", lambda seconds: None)
    monkeypatch.setattr(CLIENT, "_patience", 1.0)
    stage.callback(CLIENT.close)
    return stage.enter_context(simulator(tmp_path / "kdniao"))


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """It sells tea."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=200)
    shop.sets(open_unpaid_limit=200)
    yield shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
