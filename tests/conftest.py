"""The fixtures of every test: databases, applications, a clock that stands still, and actors over real HTTP.

* ``app``: on SQLite; with ``@pytest.mark.both_databases`` once more on PostgreSQL, with ``@pytest.mark.on_postgres``
  only there.
* ``make_app(**config)``: another application on the same database.
* ``clock``: frozen; ``clock.passes(days=7)`` moves it, running every job when it is due.
* ``merchant``: a merchant behind a real server, whose owner is signed in; see ``tests/actors.py``.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from core import clock as core_clock
from core import queue
from core.db import Base, across_merchants, db, reading
from core.models import Job
from core.periodic import KEY as PERIODIC
from tests import kept_routes, walls
from tests.actors import Merchant
from tests.server import serving
from tests.servers import Postgres, Valkey, start_postgres, start_valkey
from tests.snapshot import fold_up

MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
#: a key for tests only; its text is 32 bytes of "merx"
TEST_KEY = "bWVyeG1lcnhtZXJ4bWVyeG1lcnhtZXJ4bWVyeG1lcng="
AppMaker = Callable[..., Flask]
_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Our marks, and what is kept between tests."""
    kept_routes.install()
    config.addinivalue_line("markers", "both_databases: run on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "on_postgres: run on PostgreSQL only: true concurrency")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The databases a test runs on."""
    if "database" in metafunc.fixturenames:
        kinds = ["sqlite"]
        if metafunc.definition.get_closest_marker("both_databases"):
            kinds = ["sqlite", "postgres"]
        if metafunc.definition.get_closest_marker("on_postgres"):
            kinds = ["postgres"]
        metafunc.parametrize("database", kinds, indirect=True)


# ---------------------------------------------------------------------------------------------- servers
@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of our own for the whole session."""
    server = start_postgres(tmp_path_factory.mktemp("servers"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = start_valkey(tmp_path_factory.mktemp("servers"))
    yield server
    server.stop()


@pytest.fixture
def valkey(_valkey_server: Valkey) -> Valkey:
    """A Valkey of our own, empty."""
    _valkey_server.flush()
    return _valkey_server


# ---------------------------------------------------------------------------------------------- databases
#: kind of database -> the tables that its template has
_in_template: dict[str, frozenset[str]] = {}


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "merx.db"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres: Postgres) -> str:
    postgres.create_database("template_merx")
    _make_tables(postgres.url("template_merx"))
    return "template_merx"


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with all tables; which kind, the test's marks say."""
    if getattr(request, "param", "sqlite") == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")
        path = tmp_path / "merx.db"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"merx_{os.getpid()}_{next(_numbers)}"
    server.create_database(name, request.getfixturevalue("_postgres_template"))
    yield server.url(name)
    server.drop_database(name)


def _make_tables(url: str) -> None:
    app = create_app(configuration(url, "unused"))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.engine.dispose()
    _in_template[_kind(url)] = frozenset(Base.metadata.tables)
    if url.startswith("sqlite"):
        fold_up(app)


def _kind(url: str) -> str:
    return url.partition(":")[0]


def configuration(database: str, var: str | Path) -> dict[str, Any]:
    """What every application of the tests is made with."""
    return {
        "DATABASE_URL": database,
        "VAR": str(var),
        "SECRET_KEYS": [TEST_KEY],
        "REDIS_URL": "",
        "SANDBOX": False,
        "PASSWORD_COST": 8,
        "REGISTRATIONS_PER_ADDRESS": 100_000,
        # all tests call from one address, and faster than people
        "CALLS_PER_ADDRESS": 0,
        "WRITES_PER_BUYER": 0,
        "WRITES_PER_STAFF": 0,
        "THREADS": 16,
        "TESTING": True,
    }


# ---------------------------------------------------------------------------------------------- applications
@pytest.fixture
def make_app(database: str, tmp_path: Path) -> Iterator[AppMaker]:
    """Makes applications on the test's database: ``make_app(EXTRA_PLUGINS=[...])``."""
    made: list[Flask] = []

    def make(**config: Any) -> Flask:
        app = create_app(configuration(database, tmp_path / "var") | config)
        made.append(app)
        # what the plugins of this test brought with them; looking for the others takes longer than the test
        brought = [table for name, table in Base.metadata.tables.items() if name not in _in_template[_kind(database)]]
        if config.get("EXTRA_PLUGINS") and brought:
            with app.app_context():
                Base.metadata.create_all(db.engine, tables=brought)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """The application under test."""
    return make_app()


@pytest.fixture
def pg_app(postgres: Postgres, _postgres_template: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on PostgreSQL, whatever the marks say."""
    name = f"merx_{os.getpid()}_{next(_numbers)}"
    postgres.create_database(name, _postgres_template)
    app = create_app(configuration(postgres.url(name), tmp_path / "var"))
    yield app
    with app.app_context():
        db.engine.dispose()
    postgres.drop_database(name)


@pytest.fixture(autouse=True)
def _walls_hold() -> Iterator[None]:
    """No statement of the test looked into another merchant's rows, even where its error was swallowed."""
    walls.breaches.found.clear()
    yield
    found = list(walls.breaches.found)
    walls.breaches.found.clear()
    assert not found, found[0]


@pytest.fixture
def count_statements(app: Flask) -> Callable[[], AbstractContextManager[walls.Counted]]:
    """``with count_statements() as counted: ...; assert len(counted) == 5``."""
    return partial(walls.count_statements, app)


# ---------------------------------------------------------------------------------------------- time
class Clock:
    """The time of the test. It moves only when told, and jobs run at their own moments on the way."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @property
    def now(self) -> datetime:
        """The present moment."""
        return core_clock.now()

    def passes(self, **delta: float) -> None:
        """Let time pass: ``days=``, ``hours=``, ``minutes=``, ``seconds=``; every job runs when it is due."""
        target = core_clock.now() + timedelta(**delta)
        with self._app.app_context():
            self.settles()
            while (due := self._next_due(target)) is not None:
                core_clock.freeze(due)
                self.settles()
            core_clock.freeze(target)
            self.settles()

    def settles(self) -> int:
        """Run what is due now until nothing is; returns how many jobs ran."""
        done = 0
        with self._app.app_context():
            while ran := queue.run_due():
                done += ran
        return done

    def _next_due(self, target: datetime) -> datetime | None:
        # jobs that come back every hour would be run a thousand times over a month; once at the end will do
        own = (Job.key.is_(None)) | (~Job.key.startswith(PERIODIC))
        query = select(func.min(Job.due_at)).where(Job.status == "waiting", own)
        query = query.where(Job.due_at > core_clock.now(), Job.due_at <= target)
        with across_merchants(), reading() as session:
            return session.scalar(query)


@pytest.fixture
def frozen_time() -> Iterator[None]:
    """Time stands still at ten in the morning in Shanghai."""
    core_clock.freeze(MORNING)
    yield
    core_clock.unfreeze()


@pytest.fixture
def clock(app: Flask, frozen_time: None) -> Clock:
    """The test's clock, standing still until it is told to pass."""
    return Clock(app)


# ---------------------------------------------------------------------------------------------- over HTTP
@pytest.fixture
def stage() -> Iterator[ExitStack]:
    """Whatever must be closed when the test is over."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def server(app: Flask, stage: ExitStack) -> str:
    """The base URL of a real server of the application."""
    return stage.enter_context(serving(app))


@pytest.fixture
def merchant(app: Flask, server: str, stage: ExitStack) -> Merchant:
    """A merchant whose owner is signed in."""
    return stage.enter_context(Merchant(app, server, "acme"))


@pytest.fixture
def other_merchant(app: Flask, server: str, stage: ExitStack) -> Merchant:
    """A neighbour in the same installation, who must never see or touch anything of ``merchant``."""
    return stage.enter_context(Merchant(app, server, "bolt"))
