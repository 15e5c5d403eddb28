"""How ids of due jobs come to rq: what requests leave at one moment goes together, everybody else's goes at once."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import rq
from flask import Flask

from core import clock, queue
from core.carrier import BATCH, FULL, SERIALIZER, Carrier, dispatch, queue_name
from core.claims import Claimed
from core.db import add, all_of, reading, transaction
from core.ids import new_id
from core.models import Job
from tests.actors import Merchant
from tests.conftest import AppMaker
from tests.servers import Valkey


@pytest.fixture
def app(make_app: AppMaker, valkey: Valkey) -> Flask:
    """With a Valkey of its own."""
    return make_app(REDIS_URL=valkey.url)


@pytest.fixture
def carrier(app: Flask) -> Carrier:
    with app.app_context():
        carry: Any = queue.rules_in_force().carry
    found: Carrier = carry.__self__
    return found


def row(tries: int = 0, plugin: str = "core") -> Claimed:
    return Claimed(1, uuid4(), plugin, "core.inbox", tries)


def sent(carrier: Carrier, plugin: str = "core") -> list[list[str]]:
    """The ids of each rq job that waits."""
    waiting = rq.Queue(queue_name(plugin), connection=carrier.connection, serializer=SERIALIZER)
    return [[job_id for _, job_id in job.args[0]] for job in waiting.jobs]


def _is_sent(carrier: Carrier, job_id: str) -> bool:
    return [job_id] in sent(carrier)


def wait_until(true: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until, "nothing was sent"


def test_what_requests_leave_at_one_moment_goes_in_one_job(app: Flask, carrier: Carrier) -> None:
    rows = [row() for _ in range(6)]

    def request(number: int) -> None:
        with app.test_request_context():
            carrier.carry_or_leave(rows[2 * number : 2 * number + 2])

    threads = [threading.Thread(target=request, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        carrier.send_gathered()
    wait_until(lambda: sum(map(len, sent(carrier))) == 6)
    assert sorted(id for ids in sent(carrier) for id in ids) == sorted(str(one.id) for one in rows)


def test_a_request_alone_is_not_left_waiting(app: Flask, carrier: Carrier) -> None:
    for _ in range(2):
        one = row()
        with app.test_request_context():
            carrier.carry_or_leave([one])
        wait_until(partial(_is_sent, carrier, str(one.id)))


def test_what_no_request_has_written_goes_at_once(app: Flask, carrier: Carrier) -> None:
    rows = [row(), row(plugin="bank_transfer"), row(tries=1), row()]
    with app.app_context():
        carrier.carry_or_leave(rows)
    first, second, third, fourth = (str(one.id) for one in rows)
    assert sorted(sent(carrier)) == sorted([[first, fourth], [third]])
    assert sent(carrier, "bank_transfer") == [[second]]


def test_when_redis_is_gone_requests_do_not_notice(app: Flask, carrier: Carrier, valkey: Valkey) -> None:
    away = Carrier("unix:///nowhere/valkey.sock")
    with app.test_request_context():
        away.carry_or_leave([row()])
        away.send_gathered()
        away.carry_or_leave([row()])
    assert sent(carrier) == []


def test_what_a_full_queue_cannot_take_yet_is_left_for_later_and_holds_up_no_other(
    app: Flask, carrier: Carrier, merchant: Merchant
) -> None:
    many, moment = FULL * BATCH + 500, clock.now() - timedelta(hours=1)
    due = [("core.inbox", n) for n in range(many)] + [("bank_transfer.tick", many)]
    with merchant.inside(), transaction():
        for name, n in due:
            plugin = name.partition(".")[0]
            at = moment + timedelta(milliseconds=n)
            add(Job(merchant_id=merchant.id, id=new_id(), plugin=plugin, name=name, args={}, due_at=at))
    rq.Queue(queue_name("core"), connection=carrier.connection, serializer=SERIALIZER).empty()
    with app.app_context():
        while dispatch(carrier):
            pass
    there = sum(map(len, sent(carrier)))
    assert FULL * BATCH <= there < many and len(sent(carrier, "bank_transfer")) == 1
    with merchant.inside(), reading():
        free = [job for job in all_of(Job, merchant.id, Job.name == "core.inbox") if job.lease is None]
    assert len(free) == many - there, "nobody waits for the end of a lease"
    rq.Queue(queue_name("core"), connection=carrier.connection, serializer=SERIALIZER).empty()
    with app.app_context():
        while dispatch(carrier):
            pass
    assert sum(map(len, sent(carrier))) == many - there, "as soon as there is room"
