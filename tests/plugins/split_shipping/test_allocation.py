"""Which warehouse sends what, over HTTP: region, fewest parcels, distance, row, stock; and lines stay whole."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from plugins.split_shipping.placing import centre_of, metres
from tests.plugins.split_shipping.map import LAMP, MAT, shares, shelf
from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop
from tests.walls import Counted

CANTON, PEKING = {**RECEIVER, "region": "440100"}, {**RECEIVER, "region": "110000"}


def sends(buyer: BuyerActor, order: Told) -> dict[str, dict[str, int]]:
    """Warehouse -> sku -> units of what is planned."""
    told = shares(buyer, order)
    return {row.warehouse: {line.sku: line.quantity for line in row.lines} for row in told.shipments}


def test_the_warehouse_of_the_region_sends_whatever_the_others_have(shop: Shop, mei: BuyerActor) -> None:
    shop.stocks("lamp", south=50)
    assert sends(mei, mei.orders({"lamp": 2})) == {"east": {"lamp": 2}}
    assert sends(mei, mei.orders({"lamp": 2}, to=CANTON)) == {"south": {"lamp": 2}}


def test_one_parcel_is_better_than_two_as_long_as_the_region_is_served(shop: Shop, mei: BuyerActor) -> None:
    shop.opens_warehouse("shanghai")
    shop.stocks("lamp", shanghai=5)
    shop.stocks("mat", shanghai=5)
    assert sends(mei, mei.orders({"lamp": 1, "mat": 1})) == {"shanghai": {"lamp": 1, "mat": 1}}
    shop.stocks("mat", east=5)
    assert set(sends(mei, mei.orders({"lamp": 1, "mat": 1}))) == {"east"}, "the first in the row"


def test_a_line_stays_whole_wherever_a_warehouse_holds_it_whole(shop: Shop, mei: BuyerActor) -> None:
    shop.stocks("lamp", south=12)
    assert sends(mei, mei.orders({"lamp": 12})) == {"south": {"lamp": 12}}
    assert shelf(shop, "lamp", "south") == (12, 12)


@pytest.mark.both_databases
def test_a_line_nobody_holds_whole_is_split_and_no_unit_is_lost(shop: Shop, mei: BuyerActor) -> None:
    shop.stocks("lamp", **{"south": 4, "north-east": 8})
    order = mei.orders({"lamp": 18, "mat": 1})
    assert sends(mei, order) == {"east": {"lamp": 10}, "south": {"mat": 1}, "north-east": {"lamp": 8}}
    assert sum(shelf(shop, "lamp", code)[1] for code in ("east", "south", "north-east")) == 18
    refused = mei.is_refused(409).orders({"lamp": 5}, expecting=5 * LAMP + 1000)
    assert (refused.code, refused.errors[0].pointer) == ("out_of_stock", "/lines/0/quantity")
    order = shop.sees_money(order)
    assert sum(line.quantity for row in order.shipments for line in row.lines) == 19


def test_a_shop_that_splits_no_line_refuses_what_no_warehouse_holds_whole(shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin("split_shipping", split_lines=False)
    shop.stocks("lamp", south=4)
    refused = mei.is_refused(409).orders({"mat": 1, "lamp": 12}, expecting=MAT + 12 * LAMP + 1000)
    assert (refused.code, refused.errors[0].pointer) == ("out_of_stock", "/lines/1/quantity")
    assert "the fullest has 10" in refused.errors[0].message
    assert sends(mei, mei.orders({"mat": 1, "lamp": 10})) == {"east": {"lamp": 10}, "south": {"mat": 1}}


def test_among_equals_the_nearest_to_the_middle_of_the_region_sends(shop: Shop, mei: BuyerActor) -> None:
    shop.stocks("urn", east=5, south=5)
    wuhan = {**RECEIVER, "region": "420100"}
    assert set(sends(mei, mei.orders({"urn": 1}, to=wuhan))) == {"east"}, "first in the row"
    centres = [
        {"prefix": "42", "latitude": 30.6, "longitude": 114.3},
        {"prefix": "4201", "latitude": 24, "longitude": 113},
    ]
    shop.sets_plugin("split_shipping", region_centres=centres[:1])
    assert set(sends(mei, mei.orders({"urn": 1}, to=wuhan))) == {"east"}
    shop.sets_plugin("split_shipping", region_centres=centres)
    assert set(sends(mei, mei.orders({"urn": 1}, to=wuhan))) == {"south"}
    shop.stocks("urn", north=5)
    etag = shop.api.get("warehouses/north").etag
    shop.api.patch("warehouses/north", {"regions": ["15"]}, etag)
    assert set(sends(mei, mei.orders({"urn": 1}, to=wuhan))) == {"south"}, "the north has no place on the map"


def test_the_middle_of_a_region_is_that_of_the_longest_prefix_and_metres_are_metres() -> None:
    centres = [
        {"prefix": "31", "latitude": 31.2, "longitude": 121.5},
        {"prefix": "3101", "latitude": 31, "longitude": 121},
    ]
    assert centre_of(centres, "310115") == (31, 121)
    assert centre_of(centres, "320000") is None
    assert metres((31.2, 121.5), (31.2, 121.5)) == 0
    assert abs(metres((31.2304, 121.4737), (39.9042, 116.4074)) - 1_067_000) < 5_000, "Shanghai to Peking"
    assert abs(metres((0, 0), (0, 180)) - 20_015_000) < 1_000


def test_the_same_goods_named_twice_are_two_lines_and_both_stay_whole(shop: Shop, mei: BuyerActor) -> None:
    shop.stocks("lamp", south=7)
    body = mei.wishes({"lamp": 7})
    body["lines"] = [{"variant_id": shop.variants["lamp"], "quantity": many} for many in (7, 10)]
    order = mei.asks("POST", "orders", body | {"expected_total": 17 * LAMP + 1000})
    told = shares(mei, order)
    assert {row.warehouse: [line.quantity for line in row.lines] for row in told.shipments} == {
        "south": [7],
        "east": [10],
    }


def test_placing_costs_no_more_statements_than_without_however_many_warehouses_send(
    shop: Shop, mei: BuyerActor, count_statements: Callable[[], AbstractContextManager[Counted]]
) -> None:
    def placing(units: dict[str, int]) -> Counted:
        total = mei.is_quoted(units).payable
        with count_statements() as counted:
            mei.orders(units, expecting=total)
        return counted

    placing({"lamp": 1})
    one, three = placing({"lamp": 1}), placing({"lamp": 1, "mat": 1, "urn": 1})
    shop.asks("POST", "plugins/split_shipping/disable", {})
    placing({"lamp": 1})
    plain = placing({"lamp": 1})
    assert len(one) == len(plain)
    assert len(three) == len(one) + 2, "one more shelf to take from for each more variant"
