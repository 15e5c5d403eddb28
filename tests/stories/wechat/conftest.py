"""Where stories of WeChat play: SQLite and one process; or PostgreSQL, Valkey, server, dispatcher, rq worker, simulator.

In one process the clock is frozen. Over processes it runs, and the sandbox's file moves it for all of them.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from core import clock as core_clock
from core import migrations
from core.commands.db import wings
from core.db import across_merchants, db, reading
from core.models import Job
from plugins.wechatpay.client import CLIENT
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock, configuration
from tests.plugins.wechatpay.simulators import Wechat, lend_keys, simulator
from tests.server import serving
from tests.servers import Postgres, Valkey
from tests.told import moment
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay
from tests.works import Works, wait_for

_numbers = count(1)
#: seconds our client waits for an answer where it runs in this process, and that one takes which does not come
PATIENCE, SLOW = 0.3, 0.5


class Installation:
    """Real processes on PostgreSQL and Valkey, and an application of our own that looks into their database."""

    def __init__(self, folder: Path, database: str, redis: str) -> None:
        self.works = Works(folder, database, redis)
        self.app = create_app(configuration(database, folder) | {"SANDBOX": True})
        with self.app.app_context():
            migrations.upgrade(db.engine, wings())
        lend_keys(folder / "sandbox" / "wechatpay")
        self.works.start("dispatch")
        self.works.start("worker")
        place = self.works.plays()
        self.works.serves()
        self.control = Wechat((place / "url").read_text(), place)

    def stop(self) -> None:
        """End them all."""
        self.control.close()
        self.works.stop()
        core_clock.use_offset_file(None)
        with self.app.app_context():
            db.engine.dispose()


class CommonClock(Clock):
    """The time of all processes: it runs, and is moved for all of them at once."""

    def __init__(self, app: Flask, control: Wechat) -> None:
        super().__init__(app)
        self._control = control

    def passes(self, **delta: float) -> None:
        """Let time pass at a stroke; what became due meanwhile is done late."""
        self.settles()
        core_clock.write_offset(Path(self._app.config["VAR"]) / "clock", timedelta(**delta))
        self.settles()

    def settles(self) -> int:
        """Wait until nothing is due, here and at WeChat Pay."""
        wait_for(self._is_quiet)
        return 0

    def _is_quiet(self) -> bool:
        if self._due():
            return False
        self._control.refunds()  # asked for them, it ends those whose time has come
        now = core_clock.now()
        return not any(
            moment(one["due_at"]) <= now for one in self._control.notices() if not one["held"]
        ) and not self._due()

    def _due(self) -> int:
        query = select(func.count()).select_from(Job).where(Job.status == "waiting", Job.due_at <= core_clock.now())
        with self._app.app_context(), across_merchants(), reading() as session:
            return session.scalar(query) or 0


class OneProcessClock(Clock):
    """The frozen clock, where the simulator's notices are sent when it is settled."""

    def __init__(self, app: Flask, control: Wechat) -> None:
        super().__init__(app)
        self._control = control

    def settles(self) -> int:
        """Run what is due and send what there is to tell until nothing is left."""
        done = 0
        while ran := super().settles() + len(self._control.flush()):
            done += ran
        return done


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
        return OneProcessClock(app, control)
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
