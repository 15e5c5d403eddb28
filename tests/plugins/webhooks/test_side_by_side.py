"""Many workers at once: each event arrives once, and those of one order in their order."""

import random
import time
from threading import Event, Thread
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core import queue
from core.db import across_merchants, reading
from core.models import Job
from plugins.webhooks.jobs import send
from tests.actors import Merchant
from tests.conftest import Clock
from tests.logbook import written
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Heard, Receiver, Said
from tests.vocabulary import Shop

WORKERS = 4


def waiting(app: Flask) -> list[tuple[int, object]]:
    """Merchant and id of every job there is of webhooks."""
    with app.app_context(), reading() as session, across_merchants():
        query = select(Job.merchant_id, Job.id).where(Job.plugin == "webhooks")
        return [(merchant_id, job_id) for merchant_id, job_id in session.execute(query)]


@pytest.mark.on_postgres
def test_many_workers_tell_each_order_in_order_and_nothing_twice(
    app: Flask, merchant: Merchant, shop: Shop, desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.*")
    mei = shop.buyer("Mei")

    def answers_slowly(heard: Heard) -> Said:
        time.sleep(random.uniform(0, 0.02))
        return 200, {}, b""

    receiver.answer = answers_slowly
    orders = [mei.orders({"tea": 1}) for _ in range(6)]
    for order in orders:
        shop.sends(shop.sees_money(order))
        mei.receives(order)
    jobs = waiting(app)
    assert len(jobs) > 40
    random.shuffle(jobs)

    over = Event()

    def hears(mine: list[tuple[int, object]]) -> None:
        with app.app_context():
            for merchant_id, job_id in mine:
                queue.run(merchant_id, job_id)  # type: ignore[arg-type]

    def sends() -> None:
        with merchant.inside():
            while not over.is_set():
                send(UUID(endpoint.id))

    with written() as book:
        hearers = [Thread(target=hears, args=(jobs[number::WORKERS],)) for number in range(WORKERS)]
        senders = [Thread(target=sends) for _ in range(WORKERS)]
        for thread in (*senders, *hearers):
            thread.start()
        for thread in hearers:
            thread.join()
        over.set()
        for thread in senders:
            thread.join()
    clock.settles()
    for order in orders:
        told = [number for _, number in receiver.about(order.id)]
        assert told == list(range(1, 8)), order.number
    assert len(receiver.heard) == 7 * len(orders) and set(desk.statuses()) == {"delivered"}
    assert not [line for line in book.of(logger="merx.jobs") if line["level"] in ("warning", "error")]
