"""rq carries the ids of due jobs to workers; the rows stay the truth, so Redis may forget everything.

One rq job is a batch of ids of one plugin, for a fork costs more than most jobs. Any number of dispatchers and workers
may run side by side.
"""

import logging
import os
import threading
import time
from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID

import redis
import rq
from flask import Flask, current_app, has_request_context
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.worker.worker_classes import RoundRobinWorker
from sqlalchemy.orm import configure_mappers

from core import claims, metrics, queue
from core.claims import Claimed
from core.db import db, transaction
from core.processes import die_with_parent

log = logging.getLogger("merx.jobs")

#: ids that one rq job carries at most
BATCH = 20
#: seconds for which a request's rows wait for those of others
GATHER = 0.05
#: rows that a dispatcher claims at once
CLAIM = 200
#: rq jobs waiting in one queue above which a dispatcher sends no more there
FULL = 100
#: seconds for which nothing is sent after Redis did not answer; the dispatcher comes later
REST = 5.0
#: seconds to wait for an answer of Redis
PATIENCE = 2.0
#: seconds that a row costs beside its job: taken, ended
OVERHEAD = 5
PREFIX = "merx-"
SERIALIZER = "json"
#: Redis does not answer
Unreachable = redis.RedisError


def queue_name(plugin: str) -> str:
    """The rq queue of a plugin's jobs."""
    return PREFIX + plugin


class Carrier:
    """Puts claimed rows into rq's queues.

    :param url: of Redis or Valkey; nothing is opened before the first row.
    """

    def __init__(self, url: str) -> None:
        # once more for a connection that had gone stale; the client's own way would hold up a request for seconds
        again = Retry(NoBackoff(), 1)
        self.connection: Any = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=again
        )
        self._queues: dict[str, rq.Queue] = {}
        self._rest_until = 0.0
        self._lock = threading.Lock()
        self._gathered: list[Claimed] = []
        #: the process that will send what is gathered; a fork of it has no such thread
        self._sender: int | None = None

    def carry_or_leave(self, rows: list[Claimed]) -> None:
        """Send *rows* if Redis answers; if not, the dispatcher finds them when their lease is over.

        Those of a request wait a moment for those of others: what goes together is run in one fork.
        """
        if not has_request_context():
            self._send_or_leave(rows)
            return
        with self._lock:
            self._gathered += rows
            if self._sender == os.getpid():
                return
            self._sender = os.getpid()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        threading.Timer(GATHER, self._send_later, (app,)).start()

    def send_gathered(self) -> None:
        """Send what requests have left here so far."""
        with self._lock:
            rows, self._gathered, self._sender = self._gathered, [], None
        if rows:
            self._send_or_leave(rows)

    def _send_later(self, app: Flask) -> None:
        with app.app_context():
            self.send_gathered()

    def _send_or_leave(self, rows: list[Claimed]) -> None:
        if time.monotonic() < self._rest_until:
            return
        try:
            self.carry(rows)
        except Unreachable as trouble:
            self._rest_until = time.monotonic() + REST
            log.warning("jobs not sent, the dispatcher will: Redis does not answer (%s)", trouble)

    def carry(self, rows: Iterable[Claimed]) -> None:
        """Send *rows* in batches, one plugin each. What failed before goes alone: it may kill its worker again.

        :raises Unreachable: Redis does not answer.
        """
        lanes: dict[str, list[Claimed]] = {}
        for row in rows:
            lanes.setdefault(f"{row.plugin}!{row.id}" if row.tries else row.plugin, []).append(row)
        # one round trip for all; what is half sent is run all the same, or found by the dispatcher
        pipeline = self.connection.pipeline(transaction=False)
        for lane in lanes.values():
            rest = iter(lane)
            while batch := list(islice(rest, BATCH)):
                self._send(batch, pipeline)
        pipeline.execute()

    def full(self) -> list[str]:
        """The plugins of which so much waits already that sending more would not make it run sooner.

        :raises Unreachable: Redis does not answer.
        """
        return [plugin for plugin, there in self._queues.items() if there.count >= FULL]

    def _send(self, batch: list[Claimed], pipeline: Any) -> None:
        find = queue.rules_in_force().find
        limits = [spec.limit if (spec := find(row.name)) else 1 for row in batch]
        self._queue(batch[0].plugin).enqueue_call(
            "core.carrier.run_batch",
            args=([[row.merchant_id, str(row.id)] for row in batch],),
            timeout=sum(limits) + OVERHEAD * len(batch),
            result_ttl=0,
            failure_ttl=0,
            description=f"{len(batch)} of {batch[0].plugin}",
            pipeline=pipeline,
        )

    def _queue(self, plugin: str) -> rq.Queue:
        if plugin not in self._queues:
            self._queues[plugin] = rq.Queue(queue_name(plugin), connection=self.connection, serializer=SERIALIZER)
        return self._queues[plugin]


def dispatch(carrier: Carrier) -> int:
    """Claim what is due and send it; answers how many rows. One step of `merx dispatch`.

    :raises Unreachable: Redis does not answer; what was claimed is free again.
    """
    carrier.connection.ping()
    # what a full queue cannot take yet is left unclaimed: claimed and not sent, it would wait until its lease is over
    rows = queue.claim(CLAIM, carrier.full())
    try:
        carrier.carry(rows)
    except Unreachable:
        with transaction():
            claims.give_back(rows)
        raise
    return len(rows)


# ---------------------------------------------------------------------------------------------- the worker's side
_app: Flask | None = None


class Worker(RoundRobinWorker):
    """rq's worker, whose horses end when it does and take no connection of it along."""

    def main_work_horse(self, job: Any, queue: Any) -> None:
        """The forked process: one batch, then its end."""
        die_with_parent(self.pid or 0)
        metrics.write_as_horse_of(self.pid or 0)
        if _app is not None:
            with _app.app_context():
                db.engine.dispose(close=False)
        super().main_work_horse(job, queue)


def make_worker(app: Flask, plugins: Iterable[str]) -> Worker:
    """A worker over the queues of *plugins*, taken in turn."""
    global _app
    _app = app
    _warm_up(app)
    connection = redis.Redis.from_url(app.config["REDIS_URL"])
    return Worker([queue_name(name) for name in plugins], connection=connection, serializer=SERIALIZER)


def _warm_up(app: Flask) -> None:
    """What each horse would have to work out anew is worked out once, before the first is forked: that saves half."""
    configure_mappers()
    with app.app_context():
        queue.run(0, UUID(int=0))  # nobody's, so that nothing is run
        db.engine.dispose()


def run_batch(rows: list[list[Any]]) -> None:
    """Run these rows one by one, each under its own lease and alarm. Called by rq in a forked process."""
    if _app is None:
        raise RuntimeError("batches are run by `merx worker`, not by a bare rq worker")
    with _app.app_context():
        try:
            for merchant_id, job_id in rows:
                queue.run(merchant_id, UUID(job_id))
        finally:
            db.engine.dispose()
