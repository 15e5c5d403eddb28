"""Invariants for the doctor: a row that is done has its parcel, once; a batch has its rows; what is done is over."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core import Order, Parcel, Shipment, db
from plugins.bulk_orders.models import BulkBatch, BulkRow


def parcels() -> Sequence[str]:
    """Rows that say they were sent, with no parcel of their order and number; and one parcel for two parts."""
    row, batch = BulkRow, BulkBatch
    query: Any = (
        select(row.merchant_id, row.batch_id, row.line, row.part, row.parcel_id, row.order_number, Order.number)
        .join(batch, (batch.merchant_id == row.merchant_id) & (batch.id == row.batch_id))
        .outerjoin(Parcel, (Parcel.merchant_id == row.merchant_id) & (Parcel.id == row.parcel_id))
        .outerjoin(Shipment, (Shipment.merchant_id == Parcel.merchant_id) & (Shipment.id == Parcel.shipment_id))
        .outerjoin(Order, (Order.merchant_id == Shipment.merchant_id) & (Order.id == Shipment.order_id))
        .where(batch.kind == "ship", row.status == "done")
    )
    found: list[str] = []
    sent: dict[tuple[int, UUID], tuple[UUID, int]] = {}
    for merchant, batch_id, line, part, parcel_id, number, of_order in db.session().execute(query):
        if of_order is None or of_order != number:
            found.append(f"merchant {merchant}: line {line} of batch {batch_id} has no parcel of order {number}")
        elif sent.setdefault((merchant, parcel_id), (batch_id, part)) != (batch_id, part):
            found.append(
                f"merchant {merchant}: line {line} of batch {batch_id} has the parcel {parcel_id} of another row"
            )
    return found


def counts() -> Sequence[str]:
    """Batches that have other rows than they count."""
    row, batch = BulkRow, BulkBatch
    many = func.count(row.id)
    query = (
        select(batch.merchant_id, batch.id, batch.rows, many)
        .outerjoin(row, (row.merchant_id == batch.merchant_id) & (row.batch_id == batch.id))
        .group_by(batch.merchant_id, batch.id, batch.rows)
        .having(many != batch.rows)
    )
    return [
        f"merchant {merchant}: batch {batch_id} counts {rows} rows and has {there}"
        for merchant, batch_id, rows, there in db.session().execute(query)
    ]


def ends() -> Sequence[str]:
    """Batches that are over with rows that still wait."""
    row, batch = BulkRow, BulkBatch
    query = (
        select(batch.merchant_id, batch.id, batch.status, func.count(row.id))
        .join(row, (row.merchant_id == batch.merchant_id) & (row.batch_id == batch.id))
        .where(batch.status.in_(("done", "cancelled")), row.status == "ready")
        .group_by(batch.merchant_id, batch.id, batch.status)
    )
    return [
        f"merchant {merchant}: batch {batch_id} is {status}, and {many} of its rows wait"
        for merchant, batch_id, status, many in db.session().execute(query)
    ]
