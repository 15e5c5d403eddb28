"""Where stories play: on SQLite with jobs in this process, and on PostgreSQL with jobs carried by rq over Valkey."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
import rq
from flask import Flask

from core import carrier, plugins, queue
from core.db import reading
from tests import invariants
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.plugin_yard import sample
from tests.vocabulary import BuyerActor, Shop


class InProcess(rq.SimpleWorker):
    """rq's worker without a fork, so that it shares the test's frozen clock."""

    def _install_signal_handlers(self) -> None:
        """The signals are pytest's."""


class RqClock(Clock):
    """The test's clock where jobs are dispatched to Valkey and run by an rq worker."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        url = app.config["REDIS_URL"]
        with app.app_context():
            names = ["core", *plugins.manifests()]
        self._carrier = carrier.Carrier(url)
        queues = carrier.make_worker(app, names).queue_names()
        self.worker = InProcess(queues, connection=redis.Redis.from_url(url), serializer=carrier.SERIALIZER)

    def settles(self) -> int:
        """Dispatch and work until nothing is due and no queue holds anything."""
        done = 0
        while True:
            with self._app.app_context():
                carry: Any = queue.rules_in_force().carry
                carry.__self__.send_gathered()
                carried = carrier.dispatch(self._carrier)
            waiting = sum(one.count for one in self.worker.queues)
            if not carried and not waiting:
                return done
            self.worker.work(burst=True, logging_level="WARNING")
            done += waiting


@pytest.fixture
def app(make_app: AppMaker, database: str, request: pytest.FixtureRequest) -> Flask:
    """With rq where the database is PostgreSQL."""
    on_rq: dict[str, Any] = {}
    if database.startswith("postgresql"):
        on_rq = {"REDIS_URL": request.getfixturevalue("valkey").url}
    return make_app(EXTRA_PLUGINS=sample("good"), **on_rq)


@pytest.fixture
def clock(app: Flask, frozen_time: None) -> Iterator[Clock]:
    """Frozen; jobs run where the story plays."""
    if not app.config["REDIS_URL"]:
        yield Clock(app)
        return
    clock = RqClock(app)
    yield clock
    assert clock.worker.failed_job_count == 0
    clock.worker.connection.close()


@pytest.fixture(autouse=True)
def _everything_adds_up(app: Flask, clock: Clock) -> Iterator[None]:
    """At the end of every story the laws hold, over all rows; what was due is done."""
    yield
    clock.settles()
    with app.app_context():
        assert invariants.broken() == []


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """A shop that sells tea for 49.00, ten of it in the north. In the end no unit was made or lost."""
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    yield shop
    with merchant.inside(), reading():
        assert invariants.initial_stock(merchant.id) == shop.brought_in


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
