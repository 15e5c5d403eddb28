"""The stage of the courier suite: a shop that sells tea, and the source that follows its parcels."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.actors import Merchant
from tests.conftest import Clock
from tests.contracts.couriers.provider import Provider
from tests.contracts.couriers.scene import Scene
from tests.contracts.couriers.table import PROVIDERS
from tests.vocabulary import Shop

pytest.register_assert_rewrite("tests.contracts.couriers.rules")


@pytest.fixture
def source() -> Provider:
    """Whose turn it is; tests choose by parametrising."""
    return PROVIDERS["manual"]()


@pytest.fixture
def courier_scene(
    app: Flask, server: str, merchant: Merchant, clock: Clock, stage: ExitStack, tmp_path: Path, source: Provider
) -> Scene:
    """Everybody is there."""
    stage.enter_context(source.opens(tmp_path / source.name))
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=100)
    source.sets_up(shop)
    return Scene(shop, shop.buyer("Mei"), clock, source, clock.now - timedelta(days=1))
