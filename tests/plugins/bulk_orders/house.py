"""What the houses of the village have of bulk work, and right bodies for its addresses."""

from typing import Any


def parcels(house: Any) -> dict[str, Any]:
    """A parcel with all that can be said of it."""
    order = house.orders["to_ship"]
    units = {"sku": f"{house.code}-tea", "quantity": 1}
    number = {"carrier": "SF", "tracking_no": "SF78", "remark": "fragile"}
    return {"parcels": [{"order": order.number, "shipment": order.shipments[0].number, **number, **units}]}


def closing(house: Any) -> dict[str, Any]:
    """An unpaid order to close."""
    return {"orders": [house.orders["unpaid"].number], "reason": "out_of_stock", "remark": "a word"}


def remarks(house: Any) -> dict[str, Any]:
    """A word on an order."""
    return {"orders": [house.orders["unpaid"].number], "remark": "a word"}


def one_filter(house: Any) -> dict[str, Any]:
    """A filter that says everything."""
    whose = {"customer_id": house.mei.id, "store": f"{house.code}-store"}
    how = {"state": "paid", "kind": "normal", "delivery_method": "courier", "refund_axis": "none"}
    flags = {"first_order": False, "risk_held": False, "open_case": False}
    days = {"waiting_days": 3, "high_risk_days": 4}
    moments = dict.fromkeys(("placed_from", "placed_until", "paid_from", "paid_until"), "2026-03-01T00:00:00Z")
    return {"code": "all", "title": {"en": "All"}, "terms": {**whose, **how, **flags, **days, **moments}}


def furnish(house: Any, api: Any) -> dict[str, str]:
    """A file that waits for its commit, and a filter."""
    row = f"{house.orders['to_ship'].number},SF,{house.canary}-BULK,{house.canary}"
    file = (f"{house.canary}.csv", f"order_no,carrier,tracking_no,remark\r\n{row}".encode())
    batch = api.send("POST", "bulk_orders/imports", files={"file": file})
    assert batch.body["counts"]["ready"] == 1, batch.body
    told = {"code": f"{house.code}-late", "title": {"en": house.canary}, "terms": {"waiting_days": 5}}
    api.post("bulk_orders/filters", told)
    return {"imports/bulk_batch_id": batch["id"], "filters/code": told["code"]}
