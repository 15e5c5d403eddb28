"""One order over three warehouses: three sub-shipments, each with its money, its parcel and its own confirmation."""

from datetime import timedelta

import pytest
from flask import Flask

from core import arming
from tests.conftest import Clock
from tests.plugins.split_shipping.map import FREIGHT, LAMP, MAT, URN, sent_from, shares, shipment, worth
from tests.stories.tracking.drivers import Drivers
from tests.told import moment
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_east_south_and_north_send_and_are_confirmed_one_by_one_and_the_order_follows(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    order = mei.orders({"lamp": 2, "mat": 3, "urn": 1})
    planned = shares(mei, order)
    order = shop.sees_money(order)
    assert sent_from(order, shop) == {"east": {"lamp": 2}, "south": {"mat": 3}, "north-east": {"urn": 1}}
    told = shares(mei, order)
    assert worth(told) == worth(planned)
    assert {code: goods for code, (goods, _) in worth(told).items()} == {
        "east": 2 * LAMP,
        "south": 3 * MAT,
        "north-east": URN,
    }
    assert sum(freight for _, freight in worth(told).values()) == FREIGHT

    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    assert (order.state, shares(mei, order).shipments[0].parcels[0].tracking_no) == ("awaiting_shipment", "E1")
    clock.passes(days=2)
    order = shop.sends(order, tracking_no="S1", shipment_id=shipment(order, shop, "south").id)
    order = mei.receives_shipment(shipment(order, shop, "south"))
    assert (order.state, order.line("mat").received) == ("awaiting_shipment", 3)
    assert shares(mei, order).shipments[0].confirm_at is not None

    clock.passes(days=5)
    order = shop.sees(order)
    assert [row.state for row in order.shipments] == ["received", "received", "waiting"], "seven days after it was sent"
    order = shop.sends(order, tracking_no="N1")
    assert order.state == "shipped"
    clock.passes(days=7)
    assert shop.path(shop.sees(order))[-3:] == ["shipped", "received", "completed"]
    receipts = [row.actor_kind for row in shop.history(order, "order") if row.move == "receive_shipment"]
    assert receipts == ["buyer", "clock"]


def test_each_clock_runs_by_itself_and_the_last_one_is_the_orders_own(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    order = shop.sees_money(mei.orders({"lamp": 1, "mat": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    clock.passes(days=3)
    order = shop.sends(order, tracking_no="S1")
    first, second = (row.confirm_at for row in shares(shop, order).shipments)
    assert (order.state, order.deadline("confirm")) == ("shipped", clock.now + timedelta(days=7))
    assert (moment(first), moment(second)) == (clock.now + timedelta(days=4), clock.now + timedelta(days=7))
    clock.passes(days=4)
    assert [row.state for row in shop.sees(order).shipments] == ["received", "shipped"]
    clock.passes(days=3)
    assert shop.sees(order).state == "completed"


def test_a_refund_stops_the_clocks_of_sub_shipments_and_they_run_on_with_what_was_left(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    order = shop.sees_money(mei.orders({"lamp": 2, "mat": 1, "urn": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    clock.passes(days=4)
    order = shop.refunds(order, {"urn": 1})
    clock.passes(days=5)
    assert shop.sees(order).shipments[0].state == "shipped", "the clock stands still"
    assert mei.is_refused(409).receives_shipment(shop.sees(order).shipments[0])
    shop.transfers_back(shop.sees(order))
    clock.passes(seconds=30)
    clock.passes(days=2, hours=23)
    assert shop.sees(order).shipments[0].state == "shipped"
    clock.passes(hours=1)
    assert shop.sees(order).shipments[0].state == "received"


def test_a_withdrawn_refund_lets_them_run_on_too(split_shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop = split_shop
    order = shop.sees_money(mei.orders({"lamp": 2, "mat": 1, "urn": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    clock.passes(days=6)
    order = shop.refunds(order, {"urn": 1})
    clock.passes(days=30)
    order = shop.withdraws_refund(shop.sees(order))
    assert moment(shares(shop, order).shipments[0].confirm_at) == clock.now + timedelta(days=1), "at once, by no sweep"
    assert [row.move for row in shop.history(order, "order")][-1] == "withdraw_refund"
    clock.passes(days=1, seconds=-1)
    assert shop.sees(order).shipments[0].state == "shipped"
    clock.passes(seconds=1)
    assert shop.sees(order).shipments[0].state == "received"


def test_a_sub_shipment_that_is_signed_for_counts_as_received_sooner_by_itself(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop, drivers = split_shop, Drivers(split_shop, clock)
    shop.sets(shorten_after_signed_hours=48)
    order = shop.sees_money(mei.orders({"lamp": 2, "mat": 1, "urn": 1}))
    east, south = shipment(order, shop, "east"), shipment(order, shop, "south")
    order = drivers.take(order, "OWN-E1", units={"lamp": 1}, shipment_id=east.id)
    order = drivers.take(order, "OWN-E2", shipment_id=east.id)
    order = drivers.take(order, "OWN-S1", shipment_id=south.id)
    clock.passes(days=1)
    drivers.tell("OWN-E1", "signed", drivers.point("Signed"))
    clock.settles()
    assert {moment(row.confirm_at) for row in shares(shop, order).shipments[:2]} == {clock.now + timedelta(days=6)}
    drivers.tell("OWN-E2", "signed", drivers.point("Signed"))
    clock.settles()
    confirm = {row.warehouse: row.confirm_at and moment(row.confirm_at) for row in shares(shop, order).shipments}
    assert confirm == {
        "east": clock.now + timedelta(hours=48),
        "south": clock.now + timedelta(days=6),
        "north-east": None,
    }
    clock.passes(hours=48)
    assert [row.state for row in shop.sees(order).shipments] == ["received", "shipped", "waiting"]


def test_what_is_virtual_counts_as_received_after_its_own_days(split_shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop = split_shop
    shop.sells("song", 900, stock=0, virtual=True)
    order = shop.sees_money(mei.orders({"lamp": 1, "song": 1}))
    song = next(row for row in order.shipments if row.warehouse_id is None)
    assert [row.delivery_method for row in order.shipments] == ["courier", "none"]
    order = shop.hands_over(order, shipment_id=song.id)
    clock.passes(days=2, seconds=-1)
    assert [row.state for row in shop.sees(order).shipments] == ["waiting", "shipped"]
    clock.passes(seconds=1)
    assert [row.state for row in shop.sees(order).shipments] == ["waiting", "received"]
    order = shop.sends(shop.sees(order), tracking_no="E1")
    clock.passes(days=7, seconds=-1)
    assert shop.sees(order).state == "shipped"
    clock.passes(seconds=1)
    assert shop.sees(order).state == "completed"


def test_a_part_refund_in_one_sub_shipment_leaves_the_others_alone_and_the_money_adds_up(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    order = shop.sees_money(mei.orders({"lamp": 2, "mat": 3, "urn": 1}))
    before = worth(shares(shop, order))
    order = shop.refunds(order, {"mat": 2})
    clock.settles()
    order = shop.transfers_back(order)
    told = shares(shop, order)
    assert told.given_back.goods == order.refunds[0].amount == 2 * MAT
    assert worth(told)["south"][0] == MAT
    assert {code: row[0] for code, row in worth(told).items() if code != "south"} == {
        code: row[0] for code, row in before.items() if code != "south"
    }
    for code in ("east", "south", "north-east"):
        order = shop.sends(order, tracking_no=code.upper(), shipment_id=shipment(order, shop, code).id)
    for row in order.shipments:
        order = mei.receives_shipment(row)
    assert (order.state, order.refund_axis) == ("completed", "part")


def test_a_sub_shipment_given_back_whole_is_cancelled_and_the_order_ends_with_the_others(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    order = shop.sees_money(mei.orders({"lamp": 1, "urn": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    order = mei.receives_shipment(shipment(order, shop, "east"))
    order = shop.refunds(order, {"urn": 1})
    clock.settles()
    order = shop.transfers_back(order)
    assert [row.state for row in order.shipments] == ["received", "cancelled"]
    assert shop.sees(order).state == "completed"
    told = shares(mei, order)
    assert (len(told.shipments), told.given_back.goods, told.shipments[0].freight) == (1, URN, FREIGHT)


def test_more_time_for_the_order_is_more_time_for_each_of_its_sub_shipments(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    order = shop.sees_money(mei.orders({"lamp": 1, "mat": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    clock.passes(days=3)
    order = mei.extends(shop.sends(order, tracking_no="S1"))
    clock.passes(days=6)
    assert [row.state for row in shop.sees(order).shipments] == ["shipped", "shipped"]


def test_without_the_plugin_the_shop_ships_as_before(split_shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop = split_shop
    shop.asks("POST", "plugins/split_shipping/disable", {})
    shop.stocks("tea", east=5)
    order = shop.sees_money(mei.orders({"tea": 3}))
    assert len(order.shipments) == 1
    shop.is_refused(404).asks("GET", f"split_shipping/orders/{order.number}")
    order = shop.sees_money(mei.orders({"lamp": 1, "mat": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=order.shipments[0].id)
    assert mei.is_refused(409).receives_shipment(order.shipments[0]).state == "awaiting_shipment"


def test_a_shop_may_confirm_orders_only_as_a_whole(split_shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop = split_shop
    shop.sets_plugin("split_shipping", confirm_each=False)
    order = shop.sees_money(mei.orders({"lamp": 1, "mat": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    clock.passes(days=20)
    assert shop.sees(order).shipments[0].state == "shipped"
    shop.sends(shop.sees(order), tracking_no="S1")
    clock.passes(days=7)
    assert shop.sees(order).state == "completed"


def test_a_clock_that_rang_while_the_plugin_was_off_is_heard_when_it_is_on_again(
    split_shop: Shop, mei: BuyerActor, clock: Clock, app: Flask
) -> None:
    shop = split_shop
    order = shop.sees_money(mei.orders({"lamp": 1, "mat": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    shop.asks("POST", "plugins/split_shipping/disable", {})
    clock.passes(days=8)
    assert shop.sees(order).shipments[0].state == "shipped"
    shop.turns_on("split_shipping")
    with app.app_context():
        arming.arm_periodic({})
    clock.passes(minutes=10)
    assert [row.state for row in shop.sees(order).shipments] == ["received", "waiting"]
