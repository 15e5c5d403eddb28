"""Where stories of WeChat play: on SQLite in one process; on PostgreSQL and Valkey with every process a real one.

In one process the clock is frozen. Over processes it runs, and the sandbox's file moves it for all of them.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from plugins.wechatpay.client import CLIENT
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.installation import CommonClock, Installation
from tests.plugins.wechatpay.simulators import Wechat, simulator
from tests.server import serving
from tests.servers import Postgres, Valkey
from tests.simulated import TellingClock
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

_numbers = count(1)
#: seconds our client waits for an answer where it runs in this process, and that one takes which does not come
PATIENCE, SLOW = 0.3, 0.5


@pytest.fixture(scope="package", params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest) -> str:
    """The database a story plays on, and all that goes with it."""
    return str(request.param)


@pytest.fixture(scope="package")
def installation(
    postgres: Postgres, _valkey_server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One set of processes for all stories."""
    postgres.create_database("wechat_stories")
    _valkey_server.flush()
    found = Installation(tmp_path_factory.mktemp("works"), postgres.url("wechat_stories"), _valkey_server.url)
    yield found
    found.stop()
    postgres.drop_database("wechat_stories")


@pytest.fixture
def app(where: str, request: pytest.FixtureRequest) -> Flask:
    """The application; over processes, one that looks into their database."""
    if where == "sqlite":
        make_app: AppMaker = request.getfixturevalue("make_app")
        return make_app()
    app: Flask = request.getfixturevalue("installation").app
    return app


@pytest.fixture
def server(where: str, app: Flask, stage: ExitStack, request: pytest.FixtureRequest) -> str:
    """Where buyers, staff and WeChat Pay find us."""
    if where == "sqlite":
        app.config["PUBLIC_URL"] = stage.enter_context(serving(app))
        return str(app.config["PUBLIC_URL"])
    return str(request.getfixturevalue("installation").works.url)


@pytest.fixture
def control(
    where: str, stage: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Wechat:
    """The simulator's control API."""
    if where == "sqlite":
        # the process's own client; here it waits for nobody
        monkeypatch.setattr(CLIENT, "_pause", lambda seconds: None)
        monkeypatch.setattr(CLIENT, "_patience", PATIENCE)
        stage.callback(CLIENT.close)
        return stage.enter_context(simulator(tmp_path / "wechatpay"))
    found: Wechat = request.getfixturevalue("installation").control
    return found


@pytest.fixture
def clock(where: str, app: Flask, control: Wechat, request: pytest.FixtureRequest) -> Clock:
    """The story's clock."""
    if where == "sqlite":
        request.getfixturevalue("frozen_time")
        return TellingClock(app, control)
    return CommonClock(app, control)


@pytest.fixture
def merchant(app: Flask, server: str, stage: ExitStack) -> Merchant:
    """A merchant of the story's own: other stories may share the installation."""
    return stage.enter_context(Merchant(app, server, f"acme{next(_numbers)}"))


@pytest.fixture
def wechat(where: str, control: Wechat, clock: Clock) -> WechatPay:
    """WeChat Pay on a good day."""
    return WechatPay(control, clock, slow=SLOW if where == "sqlite" else 0)


@pytest.fixture
def shop(shop: Shop, wechat: WechatPay) -> Shop:
    """The shop that sells tea, with an account at WeChat Pay."""
    wechat.opens_account(shop)
    return shop


@pytest.fixture
def mei(shop: Shop) -> Payer:
    """A buyer who pays by WeChat."""
    buyer: Any = shop.merchant.buyer("Mei")
    return Payer(buyer, shop)
