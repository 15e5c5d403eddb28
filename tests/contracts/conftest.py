"""The stage of the contract suite: an application with the provider's channel and its rival's, a shop and a buyer."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.contracts.payment_channels import Provider
from tests.contracts.scene import PRICE, Scene
from tests.contracts.table import PROVIDERS
from tests.vocabulary import Shop

pytest.register_assert_rewrite("tests.contracts.rules")


@pytest.fixture(scope="session")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for keys that are expensive to make."""
    return tmp_path_factory.mktemp("providers")


@pytest.fixture
def provider() -> Provider:
    """Whose turn it is; tests choose by parametrising."""
    return PROVIDERS["wire"]()


@pytest.fixture
def _cast(provider: Provider, frozen_time: None, stage: ExitStack, _kept: Path) -> tuple[Provider, Provider]:
    """The provider and its rival, both there."""
    rival = PROVIDERS[provider.rival]()
    for one in (provider, rival):
        stage.enter_context(one.opens(_kept / one.name))
    return provider, rival


@pytest.fixture
def app(make_app: AppMaker, _cast: tuple[Provider, Provider]) -> Flask:
    """With the plugins that both bring."""
    return make_app(EXTRA_PLUGINS=[named for one in _cast for named in one.plugins()])


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """Every record that is logged anywhere, but for the statements of the database."""
    found: list[logging.LogRecord] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record)

    root, sql, keeper = logging.getLogger(), logging.getLogger("sqlalchemy"), Keeper()
    levels = root.level, sql.level
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    sql.setLevel(logging.WARNING)
    yield found
    root.setLevel(levels[0])
    sql.setLevel(levels[1])
    root.removeHandler(keeper)


@pytest.fixture
def scene(
    app: Flask,
    server: str,
    merchant: Merchant,
    clock: Clock,
    _cast: tuple[Provider, Provider],
    logged: list[logging.LogRecord],
) -> Scene:
    """A shop that sells tea, open for the provider's channel and its rival's."""
    app.config["PUBLIC_URL"] = server
    shop = Shop(merchant)
    shop.sells("tea", PRICE, stock=100)
    shop.sets(open_unpaid_limit=100)
    provider, rival = _cast
    for one in _cast:
        if one.store:
            shop.api.post("stores", {"code": one.store, "name": one.store.title()})
        one.sets_up(shop)
    mei = shop.buyer("Mei")
    other = Scene(app, shop, mei, clock, rival)
    return Scene(app, shop, mei, clock, provider, other, logged)
