"""Taking a place in a slot and giving it back: conditional updates; the first of a slot makes its row under a lock."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import Refused, add, all_of, as_text, current_merchant, db, flush
from plugins.pickup.models import PickupSlot
from plugins.pickup.places import locked_terms


def take(store_id: UUID, starts_at: datetime | None, capacity: int | None) -> None:
    """One more order in this slot; None = it comes whenever it likes.

    :raises Refused: it is full.
    """
    if starts_at is None or _count(store_id, starts_at, 1, capacity):
        return
    # a full one stays locked by the look at it: whoever holds a slot must not wait for its store
    if _exists(store_id, starts_at):
        raise full(starts_at)
    # nobody makes the same row beside us
    locked_terms([store_id])
    if _count(store_id, starts_at, 1, capacity):
        return
    if _exists(store_id, starts_at):
        raise full(starts_at)
    add(PickupSlot(merchant_id=current_merchant().id, store_id=store_id, starts_at=starts_at, taken=1))
    flush()


def give_back(store_id: UUID, starts_at: datetime | None) -> None:
    """One order less in this slot."""
    if starts_at is not None:
        _count(store_id, starts_at, -1, None)


def full(starts_at: datetime) -> Refused:
    """The refusal of a slot that takes nobody more."""
    begins = as_text(starts_at)
    return Refused(f"The slot at {begins} is full: choose another.", code="pickup_slot_full")


def _count(store_id: UUID, starts_at: datetime, change: int, capacity: int | None) -> bool:
    table = PickupSlot
    done: Any = db.session().execute(
        update(table)
        .where(table.merchant_id == current_merchant().id, table.store_id == store_id, table.starts_at == starts_at)
        .where(*_fits(change, capacity))
        .values(taken=table.taken + change)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def _fits(change: int, capacity: int | None) -> tuple[Any, ...]:
    return (PickupSlot.taken + change <= capacity,) if change > 0 and capacity is not None else ()


def _exists(store_id: UUID, starts_at: datetime) -> bool:
    where = (PickupSlot.store_id == store_id, PickupSlot.starts_at == starts_at)
    return bool(all_of(PickupSlot, current_merchant().id, *where))
