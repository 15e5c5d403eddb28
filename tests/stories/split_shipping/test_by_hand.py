"""Staff change what is not sent yet: another warehouse, one parcel for two, two for one; the stock goes along."""

import pytest

from tests.conftest import Clock
from tests.plugins.split_shipping.map import LAMP, MAT, rearranges, sent_from, shares, shelf, shipment, worth
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_another_warehouse_sends_it_and_the_stock_goes_along(split_shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop = split_shop
    shop.stocks("lamp", south=4)
    order = shop.sees_money(mei.orders({"lamp": 3, "urn": 1}))
    assert (shelf(shop, "lamp", "east"), shelf(shop, "lamp", "south")) == ((7, 0), (4, 0))
    told = rearranges(shop, shipment(order, shop, "east"), "reallocate", warehouse="south", remark="flood")
    assert worth(told)["south"][0] == 3 * LAMP
    assert (shelf(shop, "lamp", "east"), shelf(shop, "lamp", "south")) == ((10, 0), (1, 0))
    order = shop.sees(order)
    assert sent_from(order, shop) == {"south": {"lamp": 3}, "north-east": {"urn": 1}}
    rows = [row for row in shop.history(order) if row.move in ("reallocate", "rearrange")]
    assert sorted((row.subject_kind, row.actor_kind) for row in rows) == [("order", "staff"), ("shipment", "staff")]
    assert [row.remark for row in rows if row.subject_kind == "order"] == ["flood"]
    order = shop.sends(order, tracking_no="S1", shipment_id=shipment(order, shop, "south").id)
    shop.sends(order, tracking_no="N1")
    assert mei.receives(shop.sees(order)).state == "completed"


def test_some_units_may_go_to_another_warehouse_and_come_back_as_one(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    shop.stocks("lamp", south=4)
    order = shop.sees_money(mei.orders({"lamp": 3}))
    line = order.line("lamp").id
    some = [{"line_id": line, "quantity": 1}]
    told = rearranges(shop, order.shipments[0], "reallocate", warehouse="south", lines=some)
    assert worth(told) == {"east": (2 * LAMP, 667), "south": (LAMP, 333)}
    order = shop.sees(order)
    assert sent_from(order, shop) == {"east": {"lamp": 2}, "south": {"lamp": 1}}
    assert (shelf(shop, "lamp", "east"), shelf(shop, "lamp", "south")) == ((8, 0), (3, 0))
    ids = [row.id for row in order.shipments]
    told = shop.asks("POST", f"split_shipping/orders/{order.number}/merge", {"shipment_ids": ids, "warehouse": "south"})
    assert worth(told) == {"south": (3 * LAMP, 1000)}
    order = shop.sees(order)
    assert [row.state for row in order.shipments] == ["waiting", "cancelled"]
    assert (shelf(shop, "lamp", "east"), shelf(shop, "lamp", "south")) == ((10, 0), (1, 0))
    order = shop.sends(order, tracking_no="S1")
    assert (order.state, mei.receives_shipment(order.shipments[0]).state) == ("shipped", "completed")


def test_a_sub_shipment_is_split_by_product_and_each_part_goes_its_own_way(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    shop.stocks("mat", east=5)
    order = shop.sees_money(mei.orders({"lamp": 1, "mat": 2}))
    assert sent_from(order, shop) == {"east": {"lamp": 1, "mat": 2}}
    mats = [{"line_id": order.line("mat").id, "quantity": 2}]
    told = rearranges(shop, order.shipments[0], "split", lines=mats)
    assert [(row.number, row.goods) for row in told.shipments] == [
        (f"{order.number}-1", LAMP),
        (f"{order.number}-2", 2 * MAT),
    ]
    order = shop.sends(shop.sees(order), tracking_no="E2", shipment_id=told.shipments[1].id)
    order = mei.receives_shipment(order.shipments[1])
    assert [row.state for row in order.shipments] == ["waiting", "received"]
    order = shop.refunds(order, {"lamp": 1})
    clock.settles()
    shop.transfers_back(order)
    assert (shop.sees(order).state, shelf(shop, "lamp", "east")) == ("completed", (10, 0))


def test_what_was_reallocated_goes_back_to_the_shelf_it_would_have_left(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    shop.stocks("lamp", south=4)
    order = shop.sees_money(mei.orders({"lamp": 3}))
    rearranges(shop, order.shipments[0], "reallocate", warehouse="south")
    order = shop.refunds(order)
    clock.settles()
    shop.transfers_back(order)
    assert shop.sees(order).state == "refunded"
    assert (shelf(shop, "lamp", "east"), shelf(shop, "lamp", "south")) == ((10, 0), (4, 0))


def test_what_cannot_be_rearranged_is_refused_and_nothing_moves(
    split_shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop = split_shop
    shop.stocks("lamp", south=2)
    order = shop.sees_money(mei.orders({"lamp": 3, "urn": 1}))
    lamps, urns = shipment(order, shop, "east"), shipment(order, shop, "north-east")
    no, wrong = shop.is_refused(409), shop.is_refused(422)
    short = rearranges(no, lamps, "reallocate", warehouse="south")
    assert (short.code, "2 of lamp are free there, 3 are wanted" in short.detail) == ("out_of_stock", True)
    assert rearranges(no, lamps, "reallocate", warehouse="east").code == "unchanged"
    shop.is_refused(404).asks("POST", f"split_shipping/shipments/{lamps.id}/reallocate", {"warehouse": "west"})
    line = {"line_id": order.line("lamp").id, "quantity": 3}
    assert rearranges(wrong, lamps, "split", lines=[line]).errors[0].code == "nothing_left_behind"
    assert rearranges(wrong, lamps, "split", lines=[line | {"quantity": 4}]).errors[0].code == "too_many"
    assert rearranges(wrong, urns, "split", lines=[line]).errors[0].code == "too_many"
    assert rearranges(wrong, lamps, "split", lines=[line, line]).errors[0].code == "line_twice"
    merge = f"split_shipping/orders/{order.number}/merge"
    twice = {"shipment_ids": [lamps.id, lamps.id], "warehouse": "east"}
    assert wrong.asks("POST", merge, twice).errors[0].code == "too_few"
    both = {"shipment_ids": [lamps.id, urns.id], "warehouse": "east"}
    assert no.asks("POST", merge, both).code == "out_of_stock"
    etag = shop.api.get("warehouses/south").etag
    shop.api.patch("warehouses/south", {"enabled": False}, etag)
    assert rearranges(no, lamps, "reallocate", warehouse="south").code == "warehouse_closed"
    shop.sends(order, {"lamp": 1}, "E1", shipment_id=lamps.id)
    assert rearranges(no, lamps, "split", lines=[line | {"quantity": 1}]).code == "not_waiting"
    assert sent_from(shop.sees(order), shop) == {"east": {"lamp": 3}, "north-east": {"urn": 1}}
    clerk = shop.employs("clerk")
    rearranges(clerk.is_refused(403), urns, "reallocate", warehouse="north")


def test_another_buyers_order_shows_nobody_its_sub_shipments(split_shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"lamp": 1})
    split_shop.buyer("Wang").is_refused(404).asks("GET", f"split_shipping/orders/{order.number}")
    assert shares(mei, order).shipments[0].warehouse == "east"
