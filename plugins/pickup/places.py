"""Stores where goods can be fetched: their times, their closures, and which slots still take an order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from core import NotFound, Refused, Store, Warehouse, add, all_of, current_merchant, db, find, get, now
from plugins.pickup.hours import Slot, days_between, slots_of_day
from plugins.pickup.models import PickupClosure, PickupSlot, PickupStore


@dataclass(frozen=True)
class OpenSlot:
    """A slot that can be chosen. *left*: orders it still takes; None = any number."""

    starts_at: datetime
    ends_at: datetime
    left: int | None


def zone() -> ZoneInfo:
    """The merchant's."""
    return ZoneInfo(current_merchant().timezone)


def today() -> date:
    """The merchant's calendar day."""
    return now().astimezone(zone()).date()


def store_called(code: str) -> Store:
    """:raises NotFound: there is none."""
    found = all_of(Store, current_merchant().id, Store.code == code)
    if not found:
        raise NotFound(f"There is no store {code!r} here.")
    return found[0]


def terms_of(store_id: UUID | None) -> PickupStore | None:
    """How the store lets buyers fetch goods, if it ever did."""
    found = all_of(PickupStore, current_merchant().id, PickupStore.store_id == store_id) if store_id else []
    return found[0] if found else None


def locked_terms(store_ids: Iterable[UUID]) -> list[PickupStore]:
    """Those of these stores, locked in one order: nobody else makes slots or sums for them meanwhile."""
    rows = all_of(PickupStore, current_merchant().id, PickupStore.store_id.in_(list(store_ids)))
    return [get(PickupStore, row.merchant_id, row.id, lock=True) for row in sorted(rows, key=lambda row: row.id)]


def set_terms(store: Store, wanted: Mapping[str, Any]) -> PickupStore:
    """What is said here from now on; slots that were chosen before stay chosen."""
    row = terms_of(store.id)
    if row is None:
        return add(PickupStore(merchant_id=store.merchant_id, store_id=store.id, changed_at=now(), **wanted))
    row = get(PickupStore, row.merchant_id, row.id, lock=True)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.changed_at = now()
    return row


def warehouses_of(store_id: UUID) -> list[Warehouse]:
    """Where its goods lie, in their order."""
    rows = all_of(Warehouse, current_merchant().id, Warehouse.store_id == store_id, Warehouse.enabled)
    return sorted(rows, key=lambda row: (row.position, row.code))


def require_open(store_id: UUID) -> None:
    """:raises Refused: the store is closed for good, or hands nothing over today."""
    store = find(Store, current_merchant().id, store_id)
    if store is None or not store.enabled:
        raise Refused("This store is closed: nothing is handed over there.", code="pickup_store_closed")
    closure = closed_on([store_id], today()).get(store_id)
    if closure:
        raise Refused(f"This store is closed today: {closure.reason}.", code="pickup_store_closed")


def closed_on(store_ids: Sequence[UUID], day: date) -> dict[UUID, PickupClosure]:
    """Store -> the closure that *day* falls into."""
    table = PickupClosure
    where = (table.store_id.in_(store_ids), table.first_day <= day, table.last_day >= day)
    return {row.store_id: row for row in all_of(table, current_merchant().id, *where)}


def lift(closure: PickupClosure) -> None:
    """It is not closed then."""
    db.session().execute(
        delete(PickupClosure)
        .where(PickupClosure.merchant_id == closure.merchant_id, PickupClosure.id == closure.id)
        .execution_options(synchronize_session=False)
    )


def slot_at(terms: PickupStore, starts_at: datetime) -> OpenSlot | None:
    """The slot that begins then, if it can be chosen now; it may be full."""
    found = open_slots([terms], starts_at, starts_at)[terms.store_id]
    return next((slot for slot in found if slot.starts_at == starts_at), None)


def open_slots(many: Sequence[PickupStore], first: datetime, last: datetime) -> dict[UUID, list[OpenSlot]]:
    """Store -> its slots on the days from *first* to *last* that are neither too near, too far, nor in a closure."""
    ids, where = [one.store_id for one in many], zone()
    closures = all_of(PickupClosure, current_merchant().id, PickupClosure.store_id.in_(ids))
    taken = _taken(ids, first - timedelta(days=1), last + timedelta(days=2))
    found: dict[UUID, list[OpenSlot]] = {}
    for terms in many:
        shut = [row for row in closures if row.store_id == terms.store_id]
        found[terms.store_id] = [
            OpenSlot(starts, ends, None if terms.capacity is None else max(0, terms.capacity - taken.get(key, 0)))
            for day in days_between(first, last, where)
            if not any(row.first_day <= day <= row.last_day for row in shut)
            for starts, ends in _slots(terms, day, where)
            for key in [(terms.store_id, starts)]
        ]
    return found


def _slots(terms: PickupStore, day: date, where: ZoneInfo) -> list[Slot]:
    if not terms.slot_minutes:
        return []
    soonest = now() + timedelta(minutes=terms.lead_minutes)
    furthest = today() + timedelta(days=terms.days_ahead)
    slots = slots_of_day(day, terms.hours, terms.slot_minutes, where) if day <= furthest else []
    return [slot for slot in slots if slot[0] >= soonest]


def _taken(store_ids: Sequence[UUID], first: datetime, last: datetime) -> dict[tuple[UUID, datetime], int]:
    table = PickupSlot
    query = select(table.store_id, table.starts_at, table.taken).where(
        table.merchant_id == current_merchant().id,
        table.store_id.in_(store_ids),
        table.starts_at.between(first, last),
    )
    return {(row.store_id, row.starts_at): row.taken for row in db.session().execute(query)}
