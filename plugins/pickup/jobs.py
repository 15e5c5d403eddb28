"""Codes that expire, one by one and swept every ten minutes; reminders; places in slots that are free again."""

from collections.abc import Callable
from uuid import UUID

from core import current_merchant, get, lock_order, reading, transaction
from plugins.pickup import expiry, plans
from plugins.pickup.models import PickupOrder


def remind(pickup_id: UUID) -> None:
    """The buyer of one code is reminded."""
    with transaction():
        expiry.remind(pickup_id)


def expire(pickup_id: UUID) -> None:
    """The time of one code may be up."""
    with transaction():
        expiry.expire(pickup_id)


def leave_slot(pickup_id: UUID) -> None:
    """What was given back needs its place in a slot no more. May be called twice."""
    with transaction():
        row = get(PickupOrder, current_merchant().id, pickup_id)
        lock_order(row.order_id)
        row = plans.locked(pickup_id)
        if row.status == "over":
            plans.leave_slot(row)


def sweep() -> None:
    """Of the current merchant: what no job of its own has done, or had to leave for something else."""
    todo: tuple[tuple[Callable[[], list[UUID]], Callable[[UUID], None]], ...] = (
        (expiry.soon_due, remind),
        (expiry.due, expire),
    )
    for find, do in todo:
        with reading():
            ids = find()
        for pickup_id in ids:
            do(pickup_id)
