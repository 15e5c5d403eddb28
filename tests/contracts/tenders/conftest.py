"""The stage of the contract suite of tenders: a shop that takes two wires and the provider's tender, and two buyers."""

from collections.abc import Mapping
from contextlib import ExitStack

import pytest
from flask import Flask

from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.contracts.tenders.scene import FREIGHT, HAS, PRICE, Scene
from tests.contracts.tenders.table import PROVIDERS
from tests.contracts.tenders.tender_provider import TenderProvider
from tests.vocabulary import Shop
from tests.wire import HonestWire, register

pytest.register_assert_rewrite("tests.contracts.tenders.rules")


@pytest.fixture
def provider() -> TenderProvider:
    """Whose turn it is; tests choose by parametrising."""
    return PROVIDERS["jar"]()


@pytest.fixture
def wires() -> Mapping[str, HonestWire]:
    """The channels that bring the cash."""
    return {name: HonestWire(name) for name in ("wire", "cable")}


@pytest.fixture
def app(make_app: AppMaker, provider: TenderProvider, wires: Mapping[str, HonestWire], stage: ExitStack) -> Flask:
    """With the plugins that all of them bring."""
    stage.enter_context(provider.opens())
    channels = [register(wire) for wire in wires.values()]
    return make_app(EXTRA_PLUGINS=[*channels, ("whims", "tests.properties.whims"), *provider.plugins()])


@pytest.fixture
def scene(
    app: Flask, merchant: Merchant, clock: Clock, provider: TenderProvider, wires: Mapping[str, HonestWire]
) -> Scene:
    """A shop that sells tea; Mei and Wei have something to spend there."""
    shop = Shop(merchant)
    shop.sells("tea", PRICE, stock=100)
    shop.sets(freight_flat=FREIGHT, open_unpaid_limit=100, allow_zero_pay=True)
    for name in wires:
        shop.api.post("accounts", {"plugin": name, "name": "main", "settings": {}})
        shop.turns_on(name)
    shop.turns_on("whims")
    provider.sets_up(shop)
    mei, wei = shop.buyer("Mei"), shop.buyer("Wei")
    for buyer in (mei, wei):
        provider.fills(shop, buyer, HAS)
    return Scene(app, shop, mei, wei, clock, provider, wires)
