"""What waits is limited, what asks for patience gets it, and the log is kept for its days."""

from datetime import timedelta

from flask import Flask

from core import arming
from tests.conftest import Clock
from tests.plugins.webhooks.desk import Desk
from tests.plugins.webhooks.receiver import Receiver
from tests.vocabulary import BuyerActor


def arm(app: Flask) -> None:
    """What the dispatcher does: periodic jobs get their rows."""
    with app.app_context():
        arming.arm_periodic({})


def test_when_too_much_waits_the_endpoint_is_disabled(
    desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    desk.shop.sets_plugin("webhooks", most_waiting=10)
    desk.shop.sets(open_unpaid_limit=100)
    endpoint = desk.tells(receiver, "order.placed")
    receiver.closes()
    orders = [mei.orders({"tea": 1}) for _ in range(12)]
    clock.settles()
    told = desk.endpoint(endpoint)
    assert (told.status, told.why, len(desk.log())) == ("disabled", "full", 10)
    receiver.opens()
    desk.does(endpoint, "enable")
    clock.settles()
    assert len(receiver.heard) == 10 and len(orders) == 12
    since = (clock.now - timedelta(days=1)).isoformat()
    desk.does(endpoint, "replay", {"since": since})
    assert desk.refused(409, "POST", f"endpoints/{endpoint.id}/test").code == "too_many_waiting"


def test_a_busy_server_is_left_in_peace_for_as_long_as_it_asks(
    desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.placed")
    receiver.says(429, Retry_After="600")
    mei.orders({"tea": 1})
    clock.settles()
    mei.orders({"tea": 1})
    clock.passes(minutes=9)
    assert len(receiver.heard) == 1 and desk.endpoint(endpoint).quiet_until
    receiver.says(200)
    clock.passes(minutes=2)
    assert len(receiver.heard) == 3 and set(desk.statuses()) == {"delivered"}


def test_the_log_is_kept_for_its_days(
    app: Flask, desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    endpoint = desk.tells(receiver, "order.placed")
    desk.shop.sets_plugin("webhooks", keep_days=7)
    desk.does(endpoint, "rotate")
    mei.orders({"tea": 1})
    arm(app)
    clock.passes(days=6)
    mei.orders({"tea": 1})
    clock.passes(days=1, hours=20)
    assert len(desk.log()) == 1
    assert desk.endpoint(endpoint).previous_until is None


def test_what_waited_while_the_plugin_was_off_goes_on_by_itself(
    app: Flask, desk: Desk, receiver: Receiver, mei: BuyerActor, clock: Clock
) -> None:
    desk.tells(receiver, "order.placed")
    receiver.says(500)
    mei.orders({"tea": 1})
    clock.settles()
    desk.shop.api.post("plugins/webhooks/disable", {})
    clock.passes(hours=1)
    receiver.says(200)
    desk.shop.turns_on("webhooks")
    arm(app)
    clock.passes(minutes=11)
    assert desk.statuses() == ["delivered"]
