"""When an order counts as received by itself: by how it goes, stopped by refunds and tickets, sooner once signed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from core import OrderView, lock_order, pause_deadline, resume_deadline
from core.db import transaction
from tests.conftest import AppMaker, Clock
from tests.plugin_yard import make_plugin
from tests.stories.tracking.drivers import Drivers
from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop

#: orders with an open ticket, at the plugin `desk`
TICKETS: set[UUID] = set()
CLOCKS = ("confirm", "confirm_reminder", "settle")


def open_tickets(order: OrderView) -> list[str]:
    """Why the clocks of *order* stand still."""
    return ["desk.ticket"] if order.id in TICKETS else []


@pytest.fixture
def app(make_app: AppMaker) -> Iterator[Flask]:
    """With a plugin that knows of tickets."""
    TICKETS.clear()
    yield make_app(EXTRA_PLUGINS=[make_plugin("desk", {"add_clock_stops": open_tickets})])


@contextmanager
def ticket(shop: Shop, order: Told) -> Iterator[None]:
    """A ticket about *order* is opened, and closed."""
    order_id = UUID(order.id)
    with shop.merchant.inside(), transaction():
        pause_deadline(lock_order(order_id), *CLOCKS)
    TICKETS.add(order_id)
    yield
    TICKETS.discard(order_id)
    with shop.merchant.inside(), transaction():
        resume_deadline(lock_order(order_id), *CLOCKS)


def ends_after(shop: Shop, clock: Clock, order: Told, **days: int) -> None:
    """*order* counts as received then, and not a second before."""
    clock.passes(**days, seconds=-1)
    assert shop.sees(order).state == "shipped"
    clock.passes(seconds=1)
    assert shop.sees(order).state == "completed"


@pytest.mark.parametrize(("table", "days"), [({}, 2), ({"same_city": 1}, 1)])
def test_what_goes_within_the_city_is_received_after_two_days_or_as_the_merchant_says(
    table: dict[str, int], days: int, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(confirm_days=table, confirm_preset="s2", same_city_regions=["3100"])
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1}, by="same_city")))
    ends_after(shop, clock, order, days=days)


def test_same_city_delivery_goes_only_where_the_merchant_goes(shop: Shop, mei: BuyerActor) -> None:
    nowhere = mei.is_refused(422).is_quoted({"tea": 1}, by="same_city")
    assert (nowhere.errors[0].pointer, nowhere.errors[0].code) == ("/delivery/receiver/region", "not_same_city")
    shop.sets(same_city_regions=["3301", "4403"])
    elsewhere = mei.is_refused(422).is_quoted({"tea": 1}, by="same_city")
    assert "begin with 3301, 4403, not to 310000" in elsewhere.errors[0].message
    assert mei.is_quoted({"tea": 1}, by="same_city", to=RECEIVER | {"region": "330106"}).payable == 4900


def test_what_is_virtual_is_received_after_two_days(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sells("song", 900, stock=0, virtual=True)
    order = shop.hands_over(shop.sees_money(mei.orders({"song": 1}, by="none")))
    ends_after(shop, clock, order, days=2)


def test_what_was_to_go_by_courier_and_is_handed_over_is_received_after_two_days(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = shop.hands_over(shop.sees_money(mei.orders({"tea": 1})))
    ends_after(shop, clock, order, days=2)
    partly = shop.hands_over(shop.sees_money(mei.orders({"tea": 2})), {"tea": 1})
    ends_after(shop, clock, shop.sends(partly), days=7)


def test_a_ticket_stops_the_clock_and_it_runs_on_with_what_was_left(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.turns_on("desk")
    order = shop.sends(shop.sees_money(mei.orders({"tea": 3})))
    clock.passes(days=3)
    with ticket(shop, order):
        clock.passes(days=30)
        assert shop.sees(order).state == "shipped"
        order = shop.withdraws_refund(shop.refunds(order, {"tea": 1}))
        assert order.paused("confirm") == 4 * 86_400, "the refund is over, the ticket is not"
    assert shop.sees(order).deadline("confirm") == clock.now + timedelta(days=4)
    with ticket(shop, order):
        order = shop.refunds(order, {"tea": 1})
    assert shop.sees(order).paused("confirm") == 4 * 86_400, "the ticket is over, the refund is not"
    clock.passes(days=9)
    shop.withdraws_refund(shop.sees(order))
    ends_after(shop, clock, order, days=4)


def test_what_is_sent_under_an_open_ticket_has_its_whole_time_left_when_that_is_closed(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.turns_on("desk")
    order = shop.sees_money(mei.orders({"tea": 1}))
    with ticket(shop, order):
        order = shop.sends(order)
        assert order.paused("confirm") == 7 * 86_400
        clock.passes(days=8)
    ends_after(shop, clock, order, days=7)


def test_what_was_signed_before_the_rest_was_given_back_waits_no_longer_than_the_shortened_time(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    drivers = Drivers(shop, clock)
    shop.sets(shorten_after_signed_hours=48)
    order = drivers.take(shop.sees_money(mei.orders({"tea": 2})), "OWN-0001", units={"tea": 1})
    clock.passes(hours=1)
    drivers.tell("OWN-0001", "signed", drivers.point("Signed"))
    order = shop.refunds(order, {"tea": 1})
    clock.settles()
    shop.transfers_back(order)
    ends_after(shop, clock, order, days=2)
