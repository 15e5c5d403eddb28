"""What must be true of pickups: sums are their redemptions, units and codes stand where their orders stand."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from core import Check, Order, OrderLine, db
from plugins.pickup.models import PickupOrder, PickupRedemption, PickupSlot, PickupSum
from plugins.pickup.terms import NAME

#: where the order of a live code may stand
ALIVE = ("paid", "awaiting_shipment", "shipped", "received", "refunding")


def sums_beside_redemptions() -> Sequence[str]:
    """Days of stores whose sum is not that of their redemptions."""
    wanted: dict[tuple[int, UUID, str], tuple[int, int, int]] = {}
    rows = PickupRedemption
    sums = (func.count(rows.id), func.sum(rows.quantity), func.sum(rows.amount))
    key = (rows.merchant_id, rows.store_id, rows.day)
    for merchant, store, day, *values in db.session().execute(select(*key, *sums).group_by(*key)):
        wanted[merchant, store, str(day)] = (int(values[0]), int(values[1]), int(values[2]))
    table = PickupSum
    columns = (table.merchant_id, table.store_id, table.day, table.redemptions, table.units, table.amount)
    said = {(row[0], row[1], str(row[2])): tuple(row[3:]) for row in db.session().execute(select(*columns))}
    nothing = (0, 0, 0)
    return [
        f"merchant {key[0]}: store {key[1]} on {key[2]} counts {said.get(key, nothing)} redemptions, units and money, "
        f"its redemptions {wanted.get(key, nothing)}"
        for key in sorted(said.keys() | wanted.keys(), key=str)
        if said.get(key, nothing) != wanted.get(key, nothing)
    ]


def units_beside_orders() -> Sequence[str]:
    """Lines of which another number was handed over than was redeemed."""
    redeemed: dict[tuple[int, UUID], Counter[str]] = defaultdict(Counter)
    rows = PickupRedemption
    for merchant, order, units in db.session().execute(select(rows.merchant_id, rows.order_id, rows.units)):
        redeemed[merchant, order].update(units)
    line: Any = OrderLine
    columns = (line.merchant_id, Order.id, Order.number, line.id, line.sku, line.redeemed, line.shipped)
    same = and_(Order.merchant_id == line.merchant_id, Order.id == line.order_id)
    query = select(*columns).join(Order, same).where(Order.delivery_method == NAME, line.kind == "goods")
    return [
        f"merchant {merchant}: order {number} has {counted} of {sku} redeemed and {sent} handed over, "
        f"its redemptions say {redeemed[merchant, order][str(line_id)]}"
        for merchant, order, number, line_id, sku, counted, sent in db.session().execute(query)
        if not counted == sent == redeemed[merchant, order][str(line_id)]
    ]


def codes_beside_orders() -> Sequence[str]:
    """Live codes of orders that are over, and orders that wait to be fetched without a code."""
    same = and_(Order.merchant_id == PickupOrder.merchant_id, Order.id == PickupOrder.order_id)
    wrong = or_(
        and_(PickupOrder.status == "live", Order.state.not_in(ALIVE)),
        and_(PickupOrder.status == "placed", Order.state.not_in(("pending_payment",))),
        PickupOrder.id.is_(None),
    )
    query = (
        select(Order.merchant_id, Order.number, Order.state, PickupOrder.status)
        .outerjoin(PickupOrder, same)
        .where(Order.delivery_method == NAME, wrong)
    )
    return [
        f"merchant {merchant}: order {number} is {state} and its pickup is {status or 'not there'}"
        for merchant, number, state, status in db.session().execute(query)
    ]


def slots_beside_orders() -> Sequence[str]:
    """Slots that count another number of orders than have chosen them."""
    table, slot = PickupOrder, PickupSlot
    chosen = (
        select(table.merchant_id, table.store_id, table.slot_at, func.count().label("many"))
        .where(table.in_slot)
        .group_by(table.merchant_id, table.store_id, table.slot_at)
        .subquery()
    )
    same = and_(
        chosen.c.merchant_id == slot.merchant_id, chosen.c.store_id == slot.store_id, chosen.c.slot_at == slot.starts_at
    )
    query = select(slot.merchant_id, slot.store_id, slot.starts_at, slot.taken, chosen.c.many).outerjoin(chosen, same)
    return [
        f"merchant {merchant}: the slot of store {store} at {starts} counts {taken} orders, {many or 0} have chosen it"
        for merchant, store, starts, taken, many in db.session().execute(query)
        if taken != (many or 0)
    ]


MEND = "Compare the rows of `pickup_redemptions` with the order's log; what differs was changed by hand."
CHECKS = (
    Check("pickup_sums", sums_beside_redemptions, MEND),
    Check("pickup_units", units_beside_orders, MEND),
    Check("pickup_codes", codes_beside_orders, "Compare `pickup_orders` with the order: it was changed by hand."),
    Check("pickup_slots", slots_beside_orders, "Set `taken` to the number of orders that have chosen the slot."),
)
