"""A merchant's server is told what happens to orders: signed, in order, and after it was away."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Heard, Receiver, Said, is_signed
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases
#: what happens to an order that is paid for and sent
WHOLE = [
    "order.placed", "order.confirm_offline", "order.paid", "order.awaiting_shipment", "order.shipped", "order.received",
    "order.completed",
]  # fmt: skip


def lives(shop: Shop, mei: BuyerActor) -> Told:
    """One order from its beginning to the buyer's door."""
    order = mei.orders({"tea": 1})
    shop.sends(shop.sees_money(order))
    return mei.receives(order)


def test_an_order_is_told_from_beginning_to_end_and_the_library_takes_every_word(
    shop: Shop, mei: BuyerActor, desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.*")
    order = lives(shop, mei)
    clock.settles()
    assert receiver.about(order.id) == list(zip(WHOLE, range(1, 8), strict=True))
    assert all(is_signed(heard, endpoint.secret) for heard in receiver.heard)
    assert not is_signed(receiver.heard[0], "whsec_" + "A" * 44)
    paid = receiver.heard[2].event
    assert paid["data"] == {"number": order.number, "move": "pay", "state": "paid"}
    assert (paid["merchant"], paid["timestamp"]) == ("acme", "2026-03-02T02:00:00Z")
    assert paid["about"] == {"kind": "order", "id": order.id, "seq": 3}
    assert receiver.heard[0].path == "/hooks?shop=1"
    assert len({heard.id for heard in receiver.heard}) == 7
    log = desk.log(endpoint_id=endpoint.id)
    assert [row.status for row in log] == ["delivered"] * 7
    assert [row.message_id for row in log] == [heard.id for heard in receiver.heard]
    assert all(row.tries == 1 and row.attempts[0].status == 200 and row.attempts[0].ms >= 0 for row in log)


def test_a_server_that_was_away_for_an_hour_hears_everything_afterwards_in_order(
    shop: Shop, mei: BuyerActor, desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.*")
    first = mei.orders({"tea": 1})
    clock.settles()
    receiver.closes()
    shop.sends(shop.sees_money(first))
    second = lives(shop, mei)
    clock.passes(hours=1)
    mei.receives(first)
    assert receiver.names() == ["order.placed"] and desk.endpoint(endpoint).failing_since
    clock.passes(minutes=1)
    receiver.opens()
    clock.passes(minutes=31)
    for order in (first, second):
        assert receiver.about(order.id) == list(zip(WHOLE, range(1, 8), strict=True))
    assert len(receiver.heard) == 14 and all(is_signed(heard, endpoint.secret) for heard in receiver.heard)
    after = desk.endpoint(endpoint)
    assert (after.failing_since, after.quiet_until, after.status) == (None, None, "active")
    tries = [row.tries for row in desk.log()]
    assert max(tries) > 1 and sum(tries) < 28, "while nobody answers, one delivery tries for all"
    failed = next(row for row in desk.log() if row.tries > 1)
    assert failed.attempts[0].error.startswith("no connection") and failed.attempts[0].status is None


def test_one_order_that_a_server_cannot_take_holds_up_no_other(
    shop: Shop, mei: BuyerActor, desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    desk.tells(receiver, "order.*")
    odd = mei.orders({"tea": 1})
    patience = [True]

    def takes_all_but_the_odd_one(heard: Heard) -> Said:
        return (500 if patience[0] and heard.event["data"]["number"] == odd.number else 200, {}, b"oops")

    receiver.answer = takes_all_but_the_odd_one
    shop.sees_money(odd)
    order = lives(shop, mei)
    clock.settles()
    assert receiver.about(order.id) == list(zip(WHOLE, range(1, 8), strict=True))
    assert receiver.about(odd.id) == [("order.placed", 1)], "what comes after waits"
    (stuck,) = [row for row in desk.log(thing_id=odd.id) if row.tries]
    assert (stuck.status, stuck.attempts[0].status, stuck.answer) == ("waiting", 500, "oops")
    patience[0] = False
    clock.passes(minutes=1)
    assert receiver.about(odd.id) == [
        ("order.placed", 1), ("order.placed", 1), ("order.confirm_offline", 2), ("order.paid", 3),
        ("order.awaiting_shipment", 4),
    ]  # fmt: skip
    first, again = [heard for heard in receiver.heard if heard.event["data"]["number"] == odd.number][:2]
    assert first.id == again.id and again.at - first.at >= timedelta(seconds=5)


def test_a_server_that_fails_holds_up_neither_orders_nor_other_servers(
    shop: Shop, mei: BuyerActor, desk: Desk, receiver: Receiver, make_receiver: Callable[..., Receiver], clock: Clock
) -> None:
    broken = make_receiver()
    broken.says(503)
    desk.tells(broken)
    desk.tells(receiver)
    order = lives(shop, mei)
    clock.settles()
    assert [name for name, _ in receiver.about(order.id)] == WHOLE
    assert shop.sees(order).state == "completed"
    assert len(broken.heard) == 1, "it said it is busy: it is left in peace for a moment"


def test_a_server_hears_what_it_asked_for_and_nothing_that_is_for_buyers_alone(
    shop: Shop, mei: BuyerActor, desk: Desk, receiver: Receiver, make_receiver: Callable[..., Receiver], clock: Clock
) -> None:
    warehouse = make_receiver()
    desk.tells(warehouse, "order.shipped", "order.re*")
    desk.tells(receiver)
    shop.sets(remind_unpaid_minutes=5)
    lives(shop, mei)
    mei.orders({"tea": 1})
    clock.passes(minutes=20)
    assert warehouse.names() == ["order.shipped", "order.received"]
    assert "order.remind" in {row["name"] for row in mei.inbox()}
    assert "order.remind" not in receiver.names() and len(receiver.heard) > 5


def test_in_a_rotation_both_secrets_sign_for_a_day(
    shop: Shop, mei: BuyerActor, desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.placed")
    rotated = desk.does(endpoint, "rotate")
    assert rotated.secret != endpoint.secret and rotated.previous_until
    mei.orders({"tea": 1})
    clock.settles()
    (heard,) = receiver.heard
    assert is_signed(heard, endpoint.secret) and is_signed(heard, rotated.secret)
    assert len(heard.headers["webhook-signature"].split(" ")) == 2
    clock.passes(days=1, minutes=1)
    mei.orders({"tea": 1})
    clock.settles()
    assert not is_signed(receiver.heard[-1], endpoint.secret) and is_signed(receiver.heard[-1], rotated.secret)
