"""Filters that every shop has, those it saves, and their tables: whole, streamed, and nothing in them runs."""

import csv
import io
from uuid import UUID

import pytest

from core.db import transaction
from core.services import cases
from plugins.bulk_orders import export
from tests.conftest import Clock
from tests.plugins.bulk_orders.desk import Desk
from tests.vocabulary import BuyerActor, Shop


def found(desk: Desk, code: str) -> set[str]:
    """The numbers of the orders that pass a filter."""
    return {row["number"] for row in desk.api.everything(f"bulk_orders/filters/{code}/orders")}


def table(desk: Desk, path: str) -> list[dict[str, str]]:
    """A table that was downloaded."""
    text = desk.api.get(f"bulk_orders/{path}").body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_orders_that_wait_three_days_and_those_at_risk_are_found(
    desk: Desk, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    old, sent, flagged = desk.paid_orders(mei, 3)
    shop.sends(sent)
    clock.passes(days=2, hours=23)
    (young,) = desk.paid_orders(mei, 1)
    with shop.merchant.inside(), transaction():
        cases.open_case("odd", "Look at it.", thing_kind="order", order_id=UUID(flagged.id))
    assert found(desk, "awaiting-shipment") == set() and found(desk, "high-risk") == {flagged.number}
    clock.passes(hours=1)
    assert found(desk, "awaiting-shipment") == {old.number, flagged.number}
    shop.sets(risk_hold_amount=1)
    held = shop.sees_money(mei.orders({"tea": 1}))
    assert held.state == "paid" and held.risk_hold
    assert found(desk, "high-risk") == {old.number, flagged.number, held.number}
    shop.sends(flagged)
    assert found(desk, "high-risk") == {old.number, flagged.number, held.number}, "a case is a risk whatever comes"
    assert young.number not in found(desk, "high-risk")
    shop.sets_plugin("bulk_orders", waiting_days=4)
    assert found(desk, "awaiting-shipment") == set()


def test_a_shop_saves_filters_of_its_own(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    first, second = desk.paid_orders(mei, 2)
    shop.sends(second)
    body = {"code": "to-send", "title": {"en": "To send", "zh": "待发"}, "terms": {"state": "awaiting_shipment"}}
    assert desk.api.post("bulk_orders/filters", body)["ready_made"] is False
    assert found(desk, "to-send") == {first.number}
    moments = {"paid_from": "2026-03-02T02:00:00Z", "paid_until": "2026-03-02T02:00:01Z", "risk_held": False}
    desk.api.post("bulk_orders/filters", body | {"terms": {"state": "shipped", **moments}})
    assert found(desk, "to-send") == {second.number}, "said anew"
    listed = {row["code"]: row["terms"] for row in desk.api.get("bulk_orders/filters")["data"]}
    assert listed["to-send"] == {"state": "shipped", **moments}
    assert listed["awaiting-shipment"] == {"waiting_days": 3} and listed["high-risk"] == {"high_risk_days": 3}
    desk.api.delete("bulk_orders/filters/to-send")
    desk.api.refused(404, "GET", "bulk_orders/filters/to-send/orders")
    desk.api.refused(404, "DELETE", "bulk_orders/filters/high-risk")
    desk.api.refused(409, "POST", "bulk_orders/filters", body | {"code": "high-risk"})
    desk.api.refused(422, "POST", "bulk_orders/filters", body | {"terms": {}})
    said = desk.api.refused(422, "POST", "bulk_orders/filters", body | {"terms": {"store": "nowhere"}})
    assert said["errors"][0]["pointer"] == "/terms/store"


def test_a_table_with_numbers_filled_in_is_a_file_to_import(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    first, second = desk.paid_orders(mei, 2, {"tea": 2, "pot": 1})
    text = desk.api.get("bulk_orders/filters/awaiting-shipment/orders.csv").body.decode()
    assert text.startswith("\ufefforder_no,sub_shipment_no,carrier,tracking_no,state"), "Excel opens it in Chinese"
    desk.api.post(
        "bulk_orders/filters", {"code": "all", "title": {"en": "All"}, "terms": {"state": "awaiting_shipment"}}
    )
    rows = table(desk, "filters/all/orders.csv")
    assert [(row["order_no"], row["items"], row["payable"]) for row in rows] == [
        (one.number, "tea x2; pot x1", "108.00") for one in (first, second)
    ]
    rows[0] |= {"carrier": "SF", "tracking_no": "SF1"}
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    batch = desk.uploads_bytes(sheet.getvalue().encode("gbk"))
    assert desk.results(batch) == [("ready", None), ("skipped", "not_filled_in")]
    desk.commits(batch)
    assert shop.sees(first).state == "shipped" and shop.sees(second).state == "awaiting_shipment"
    assert [row["parcels"] for row in table(desk, "orders.csv?state=shipped")] == ["SF SF1"]


def test_nothing_in_a_table_runs_as_a_formula(desk: Desk, mei: BuyerActor) -> None:
    evil = '=HYPERLINK("http://evil.example")'
    to = {"name": "@SUM(1)", "phone": "+8613800000000", "region": "310000", "address": "-1+1"}
    mei.orders({"tea": 1}, note=evil, to=to)
    (row,) = table(desk, "orders.csv")
    assert [row[name] for name in ("note", "receiver", "phone", "address")] == [
        f"'{evil}",
        "'@SUM(1)",
        "'+8613800000000",
        "'-1+1",
    ]
    batch = desk.uploads(f'SO1,,SF,SF1,,,,"{evil.replace(chr(34), chr(34) * 2)}"', "=1+1,,SF,SF2,,,,")
    rows = table(desk, f"imports/{batch['id']}/rows.csv")
    assert [row["order_no"] for row in rows] == ["SO1", "'=1+1"] and rows[0]["remark"] == f"'{evil}"


def test_a_long_table_is_read_piece_by_piece(desk: Desk, mei: BuyerActor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PIECE", 2)
    numbers = [one.number for one in desk.paid_orders(mei, 5)]
    assert [row["order_no"] for row in table(desk, "orders.csv")] == numbers
    batch = desk.uploads(*(f"{number},,SF,SF{n},,,," for n, number in enumerate(numbers)))
    assert [row["line"] for row in table(desk, f"imports/{batch['id']}/rows.csv")] == [str(n) for n in range(2, 7)]


def test_a_table_of_a_store_that_is_not_there_is_refused(desk: Desk) -> None:
    desk.api.refused(422, "GET", "bulk_orders/orders.csv?store=nowhere")
    assert table(desk, "orders.csv?state=closed") == []
