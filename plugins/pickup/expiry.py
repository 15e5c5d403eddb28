"""Codes whose time is over: the buyer is reminded; then what was not fetched is refunded, or the order is closed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import (
    Order,
    Wanted,
    announce,
    as_text,
    call_off_unsent,
    current_merchant,
    db,
    find,
    flush,
    lock_order,
    move,
    now,
    request_refund,
    settings_of,
)
from plugins.pickup import plans
from plugins.pickup.models import PickupOrder
from plugins.pickup.terms import CLOCK, EXPIRE, LAPSE, NAME
from plugins.pickup.verifying import redeemable

#: rows looked at in one run
MOST = 200


def soon_due() -> list[UUID]:
    """Live codes whose buyers are to be reminded now."""
    days = settings_of(NAME)["remind_days"]
    if not days:
        return []
    until = now() + timedelta(days=days)
    return _ids(PickupOrder.valid_until <= until, PickupOrder.valid_until > now(), PickupOrder.reminded_at.is_(None))


def due() -> list[UUID]:
    """Live codes whose time is over."""
    return _ids(PickupOrder.valid_until <= now())


def remind(pickup_id: UUID) -> None:
    """Tell the buyer once. A second call changes nothing."""
    found = _lock(pickup_id)
    if found is None:
        return
    row, order = found
    if pickup_id in soon_due():
        row.reminded_at = now()
        announce("pickup.expiring", order, **_told(row, order))


def expire(pickup_id: UUID) -> None:
    """What was not fetched goes back, or the order ends without. A second call changes nothing.

    What waits for something else (a hold, an open refund) is looked at again by the sweep.
    """
    found = _lock(pickup_id)
    if found is None:
        return
    row, order = found
    if row.valid_until is None or row.valid_until > now() or order.state != "awaiting_shipment":
        return
    left = [Wanted(line.id, units) for line in order.goods_lines if (units := redeemable(line))]
    if not left:
        return
    row.status = "expired"
    row.version += 1
    flush()
    announce("pickup.expired", order, **_told(row, order))
    if settings_of(NAME)["on_expiry"] == "refund":
        note = "not fetched in time"
        request_refund(order, EXPIRE, reason="other", note=note, wanted=left, by=CLOCK)
    else:
        call_off_unsent(order)
        move(order, LAPSE, by=CLOCK, remark="not fetched in time; what was paid is kept")


def _lock(pickup_id: UUID) -> tuple[PickupOrder, Order] | None:
    row = find(PickupOrder, current_merchant().id, pickup_id)
    if row is None or row.status != "live":
        return None
    order = lock_order(row.order_id)
    row = plans.locked(pickup_id)
    return (row, order) if row.status == "live" else None


def _told(row: PickupOrder, order: Order) -> dict[str, Any]:
    until = as_text(row.valid_until) if row.valid_until else None
    return {"number": order.number, "until": until}


def _ids(*where: Any) -> list[UUID]:
    table = PickupOrder
    query = select(table.id).where(table.merchant_id == current_merchant().id, table.status == "live", *where)
    return list(db.session().scalars(query.order_by(table.valid_until, table.id).limit(MOST)))
