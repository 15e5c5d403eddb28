"""One part of a batch in one transaction: a parcel is sent, an order closed, a remark written, and its rows say so."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from core import MerxError, MoveLog, Order, all_of, current_merchant, db, lock_numbered, now, send_parcel, write_remark
from plugins.bulk_orders.cells import Wrong
from plugins.bulk_orders.fitting import Wanted, fit, look_up_store, sent_before
from plugins.bulk_orders.models import BulkBatch, BulkRow


@dataclass(frozen=True)
class Part:
    """What is done together: the rows of one parcel, or one row."""

    batch_id: UUID
    kind: str
    number: int
    order: str | None
    reason: str | None
    remark: str | None
    #: the stores of whoever committed the batch; empty = every store
    store_ids: tuple[str, ...]
    #: what the moves of the batch carry in the log
    request_id: str


def parts_left(batch_id: UUID, limit: int) -> list[Part]:
    """The next parts that are still to be done, in the order of the file. Inside a scope."""
    batch = db.session().get(BulkBatch, (current_merchant().id, batch_id))
    if batch is None or batch.status != "running":
        return []
    table = BulkRow
    query = select(table.part, table.order_number).where(
        table.merchant_id == batch.merchant_id, table.batch_id == batch_id, table.status == "ready"
    )
    found = db.session().execute(query.distinct().order_by(table.part).limit(limit))
    terms = (batch.reason, batch.remark, tuple(batch.store_ids), batch.request_id)
    return [Part(batch_id, batch.kind, part, order, *terms) for part, order in found]


def take(part: Part) -> None:
    """Do it, if nobody has done it meanwhile. The order is locked before its rows, as everywhere.

    :raises Wrong: it cannot be done. :raises MerxError: core or a plugin says no.
    """
    order = lock_numbered(part.order or "")
    rows = _rows(part)
    if rows:
        look_up_store(order, part.store_ids)
        outcome = DOING[part.kind](order, part, rows)
        for row in rows:
            row.status, row.parcel_id, row.done_at = outcome.status, outcome.parcel_id, now()
            row.code, row.message = outcome.code, outcome.message


def look_up(part: Part) -> Order | None:
    """The order it is about, unlocked; None = there is none. Inside a scope.

    :raises Wrong: it is of a store that is not the caller's.
    """
    found = all_of(Order, current_merchant().id, Order.number == part.order)
    if found:
        look_up_store(found[0], part.store_ids)
    return found[0] if found else None


def give_up(part: Part, why: Wrong | MerxError) -> None:
    """It was refused: its rows say why. Nothing else of that try is left."""
    code, column = why.code, why.column if isinstance(why, Wrong) else None
    message = why.message if isinstance(why, Wrong) else why.detail
    for row in _rows(part):
        row.status, row.code, row.column, row.message, row.done_at = "failed", code[:60], column, message[:500], now()


@dataclass(frozen=True)
class Outcome:
    """What became of a part."""

    status: str = "done"
    parcel_id: UUID | None = None
    code: str | None = None
    message: str | None = None


def _send(order: Order, part: Part, rows: Sequence[BulkRow]) -> Outcome:
    wishes = [row.wish for row in rows]
    units: Counter[str] = Counter()
    for wish in wishes:
        if "sku" in wish:
            units[wish["sku"]] += wish["quantity"]
    first: Mapping[str, Any] = wishes[0]
    wanted = Wanted(first.get("shipment"), first["carrier"], first["tracking_no"], units)
    if before := sent_before(order, wanted):
        return Outcome("skipped", before.id, "sent_before", f"Order {order.number} has this parcel already.")
    shipment, fitting = fit(order, wanted, {})
    remark = next((wish["remark"] for wish in wishes if "remark" in wish), None)
    moment = next((datetime.fromisoformat(wish["shipped_at"]) for wish in wishes if "shipped_at" in wish), None)
    parcel = send_parcel(
        order, shipment_id=shipment.id, units=fitting, carrier=wanted.carrier, tracking_no=wanted.tracking_no,
        remark=remark, sent_at=moment,
    )  # fmt: skip
    return Outcome(parcel_id=parcel.id)


def _note_closed(order: Order, part: Part, rows: Sequence[BulkRow]) -> Outcome:
    """Closed by us, maybe a moment before we were killed; or by somebody else."""
    log = all_of(MoveLog, order.merchant_id, MoveLog.order_id == order.id, MoveLog.request_id == part.request_id)
    if any(move.subject_id == order.id for move in log):
        return Outcome()
    return Outcome("skipped", None, "closed_before", f"Order {order.number} is closed already.")


def _remark(order: Order, part: Part, rows: Sequence[BulkRow]) -> Outcome:
    if order.remark == part.remark:
        return Outcome("skipped", None, "remarked_before", "The order has this remark already.")
    write_remark(order, part.remark)
    return Outcome()


DOING: Final[Mapping[str, Callable[[Order, Part, Sequence[BulkRow]], Outcome]]] = {
    "ship": _send,
    "close": _note_closed,
    "remark": _remark,
}


def _rows(part: Part) -> list[BulkRow]:
    """Its rows, locked, if they are still to be done."""
    table = BulkRow
    query = select(table).where(
        table.merchant_id == current_merchant().id,
        table.batch_id == part.batch_id,
        table.part == part.number,
        table.status == "ready",
    )
    again = query.order_by(table.id).with_for_update().execution_options(populate_existing=True)
    return list(db.session().scalars(again))
