"""Bad days: workers die while they send, and receivers fail as they please."""

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from core import clock as core_clock
from core.db import transaction
from plugins.webhooks import sending
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Heard, Receiver, Said
from tests.plugins.webhooks.test_limits import arm
from tests.vocabulary import BuyerActor, Shop


def test_a_worker_that_dies_while_it_sends_leaves_a_failed_try_behind(
    app: Flask, merchant: Merchant, desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.*")
    receiver.says(500)
    order = mei.orders({"tea": 1})
    clock.settles()
    core_clock.freeze(clock.now + timedelta(seconds=6))
    with merchant.inside(), transaction():
        parcel = sending.take(UUID(endpoint.id))
    assert parcel is not None and parcel.turn == 2, "taken, and never heard of again"
    mei.cancels(order)
    receiver.says(200)
    clock.passes(seconds=59)
    assert len(receiver.heard) == 1, "it may be on its way still, and what comes after waits for it"
    arm(app)
    clock.passes(minutes=20)
    assert receiver.names() == ["order.placed", "order.placed", "order.closed"]
    first, _ = desk.log()
    assert (first.status, first.tries, [one.status for one in first.attempts]) == ("delivered", 3, [500, 200])


def test_an_outcome_that_comes_too_late_changes_nothing(
    merchant: Merchant, desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.*")
    receiver.says(500)
    mei.orders({"tea": 1})
    clock.settles()
    core_clock.freeze(clock.now + timedelta(seconds=6))
    with merchant.inside(), transaction():
        parcel = sending.take(UUID(endpoint.id))
    assert parcel is not None
    receiver.says(200)
    clock.passes(minutes=20)
    before = [row.told for row in desk.log()]
    desk.asks("DELETE", f"endpoints/{endpoint.id}")
    for outcome in (sending.Outcome(200, 5), sending.Outcome(None, 5, "no answer"), sending.Outcome(410, 5)):
        with merchant.inside(), transaction():
            sending.note(UUID(endpoint.id), parcel, outcome)
    assert before[0]["status"] == "delivered" and desk.log() == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_weather_everything_arrives_and_each_order_in_its_order(
    shop: Shop, desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock, seed: int
) -> None:
    dice = random.Random(seed)
    endpoint = desk.tells(receiver, "order.*")
    arrived: dict[str, list[int]] = {}
    failed: Counter[str] = Counter()

    def as_it_likes(heard: Heard) -> Said:
        failed[heard.id] += 1
        # ten failures would be one too many, and it would be given up
        status = dice.choice([200, 200, 200, 204, 302, 400, 500, 503, 429]) if failed[heard.id] < 6 else 200
        if status in (200, 204):
            about = heard.event["about"]
            arrived.setdefault(about["id"], []).append(about["seq"])
        return status, {"Retry-After": "30"} if status == 429 else {}, b""

    receiver.answer = as_it_likes
    orders = []
    for _ in range(5):
        orders.append(mei.orders({"tea": 1}))
        clock.passes(minutes=dice.randrange(25))
        shop.sends(shop.sees_money(orders[-1]))
        if dice.random() < 0.3:
            receiver.closes()
        clock.passes(minutes=dice.randrange(40))
        mei.receives(orders[-1])
        receiver.closes()
        receiver.opens()
    clock.passes(days=3)
    assert set(arrived) == {order.id for order in orders}
    assert set(desk.statuses()) == {"delivered"}
    for told in arrived.values():
        # what buyers alone are told, a reminder, has a number too
        assert told == sorted(set(told)) and len(told) == 7, told
    assert desk.endpoint(endpoint).status == "active"
