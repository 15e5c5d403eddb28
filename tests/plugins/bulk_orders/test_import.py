"""A file of shipments: looked into, committed, sent; the same file or row twice sends once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from core.db import transaction
from core.services import plugin_settings
from plugins.bulk_orders import doing, jobs
from tests.actors import Merchant
from tests.plugins.bulk_orders.desk import Desk
from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop
from tests.walls import Counted


def numbers_of(order: Told) -> list[tuple[str, str]]:
    """Company and number of all parcels of an order."""
    return [(one.carrier, one.tracking_no) for shipment in order.shipments for one in shipment.parcels]


def test_a_file_is_looked_into_first_and_sent_when_it_is_committed(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    first, second = desk.paid_orders(mei, 2)
    rows = (f"{first.number},,SF,SF1001,,,,fragile", f"{second.number},,ZTO,776001,tea,1,,", "SO1,,SF,SF9,,,,")
    batch = desk.uploads(*rows)
    assert batch["status"] == "preview" and batch["progress"] == {"done": 1, "total": 3}
    assert desk.results(batch) == [("ready", None), ("ready", None), ("wrong", "not_found")]
    assert shop.sees(first).state == "awaiting_shipment", "nothing is sent yet"
    done = desk.commits(batch)
    assert done["status"] == "done" and done["counts"]["done"] == 2 and done["progress"]["done"] == 3
    assert numbers_of(shop.sees(first)) == [("SF", "SF1001")] and numbers_of(shop.sees(second)) == [("ZTO", "776001")]
    (move,) = (row for row in shop.history(first, "order") if row.move == "ship")
    assert (move.actor_kind, move.actor_name, move.source) == ("staff", batch["actor_name"], "import")
    assert (move.remark, move.request_id) == ("fragile", f"bulk_orders-{batch['id']}")
    texts = [row["texts"]["zh"] for row in shop.lists("messages")]
    assert "批量任务（ship）完成：共 3 行，成功 2，失败 1" in texts, texts


def test_one_order_over_several_rows_is_several_parcels_and_one_parcel_several_articles(
    desk: Desk, shop: Shop, mei: BuyerActor
) -> None:
    (order,) = desk.paid_orders(mei, 1, {"tea": 3, "pot": 1})
    n = order.number
    batch = desk.uploads(f"{n},,SF,SF1,tea,2,,", f"{n},,SF,SF2,tea,1,,", f"{n},,SF,SF2,pot,1,,", f"{n},,SF,SF3,tea,1,,")
    assert desk.results(batch) == [*[("ready", None)] * 3, ("wrong", "too_many")], "the file counts its own rows too"
    desk.commits(batch)
    sent = shop.sees(order)
    assert sent.state == "shipped" and numbers_of(sent) == [("SF", "SF1"), ("SF", "SF2")]
    contents = [sorted(parcel["contents"].values()) for parcel in sent.told["shipments"][0]["parcels"]]
    assert contents == [[2], [1, 1]]
    assert len({row.parcel_id for row in desk.rows(batch, result="done")}) == 2


def test_the_same_file_twice_and_the_same_row_twice_send_once(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    first, second = desk.paid_orders(mei, 2, {"tea": 2})
    row = f"{first.number},,SF,SF1,tea,1,,"
    rows = (row, row, f"{second.number},,SF,SF2,,,,")
    early, late = desk.uploads(*rows), desk.uploads(*rows)
    assert desk.results(early) == [("ready", None), ("skipped", "row_twice"), ("ready", None)]
    desk.commits(early)
    # it was looked into before the other was committed: when its turn comes, it is there already
    assert desk.commits(late)["counts"] == dict.fromkeys(("ready", "wrong", "done", "failed", "dropped"), 0) | {
        "skipped": 3
    }
    again = desk.uploads(*rows)
    assert again["same_file_as"] == late["id"]
    assert [code for _, code in desk.results(again)] == ["sent_before", "row_twice", "sent_before"]
    desk.commits(again)
    assert numbers_of(shop.sees(first)) == [("SF", "SF1")] and numbers_of(shop.sees(second)) == [("SF", "SF2")]
    (other,) = desk.rows(desk.uploads(f"{first.number},,SF,SF1,tea,2,,"))
    assert other.code == "number_taken", "the number is there, but with other articles"


def test_a_batch_is_committed_once_and_cancelled_while_something_is_left(desk: Desk, mei: BuyerActor) -> None:
    (order,) = desk.paid_orders(mei, 1)
    batch = desk.uploads(f"{order.number},,SF,SF1,,,,")
    path = f"bulk_orders/imports/{batch['id']}"
    dropped = desk.api.post(f"{path}/cancel").body
    assert dropped["status"] == "cancelled" and dropped["counts"]["dropped"] == 1
    desk.api.refused(409, "POST", f"{path}/commit", {})
    again = desk.uploads(f"{order.number},,SF,SF1,,,,")
    assert desk.commits(again)["counts"]["done"] == 1
    assert desk.commits(again)["counts"]["done"] == 1, "committed again, nothing changes"
    desk.api.refused(409, "POST", f"bulk_orders/imports/{again['id']}/cancel", {})


def test_what_changes_between_preview_and_commit_fails_alone(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    orders = desk.paid_orders(mei, 3)
    batch = desk.uploads(*(f"{order.number},,SF,SF{n},,,," for n, order in enumerate(orders)))
    shop.refunds(orders[1])
    done = desk.commits(batch)
    assert (done["counts"]["done"], done["counts"]["failed"]) == (2, 1)
    (failed,) = desk.rows(batch, result="failed")
    assert failed["line"] == 3 and failed.code == "not_awaiting"
    mended = desk.api.get(f"bulk_orders/imports/{batch['id']}/rows.csv").body.decode("utf-8-sig")
    assert mended.splitlines()[2].startswith("3,failed,not_awaiting,order,")
    again = desk.uploads_bytes(mended.encode())
    assert [code for _, code in desk.results(again)] == ["sent_before", "not_awaiting", "sent_before"]


def test_staff_of_one_store_send_nothing_of_another(
    desk: Desk, shop: Shop, mei: BuyerActor, merchant: Merchant
) -> None:
    stores = {code: shop.api.post("stores", {"code": code, "name": code}).body["id"] for code in ("east", "west")}
    east, west = (shop.sees_money(mei.orders({"tea": 1}, store=code)) for code in stores)
    hers = Desk(shop, desk.clock)
    hers.api = merchant.staff("warehouse", stores=[stores["east"]])
    batch = hers.uploads(f"{east.number},,SF,SF1,,,,", f"{west.number},,SF,SF2,,,,")
    assert [code for _, code in hers.results(batch)] == [None, "not_found"]
    everybody = desk.uploads(f"{west.number},,SF,SF2,,,,")
    hers.commits(everybody)
    assert desk.results(everybody) == [("failed", "not_found")], "who commits counts, not who uploads"


def test_a_name_of_a_company_is_as_good_as_its_code(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    told = {"SF": "顺丰速运", "YTO": "圆通速递", "YTOGJ": "圆通国际", "A1": "Post", "A2": "post"}
    shop.turns_on("manual_tracking", carriers=told)
    shop.sets_plugin("bulk_orders", carrier_names={"圆通": "YTO"})
    orders = desk.paid_orders(mei, 6)
    names = ["顺丰速运", " sf ", "圆通", "顺丰", "Post", "DHL"]
    batch = desk.uploads(
        *(f"{order.number},,{name},N{n},,,," for n, (order, name) in enumerate(zip(orders, names, strict=True)))
    )
    rows = desk.rows(batch)
    assert [row.code for row in rows] == [None, None, None, "unknown_carrier", "ambiguous_carrier", "unknown_carrier"]
    assert rows[3].message == "No courier company of this shop is called '顺丰'. Is it SF?"
    desk.commits(batch)
    assert [numbers_of(shop.sees(order)) for order in orders[:3]] == [[("SF", "N0")], [("SF", "N1")], [("YTO", "N2")]]


def test_a_moment_of_sending_is_kept_with_the_parcel(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    orders = desk.paid_orders(mei, 4)
    moments = ("2026/3/2 9:30", "2026年3月2日", "46083.4", "2026-03-02 10:01")
    rows = (
        f"{order.number},,SF,SF{n},,,{moment}," for n, (order, moment) in enumerate(zip(orders, moments, strict=True))
    )
    batch = desk.uploads(*rows)
    assert [code for _, code in desk.results(batch)] == [None, None, "bad_moment", "bad_moment"]
    desk.commits(batch)
    parcel = shop.sees(orders[0]).told["shipments"][0]["parcels"][0]
    assert parcel["sent_at"] == "2026-03-02T01:30:00Z", "the shop's own zone is Shanghai's"


def test_noughts_that_a_spreadsheet_took_are_recognised(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    shop.sells("0077", 100, stock=10)
    # switched on without asking its provider, who is not there
    with shop.merchant.inside(), transaction():
        plugin_settings.enable("kdniao_logistics", plugin_settings.question("kdniao_logistics").version)
    n = shop.sees_money(mei.orders({"0077": 1, "tea": 5})).number
    rows = [f"{n},,SF,{10**11 + many},tea,1,," for many in range(3)]
    rows += [f"{n},,SF,SF1000000009,77,1,,", f"{n},,EMS,123456789012,tea,1,,", f"{n},,SF,{10**9 + 1},tea,1,,"]
    batch = desk.uploads(*rows)
    told = desk.rows(batch, result="wrong")
    assert [(row.code, row.column) for row in told] == [("leading_zeros", "sku"), ("leading_zeros", "tracking_no")]
    assert "Was it 0077" in told[0].message and "0123456789012" in told[1].message
    assert desk.rows(batch)[-1].notes == ["tracking_no:shorter_than_others"], "a doubt for people to look at"


def test_one_number_for_two_orders_is_right_only_if_both_go_to_one_door(
    desk: Desk, shop: Shop, mei: BuyerActor
) -> None:
    same, door = desk.paid_orders(mei, 2)
    elsewhere = shop.sees_money(mei.orders({"tea": 1}, to={**RECEIVER, "address": "2 Short Road"}))
    rows = [f"{one.number},,SF,SF1,,,," for one in (same, door, elsewhere)]
    assert [code for _, code in desk.results(desk.uploads(*rows))] == [None, None, "number_elsewhere"]
    desk.commits(desk.uploads(rows[0]))
    assert [code for _, code in desk.results(desk.uploads(*rows[1:]))] == [None, "number_elsewhere"]


def test_a_long_file_is_looked_into_with_as_many_statements_as_a_short_one(
    desk: Desk, mei: BuyerActor, count_statements: Callable[[], AbstractContextManager[Counted]]
) -> None:
    orders = desk.paid_orders(mei, 6, {"tea": 9})
    asked = []
    for many in (2, 6):
        rows = [f"{one.number},,SF,{one.number}{n},tea,1,," for one in orders[:many] for n in range(many)]
        with count_statements() as counted:
            desk.uploads(*rows)
        asked.append(len(counted))
    assert asked[0] == asked[1]


def test_a_row_that_breaks_our_own_code_does_not_stop_the_others(
    desk: Desk, mei: BuyerActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = desk.paid_orders(mei, 3)
    batch = desk.uploads(*(f"{one.number},,SF,SF{n},,,," for n, one in enumerate(orders)))
    send = doing.send_parcel

    def breaks(order: Any, **parcel: Any) -> Any:
        if order.number == orders[1].number:
            raise ZeroDivisionError
        return send(order, **parcel)

    monkeypatch.setattr(doing, "send_parcel", breaks)
    desk.commits(batch)
    assert desk.results(batch) == [("done", None), ("failed", "internal_error"), ("done", None)]


def test_a_batch_that_was_left_behind_is_found(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    (order,) = desk.paid_orders(mei, 1)
    batch = desk.uploads(f"{order.number},,SF,SF1,,,,")
    desk.api.post(f"bulk_orders/imports/{batch['id']}/commit")
    shop.api.post("plugins/bulk_orders/disable", {})
    desk.clock.settles()
    shop.turns_on("bulk_orders")
    assert desk.waits_for(batch)["status"] == "running", "its job was dropped while the plugin was off"
    with shop.merchant.inside():
        jobs.sweep()
    assert desk.waits_for(batch)["counts"]["done"] == 1
