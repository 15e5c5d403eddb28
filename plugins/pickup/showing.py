"""Rows of the plugin as they are shown, with the names of what they point at; a page in a few statements."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from core import Order, OrderLine, Store, all_of, current_merchant, get, now
from plugins.pickup import codes, places
from plugins.pickup.models import PickupOrder, PickupRedemption, PickupStore


def stores(rows: Sequence[PickupStore]) -> list[dict[str, Any]]:
    """How goods are fetched at these stores."""
    known = _stores(row.store_id for row in rows)
    names = ("enabled", "hours", "slot_minutes", "capacity", "lead_minutes", "days_ahead", "changed_at")
    return [
        {"store": known[row.store_id].code, "name": known[row.store_id].name}
        | {name: getattr(row, name) for name in names}
        for row in rows
    ]


def shop_stores(rows: Sequence[PickupStore], last: Any) -> list[dict[str, Any]]:
    """The same for buyers, with the slots that can be chosen until *last*."""
    ids = [row.store_id for row in rows]
    known, slots, shut = _stores(ids), places.open_slots(rows, now(), last), places.closed_on(ids, places.today())
    found = []
    for row in rows:
        store = known[row.store_id]
        told = {name: getattr(store, name) for name in ("name", "phone", "address", "region")}
        free = [slot for slot in slots[row.store_id] if slot.left != 0]
        told |= {"store": store.code, "hours": row.hours, "slot_minutes": row.slot_minutes, "slots": free}
        found.append(told | {"closed_today": row.store_id in shut})
    return found


def orders(rows: Sequence[PickupOrder]) -> list[dict[str, Any]]:
    """Pickups with the numbers of their orders."""
    known, numbers = _stores(row.store_id for row in rows), _numbers(row.order_id for row in rows)
    return [
        {
            "row": row,
            "number": numbers[row.order_id],
            "store": known[row.store_id].code,
            "store_name": known[row.store_id].name,
        }
        for row in rows
    ]


def own(row: PickupOrder) -> dict[str, Any]:
    """A pickup as its buyer sees it: with the code."""
    issued = row.digest is not None
    (told,) = orders([row])
    return told | {"code": codes.code_of(row), "token": codes.token_of(row) if issued else None}


def preview(told: dict[str, Any]) -> dict[str, Any]:
    """What a verifier sees; of the buyer no more than tells them from another."""
    buyer = told["buyer"]
    return told | {"buyer": {"name": buyer.name, "phone_ends": buyer.phone[-4:] if buyer.phone else None}}


def redemptions(rows: Sequence[PickupRedemption]) -> list[dict[str, Any]]:
    """What was handed over, line by line."""
    known, numbers = _stores(row.store_id for row in rows), _numbers(row.order_id for row in rows)
    ids = [UUID(line_id) for row in rows for line_id in row.units]
    lines = {str(line.id): line for line in all_of(OrderLine, current_merchant().id, OrderLine.id.in_(ids))}
    return [
        {
            "row": row,
            "number": numbers[row.order_id],
            "store": known[row.store_id].code,
            "lines": [
                {"line_id": line.id, "sku": line.sku, "title": line.title, "quantity": row.units[str(line.id)]}
                for line in sorted((lines[one] for one in row.units), key=lambda line: line.position)
            ],
        }
        for row in rows
    ]


def store_code(store_id: UUID) -> str:
    """What a store is called by programs."""
    return get(Store, current_merchant().id, store_id).code


def _stores(ids: Iterable[UUID]) -> dict[UUID, Store]:
    return {row.id: row for row in all_of(Store, current_merchant().id, Store.id.in_(list(ids)))}


def _numbers(ids: Iterable[UUID]) -> dict[UUID, str]:
    return {row.id: row.number for row in all_of(Order, current_merchant().id, Order.id.in_(list(ids)))}
