"""Lists instead of files: ship, close, remark many at once; each row for itself."""

from typing import Any

from tests.plugins.bulk_orders.desk import Desk
from tests.vocabulary import BuyerActor, Shop


def test_a_list_of_parcels_is_sent_at_once_and_one_bad_row_undoes_no_other(
    desk: Desk, shop: Shop, mei: BuyerActor
) -> None:
    orders = desk.paid_orders(mei, 3)
    shop.refunds(orders[1])
    parcels: list[dict[str, Any]] = [
        {"order": one.number, "carrier": "SF", "tracking_no": f"SF{n}"} for n, one in enumerate(orders)
    ]
    parcels[2] |= {"sku": "tea", "quantity": 1}
    said = desk.api.post("bulk_orders/batches/ship", {"parcels": parcels})
    assert said.status == 202 and said["status"] == "running" and said["counts"]["wrong"] == 1
    assert desk.waits_for(said)["counts"]["done"] == 2
    assert [shop.sees(one).state for one in orders] == ["shipped", "refunding", "shipped"]
    assert desk.results(said)[1] == ("wrong", "not_awaiting")


def test_unpaid_orders_are_closed_and_a_paid_one_stays(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    unpaid, closed = mei.orders({"tea": 1}), mei.cancels(mei.orders({"tea": 1}))
    (paid,) = desk.paid_orders(mei, 1)
    numbers = [unpaid.number, paid.number, closed.number, unpaid.number, "SO7"]
    body = {"orders": numbers, "reason": "out_of_stock", "remark": "a flood"}
    said = desk.api.post("bulk_orders/batches/close", body)
    assert desk.waits_for(said)["status"] == "done"
    assert desk.results(said) == [
        ("done", None),
        ("failed", "move_refused"),
        ("skipped", "closed_before"),
        ("skipped", "row_twice"),
        ("wrong", "not_found"),
    ]
    assert (shop.sees(unpaid).state, shop.sees(paid).state) == ("closed", "awaiting_shipment")
    (move,) = (row for row in shop.history(unpaid, "order") if row.move == "close")
    assert (move.actor_kind, move.source, move.remark) == ("staff", "api", "a flood")
    assert shop.stock_of("tea")[1] == 0 and shop.sees(unpaid).close_reason == "out_of_stock"


def test_a_remark_is_written_on_each_order(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    orders = [mei.orders({"tea": 1}) for _ in range(2)]
    body = {"orders": [one.number for one in orders], "remark": "call first"}
    desk.waits_for(desk.api.post("bulk_orders/batches/remark", body))
    assert [shop.sees(one).remark for one in orders] == ["call first"] * 2
    again = desk.api.post("bulk_orders/batches/remark", body)
    desk.waits_for(again)
    assert desk.results(again) == [("skipped", "remarked_before")] * 2


def test_a_list_of_which_nothing_can_be_done_is_refused_row_by_row(desk: Desk) -> None:
    parcel = {"carrier": "SF", "tracking_no": "1.2E+11"}
    said = desk.api.refused(422, "POST", "bulk_orders/batches/ship", {"parcels": [{"order": "SO1", **parcel}] * 2})
    assert [one["pointer"] for one in said["errors"]] == ["/parcels/0/tracking_no", "/parcels/1/tracking_no"]
    desk.api.refused(422, "POST", "bulk_orders/batches/remark", {"orders": ["SO1"], "remark": "x"})
    assert desk.api.get("bulk_orders/imports")["data"] == []


def test_who_may_not_send_may_not_send_many(desk: Desk, shop: Shop) -> None:
    clerk = shop.employs("finance").api
    for path, body in (("close", {"orders": ["SO1"], "reason": "other"}), ("ship", {"parcels": []})):
        clerk.refused(403, "POST", f"bulk_orders/batches/{path}", body)
    clerk.refused(403, "POST", "bulk_orders/imports", files={"file": ("a.csv", b"x", "text/csv")})
    warehouse = shop.employs("warehouse").api
    warehouse.refused(403, "GET", "bulk_orders/orders.csv")
    warehouse.refused(422, "POST", "bulk_orders/imports", files={"file": ("a.csv", b"x", "text/csv")})


def test_who_may_not_close_may_not_stop_a_batch_that_closes(desk: Desk, shop: Shop, mei: BuyerActor) -> None:
    batch = desk.api.post("bulk_orders/batches/close", {"orders": [mei.orders({"tea": 1}).number], "reason": "other"})
    path = f"bulk_orders/imports/{batch['id']}/cancel"
    shop.employs("warehouse").api.refused(403, "POST", path, {})
    assert shop.employs("customer_service").api.post(path)["counts"]["dropped"] == 1
    assert desk.waits_for(batch)["status"] == "cancelled"
