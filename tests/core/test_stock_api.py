"""Warehouses and stock over the admin API."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from core.db import add, db
from core.models import Stock, Store
from tests.core.market import TEA, Caller, Market, codes, open_market

NORTH = {"code": "north", "name": "North", "regions": ["11", "12"], "latitude": 39.9, "longitude": 116}


@pytest.fixture
def market(app: Flask) -> Iterator[Market]:
    yield open_market(app)


@pytest.fixture
def staff(market: Market) -> Caller:
    caller = market.staff()
    caller.post("/products", TEA)
    caller.post("/warehouses", NORTH)
    return caller


def promise(market: Market, units: int) -> None:
    """Let buyers hold *units* of the one stock row."""
    with market.inside():
        db.session().execute(update(Stock).where(Stock.merchant_id == 1).values(reserved=units))


@pytest.mark.both_databases
def test_a_warehouse_is_opened_changed_and_closed(market: Market, staff: Caller) -> None:
    with market.inside():
        add(Store(merchant_id=1, code="harbour", name="Harbour"))
    assert staff.get("/warehouses/north")["latitude"] == 39.9
    assert staff("PATCH", "/warehouses/north", {"name": "N"}).status_code == 428
    changed = staff.edit("/warehouses/north", {"store": "harbour", "enabled": False, "latitude": None})
    assert (changed["store"], changed["enabled"], changed["latitude"], changed["version"]) == (
        "harbour",
        False,
        None,
        1,
    )
    assert staff.get("/warehouses")["data"] == [changed]
    assert staff.edit("/warehouses/north", {"store": None})["store"] is None
    address = {"name": "Mei", "phone": "+86 138 0000 0000", "address": "Road 1"}
    assert staff.edit("/warehouses/north", {"return_address": address})["return_address"]["phone"] == "+8613800000000"


@pytest.mark.parametrize(
    ("change", "status", "wrong"),
    [
        ({"code": "north"}, 409, "/code code_taken"),
        ({"code": "a", "store": "gone"}, 422, "/store unknown_store"),
        ({"code": "a", "latitude": 91}, 422, "/latitude out_of_range"),
        ({"code": "a", "latitude": "12"}, 422, "/latitude wrong_type"),
        ({"code": "a", "latitude": True}, 422, "/latitude wrong_type"),
        ({"code": "a", "regions": ["!"]}, 422, "/regions/0 bad_region"),
        ({"code": "a", "return_address": {"name": "Mei"}}, 422, "/return_address/phone required"),
    ],
)
def test_a_wrong_warehouse_is_refused(staff: Caller, change: dict[str, Any], status: int, wrong: str) -> None:
    assert wrong in codes(staff.post("/warehouses", {**NORTH, **change}, status))
    assert len(staff.get("/warehouses")["data"]) == 1


@pytest.mark.both_databases
def test_goods_come_go_and_are_counted(staff: Caller) -> None:
    def book(**change: int) -> tuple[int, int]:
        said = staff.post("/stock/changes", {"warehouse": "north", "sku": "tea-50", **change}, 200)
        return said["on_hand"], said["available"]

    assert book(delta=10) == (10, 10)
    assert book(delta=-4) == (6, 6)
    assert book(on_hand=20) == (20, 20)
    assert book(on_hand=0) == (0, 0)
    [row] = staff.get("/stock")["data"]
    assert row == {"warehouse": "north", "sku": "tea-50", "on_hand": 0, "reserved": 0, "available": 0}


@pytest.mark.both_databases
def test_promised_units_cannot_be_taken_out(market: Market, staff: Caller) -> None:
    staff.post("/stock/changes", {"warehouse": "north", "sku": "tea-50", "delta": 10}, 200)
    promise(market, 4)
    refused = staff.post("/stock/changes", {"warehouse": "north", "sku": "tea-50", "delta": -7}, 422)
    assert codes(refused) == ["/delta below_reserved"] and "6" in refused["detail"]
    assert codes(staff.post("/stock/changes", {"warehouse": "north", "sku": "tea-50", "on_hand": 3}, 422)) == [
        "/on_hand below_reserved"
    ]
    assert staff.get("/stock")["data"][0]["on_hand"] == 10
    assert staff.post("/stock/changes", {"warehouse": "north", "sku": "tea-50", "delta": -6}, 200)["available"] == 0


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"warehouse": "gone", "delta": 1}, "/warehouse unknown_warehouse"),
        ({"sku": "gone", "delta": 1}, "/sku unknown_sku"),
        ({"sku": "card", "delta": 1}, "/sku virtual_variant"),
        ({}, "/delta one_of_two"),
        ({"delta": 1, "on_hand": 1}, "/delta one_of_two"),
        ({"delta": 1_000_001}, "/delta out_of_range"),
        ({"delta": "1"}, "/delta wrong_type"),
        ({"delta": -1}, "/delta below_reserved"),
        ({"on_hand": -1}, "/on_hand out_of_range"),
    ],
)
def test_a_wrong_change_is_refused(staff: Caller, change: dict[str, Any], wrong: str) -> None:
    staff.post("/products/tea/variants", {"sku": "card", "price": 1, "virtual": True})
    assert wrong in codes(staff.post("/stock/changes", {"warehouse": "north", "sku": "tea-50", **change}, 422))
    assert staff.get("/stock")["data"] == []


@pytest.mark.both_databases
def test_a_shelf_has_an_end(staff: Caller) -> None:
    full = {"warehouse": "north", "sku": "tea-50"}
    staff.post("/stock/changes", {**full, "on_hand": 1_000_000_000}, 200)
    assert codes(staff.post("/stock/changes", {**full, "delta": 1}, 422)) == ["/delta out_of_range"]
    assert staff.get("/stock")["data"][0]["on_hand"] == 1_000_000_000


@pytest.mark.both_databases
def test_stock_is_filtered_and_paged_with_the_same_number_of_statements(market: Market, staff: Caller) -> None:
    staff.post("/warehouses", {"code": "south", "name": "South"})
    for place in ("north", "south"):
        for sku in ("tea-50", "tea-100"):
            staff.post("/stock/changes", {"warehouse": place, "sku": sku, "delta": 1}, 200)
    assert len(staff.get("/stock?warehouse=south")["data"]) == 2
    assert [row["warehouse"] for row in staff.get("/stock?sku=tea-50&warehouse=north")["data"]] == ["north"]
    assert staff("GET", "/stock?warehouse=gone").status_code == 404
    counts = []
    for limit in (1, 4):
        with market.counting() as statements:
            assert len(staff.get(f"/stock?limit={limit}")["data"]) == limit
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_same_change_sent_twice_is_booked_once(staff: Caller) -> None:
    change = {"warehouse": "north", "sku": "tea-50", "delta": 5}
    first = staff("POST", "/stock/changes", change, Idempotency_Key="delivery-1")
    again = staff("POST", "/stock/changes", change, Idempotency_Key="delivery-1")
    assert first.get_json() == again.get_json() and again.headers["Idempotent-Replayed"] == "true"
    assert staff.get("/stock")["data"][0]["on_hand"] == 5


def test_permissions_and_walls(market: Market, staff: Caller) -> None:
    reader = market.staff(scopes=("stock.read",))
    change = {"warehouse": "north", "sku": "tea-50", "delta": 1}
    assert reader("POST", "/stock/changes", change).status_code == 403
    assert market.staff(scopes=("catalog.read",))("GET", "/warehouses").status_code == 403
    west = market.staff("west")
    assert west("GET", "/warehouses/north").status_code == 404
    assert west("POST", "/stock/changes", change).status_code == 422
    assert west.get("/stock")["data"] == []


@pytest.mark.on_postgres
def test_first_deliveries_at_the_same_moment_all_count(market: Market, staff: Caller) -> None:
    def deliver(_: int) -> int:
        return staff("POST", "/stock/changes", {"warehouse": "north", "sku": "tea-50", "delta": 1}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(deliver, range(24))) == {200}
    assert staff.get("/stock")["data"][0]["on_hand"] == 24
