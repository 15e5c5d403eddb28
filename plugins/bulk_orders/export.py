"""Orders as a table to download: read piece by piece, written so that it can be imported with numbers filled in."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core import Case, Order, Shipment, Store, all_of, current_merchant, db, plain_money
from plugins.bulk_orders.models import BulkRow
from plugins.bulk_orders.terms import COLUMNS

#: rows that are read at once
PIECE: Final = 200
#: an order's table: the columns to fill in come first
HEAD: Final = (
    "order_no", "sub_shipment_no", "carrier", "tracking_no", "state", "store", "kind", "delivery_method", "currency",
    "goods", "freight", "payable", "paid", "refunded", "placed_at", "paid_at", "sent_at", "receiver", "phone", "region",
    "address", "items", "parcels", "note", "staff_remark", "hold", "open_case",
)  # fmt: skip
#: a batch's results: its rows as they stood in the file, with what became of them before
RESULT_HEAD: Final = ("line", "result", "code", "column", "message", "notes", "parcel")


def order_lines(merchant_id: int, where: Sequence[Any], last: UUID | None) -> tuple[list[list[Any]], UUID | None]:
    """Some orders after *last*, oldest first, and the last of them; a line for each sub-shipment. Inside a scope."""
    query = select(Order).where(Order.merchant_id == merchant_id, *where)
    query = query.options(
        selectinload(Order.lines),
        selectinload(Order.shipments).selectinload(Shipment.lines),
        selectinload(Order.shipments).selectinload(Shipment.parcels),
    )
    orders = list(
        db.session().scalars((query.where(Order.id > last) if last else query).order_by(Order.id).limit(PIECE))
    )
    stores = _stores(merchant_id)
    flagged = _with_case(merchant_id, [order.id for order in orders])
    zone = ZoneInfo(current_merchant().timezone)
    rows = [line for order in orders for line in _lines(order, stores, order.id in flagged, zone)]
    return rows, orders[-1].id if orders else None


def _lines(order: Order, stores: Mapping[UUID, str], flagged: bool, zone: ZoneInfo) -> Iterator[list[Any]]:
    receiver = order.receiver or {}
    money = [plain_money(getattr(order, name), order.currency) for name in _MONEY]
    common = [
        order.state, stores.get(order.store_id) if order.store_id else None, order.kind, order.delivery_method,
        order.currency, *money,
        *(_local(moment, zone) for moment in (order.placed_at, order.paid_at, order.shipped_at)),
        *(receiver.get(name) for name in ("name", "phone", "region", "address")),
    ]  # fmt: skip
    staff = [order.note, order.remark, order.risk_hold, "yes" if flagged else ""]
    titles = {line.id: line.sku for line in order.goods_lines}
    shipments: list[Shipment | None] = [*order.shipments]
    for shipment in shipments or [None]:
        parcels = shipment.parcels if shipment else []
        left = {row.line_id: row.quantity for row in shipment.lines} if shipment else {}
        units = left or {line.id: line.quantity for line in order.goods_lines}
        items = "; ".join(f"{titles[line_id]} x{count}" for line_id, count in units.items() if count)
        sent = "; ".join(f"{one.carrier} {one.tracking_no}" for one in parcels if one.carrier)
        # company and number are for whoever fills them in
        yield [order.number, shipment.number if shipment else None, None, None, *common, items, sent, *staff]


_MONEY: Final = ("goods_amount", "freight_amount", "payable", "paid", "refunded")


def result_lines(merchant_id: int, batch_id: UUID, last: int) -> tuple[list[list[Any]], int | None]:
    """Some rows of a batch after the line *last*, and the last of them. Inside a scope."""
    table = BulkRow
    query = select(table).where(table.merchant_id == merchant_id, table.batch_id == batch_id, table.line > last)
    rows = list(db.session().scalars(query.order_by(table.line).limit(PIECE)))
    return [_result(row) for row in rows], rows[-1].line if rows else None


def result_head() -> list[str]:
    """What became of each row, and behind it the row as it was."""
    return [*RESULT_HEAD, *(names[0] for names in COLUMNS.values())]


def _result(row: BulkRow) -> list[Any]:
    told = [
        row.line,
        row.status,
        row.code,
        row.column,
        row.message,
        " ".join(row.notes),
        row.parcel_id and str(row.parcel_id),
    ]
    return [*told, *(row.given.get(names[0]) for names in COLUMNS.values())]


def _local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else None


def _stores(merchant_id: int) -> dict[UUID, str]:
    return {store.id: store.code for store in all_of(Store, merchant_id)}


def _with_case(merchant_id: int, order_ids: Sequence[UUID]) -> set[UUID]:
    query = select(Case.order_id).where(
        Case.merchant_id == merchant_id, Case.status == "open", Case.order_id.in_(order_ids)
    )
    return {order_id for order_id in db.session().scalars(query) if order_id}
