"""What is kept of an order that is fetched: where and when, from placing to its end."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from core import (
    MoveView,
    NotFound,
    Order,
    OrderView,
    Refused,
    Store,
    add,
    all_of,
    announce,
    as_text,
    current_merchant,
    flush,
    get,
    later,
    lock_order,
    now,
    reallocate,
    settings_of,
    soon,
)
from plugins.pickup import codes, delivery, places, slots
from plugins.pickup.models import PickupClosure, PickupOrder
from plugins.pickup.terms import NAME

#: what becomes of a pickup when its order enters one of these
ENDS = {"closed": "over", "refunded": "over", "completed": "fetched"}


def follow(move: MoveView) -> None:
    """The order has moved; its pickup follows. An order that is sent costs nothing."""
    if move.order.delivery_method != NAME or move.source == move.target:
        return
    if move.source is None:
        flush()
        _begin(move.order)
        return
    row = of_order(move.order.id)
    # an order may come back to `paid` from a refund that was withdrawn: its code stays what it was
    if move.target == "paid" and row.status == "placed":
        _issue(row, move.order)
    elif move.target in ENDS and row.status in ("placed", "live"):
        _end(row, move.target)
    flush()


def take_back(order: OrderView) -> None:
    """Late money would bring the order back: its place in the slot must be there.

    :raises Refused: it is full.
    """
    if order.delivery_method == NAME:
        row = of_order(order.id)
        terms = places.terms_of(row.store_id)
        slots.take(row.store_id, row.slot_at, terms.capacity if terms else None)
        row.status, row.in_slot = "placed", row.slot_at is not None
        flush()


def of_order(order_id: UUID) -> PickupOrder:
    """The pickup of an order. :raises NotFound: it is not fetched."""
    flush()
    found = all_of(PickupOrder, current_merchant().id, PickupOrder.order_id == order_id)
    if not found:
        raise NotFound("This order is not fetched at a store.")
    return found[0]


def change(order: Order, options: dict[str, Any]) -> PickupOrder:
    """The buyer comes at another time, or to another store. *order* is locked.

    :raises Refused: the store has begun already, or it is too late for this order.
    """
    row = of_order(order.id)
    if order.state not in ("pending_payment", "paid", "awaiting_shipment") or row.status not in ("placed", "live"):
        raise Refused(f"The order is {order.state}: nothing of its pickup can change now.", code="pickup_over")
    if row.preparation == "prepared" or any(line.redeemed for line in order.goods_lines):
        raise Refused("The store has prepared it: come there, or ask the shop.", code="pickup_prepared")
    if _stays(row, options):
        return row
    # with both stores locked no slot of them is made meanwhile
    store_id, slot, capacity = delivery.chosen(options, row.store_id, "")
    places.locked_terms({row.store_id, store_id})
    starts_at = slot.starts_at if slot else None
    if store_id != row.store_id:
        _move_goods(order, store_id)
    if (store_id, starts_at) != (row.store_id, row.slot_at):
        leave_slot(row)
        slots.take(store_id, starts_at, capacity)
        row.in_slot = starts_at is not None
    row.store_id, row.slot_at, row.slot_ends_at = store_id, starts_at, slot.ends_at if slot else None
    row.version += 1
    if row.status == "live":
        _arm(row)
    announce("pickup.changed", order, number=order.number, store=_code(store_id), slot=_text(starts_at))
    return row


def leave_slot(row: PickupOrder) -> None:
    """Its place in the slot is free; once."""
    if row.in_slot:
        slots.give_back(row.store_id, row.slot_at)
        row.in_slot = False


def prepare(order: Order, state: str) -> PickupOrder:
    """Staff have laid it ready, or not after all. *order* is locked; a repeat changes nothing.

    :raises Refused: it is not to be fetched now.
    """
    row = of_order(order.id)
    if row.status != "live" or order.state != "awaiting_shipment":
        raise Refused(f"The order is {order.state}: there is nothing to prepare.", code="pickup_over")
    if row.preparation != state:
        row.preparation = state
        row.version += 1
        if state == "prepared":
            announce("pickup.prepared", order, number=order.number, store=_code(row.store_id))
    return row


def renew(order: Order) -> PickupOrder:
    """The code is good once more, for as long as the settings say from now. *order* is locked.

    :raises Refused: nothing of the order is to be fetched any more.
    """
    row = of_order(order.id)
    if row.status not in ("live", "expired") or order.state not in ("paid", "awaiting_shipment"):
        raise Refused(f"The order is {order.state}: there is nothing to be fetched.", code="pickup_over")
    row.status = "live"
    row.version += 1
    _arm(row, since=now())
    announce("pickup.ready", order, number=order.number, store=_code(row.store_id), until=_text(row.valid_until))
    return row


def chosen_within(closure: PickupClosure) -> int:
    """How many orders still to be fetched have chosen a slot on days on which the store will be closed."""
    first, last = (datetime.combine(day, time.min, places.zone()) for day in (closure.first_day, closure.last_day))
    table = PickupOrder
    where = (table.store_id == closure.store_id, table.status.in_(("placed", "live")))
    within = (table.slot_at >= first, table.slot_at < last + timedelta(days=1))
    return len(all_of(table, closure.merchant_id, *where, *within))


def locked(pickup_id: UUID) -> PickupOrder:
    """The pickup, read again under its lock; its order is locked already."""
    return get(PickupOrder, current_merchant().id, pickup_id, lock=True)


# ---------------------------------------------------------------------------------------------- inside
def _begin(order: OrderView) -> None:
    store_id, slot, capacity = delivery.chosen(order.options.get(NAME, {}), order.store_id)
    slots.take(store_id, slot.starts_at if slot else None, capacity)
    add(
        PickupOrder(
            merchant_id=order.merchant_id,
            order_id=order.id,
            customer_id=order.customer_id,
            store_id=store_id,
            slot_at=slot.starts_at if slot else None,
            slot_ends_at=slot.ends_at if slot else None,
            in_slot=slot is not None,
        )
    )
    flush()


def _issue(row: PickupOrder, view: OrderView) -> None:
    codes.issue(row)
    _arm(row)
    order = lock_order(view.id)
    announce("pickup.ready", order, number=view.number, store=_code(row.store_id), until=_text(row.valid_until))


def _end(row: PickupOrder, order_state: str) -> None:
    status = ENDS[order_state]
    row.status = status
    row.version += 1
    if not row.in_slot or status != "over":
        return
    if order_state == "closed":
        leave_slot(row)
    else:
        # goods given back have locked their shelf already, and slots are locked before shelves
        soon(f"{NAME}.leave_slot", pickup_id=row.id)


def _arm(row: PickupOrder, since: datetime | None = None) -> None:
    """How long the code is good for, by the settings of today: from payment or from the end of the slot."""
    terms = settings_of(NAME)
    row.valid_until = None
    if terms["valid_days"]:
        begins = since or max(row.issued_at or now(), row.slot_ends_at or now())
        row.valid_until = begins + timedelta(days=terms["valid_days"])
        row.reminded_at = None
        later(f"{NAME}.expire", row.valid_until, key=f"{NAME}-expire-{row.id}", pickup_id=row.id)
        if terms["remind_days"]:
            remind_at = row.valid_until - timedelta(days=terms["remind_days"])
            later(f"{NAME}.remind", remind_at, key=f"{NAME}-remind-{row.id}", pickup_id=row.id)


def _stays(row: PickupOrder, options: dict[str, Any]) -> bool:
    slot = datetime.fromisoformat(options["slot"]) if "slot" in options else None
    return options.get("store") in (None, _code(row.store_id)) and slot == row.slot_at


def _move_goods(order: Order, store_id: UUID) -> None:
    """Another store hands it over: the goods are taken from its warehouse."""
    if order.state != "awaiting_shipment":
        raise Refused("Another store can be chosen once the order is paid and free to go.", code="pickup_not_yet")
    targets = places.warehouses_of(store_id)
    if not targets:
        raise Refused("That store has no warehouse of its own.", code="pickup_no_stock")
    for shipment in [one for one in order.shipments if one.state == "waiting"]:
        if shipment.warehouse_id != targets[0].id:
            reallocate(order, shipment.id, targets[0].code)


def _code(store_id: UUID) -> str:
    return get(Store, current_merchant().id, store_id).code


def _text(moment: datetime | None) -> str | None:
    return as_text(moment) if moment else None
