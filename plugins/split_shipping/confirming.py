"""Sub-shipments confirm themselves one by one; a refund stops their clocks, which run on with what was left."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select

from core import (
    MoveView,
    Order,
    add,
    all_of,
    ask_deadline,
    clocks_stand_still,
    current_merchant,
    db,
    flush,
    forget,
    later,
    left_if_signed,
    lock_order,
    now,
    receive_shipment,
    settings_of,
)
from plugins.split_shipping.models import SplitConfirmation
from plugins.split_shipping.placing import NAME

KIND = f"clock:{NAME}_confirm"
#: where sub-shipments go different ways; later the order's own time rules, or nothing is to be confirmed any more
ON_THE_WAY = ("awaiting_shipment", "shipped")
#: rows looked at in one run
MOST = 200


def follow(move: MoveView) -> None:
    """The order has moved: clocks begin, stand still, run on or go."""
    if move.order.fulfilment_axis == "none" or move.source is None:
        return
    order = lock_order(move.order.id)
    known = _rows(order.id)
    # an extension is for the whole order, whose own time is later than any of these
    if move.target not in (*ON_THE_WAY, "refunding") or move.move == "extend":
        _drop(known)
        return
    if move.target == "awaiting_shipment" and settings_of(NAME)["confirm_each"]:
        known += _begin(order, {row.shipment_id for row in known})
        _shorten_if_signed(known, order)
    gone = {shipment.id for shipment in order.shipments if shipment.state != "shipped"}
    _drop([row for row in known if row.shipment_id in gone])
    _stop_or_run([row for row in known if row.shipment_id not in gone], order)


def confirm(order: Order, shipment_id: UUID) -> None:
    """The time of one sub-shipment may be up. *order* is locked; a second call changes nothing."""
    found = _rows(order.id, shipment_id)
    if not found or found[0].paused_left is not None or found[0].due_at > now():
        return
    shipment = next((one for one in order.shipments if one.id == shipment_id), None)
    if shipment is None or shipment.state != "shipped" or order.state not in ON_THE_WAY:
        _drop(found)
    elif clocks_stand_still(order):
        found[0].paused_left = 0
    else:
        receive_shipment(order, shipment, by=KIND)
        _drop(_rows(order.id, shipment_id))


def run_on(order: Order) -> None:
    """A refund of the order has ended: clocks that it stopped run on. *order* is locked."""
    _stop_or_run(_rows(order.id), order)


def note_signed(order: Order) -> None:
    """A parcel was signed for: its sub-shipment may count as received sooner. *order* is locked."""
    _shorten_if_signed(_rows(order.id), order)


def left_alone() -> list[tuple[UUID, UUID]]:
    """(order, shipment) whose clock stands still though no refund is open, or rang while nobody listened."""
    table, order = SplitConfirmation, Order
    same = (order.merchant_id == table.merchant_id) & (order.id == table.order_id)
    stopped = table.paused_left.is_not(None) & (order.refund_axis != "applying")
    late = table.paused_left.is_(None) & (table.due_at <= now())
    query = select(table.order_id, table.shipment_id).join(order, same)
    query = query.where(table.merchant_id == current_merchant().id, or_(stopped, late)).limit(MOST)
    return [(row.order_id, row.shipment_id) for row in db.session().execute(query)]


# ---------------------------------------------------------------------------------------------- inside
def _begin(order: Order, known: Iterable[UUID]) -> list[SplitConfirmation]:
    fresh = [one for one in order.shipments if one.state == "shipped" and one.id not in known]
    due = [(one.id, ask_deadline(order, "confirm", shipments=[one])) for one in fresh]
    rows = [
        add(
            SplitConfirmation(
                merchant_id=order.merchant_id, order_id=order.id, shipment_id=one, due_at=due_at, paused_left=None
            )
        )
        for one, due_at in due
        if due_at is not None
    ]
    for row in rows:
        _arm(row)
    flush()
    return rows


def _stop_or_run(rows: Sequence[SplitConfirmation], order: Order) -> None:
    stopped = bool(rows) and clocks_stand_still(order)
    for row in rows:
        if stopped and row.paused_left is None:
            row.paused_left = max(0, round((row.due_at - now()).total_seconds()))
        elif not stopped and row.paused_left is not None:
            row.due_at, row.paused_left = now() + timedelta(seconds=row.paused_left), None
            _arm(row)


def _shorten_if_signed(rows: Iterable[SplitConfirmation], order: Order) -> None:
    parcels = {one.id: one.parcels for one in order.shipments}
    for row in rows:
        left = left_if_signed(parcels[row.shipment_id])
        if left is None:
            continue
        if row.paused_left is not None:
            row.paused_left = min(row.paused_left, round(left.total_seconds()))
        elif (due_at := now() + left) < row.due_at:
            row.due_at = due_at
            _arm(row)


def _drop(rows: Iterable[SplitConfirmation]) -> None:
    gone = list(rows)
    if not gone:
        return
    flush()
    table = SplitConfirmation
    statement = delete(table).where(table.merchant_id == current_merchant().id, table.id.in_([row.id for row in gone]))
    db.session().execute(statement.execution_options(synchronize_session=False))
    forget(*(_key(row) for row in gone))


def _rows(order_id: UUID, shipment_id: UUID | None = None) -> list[SplitConfirmation]:
    where: list[Any] = [SplitConfirmation.order_id == order_id]
    if shipment_id is not None:
        where.append(SplitConfirmation.shipment_id == shipment_id)
    return all_of(SplitConfirmation, current_merchant().id, *where)


def _arm(row: SplitConfirmation) -> None:
    later(f"{NAME}.confirm", row.due_at, key=_key(row), order_id=row.order_id, shipment_id=row.shipment_id)


def _key(row: SplitConfirmation) -> str:
    return f"{NAME}-confirm-{row.shipment_id}"
