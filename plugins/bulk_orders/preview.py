"""What would become of rows if they were done now: told before anything is, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core import Order, Parcel, Shipment, current_merchant, db
from plugins.bulk_orders import wishes
from plugins.bulk_orders.cells import Wrong
from plugins.bulk_orders.fitting import Taken, Wanted, fit, look_up_store, sent_before
from plugins.bulk_orders.wishes import Wish

#: numbers in one statement
PIECE = 500


def look_into(rows: Sequence[Wish], store_ids: Collection[str]) -> None:
    """Say of each row why it cannot be done, or need not be. Inside a scope."""
    wishes.compare(rows)
    parts: dict[int, list[Wish]] = defaultdict(list)
    for row in rows:
        parts[row.part].append(row)
    orders = _orders({row.order for row in rows if row.is_open})
    elsewhere = _elsewhere({row.tracking_no for row in rows if row.is_open})
    taken: Taken = {}
    seen: dict[tuple[str, str], Order] = {}
    for part in parts.values():
        wishes.spread_trouble(part)
        still = [row for row in part if row.is_open]
        if still:
            _look_at(still, orders, elsewhere, store_ids, taken, seen)


def look_for(rows: Sequence[Wish], store_ids: Collection[str]) -> None:
    """Say of each row whether its order is there, and named once. Inside a scope."""
    orders = _orders({row.order for row in rows})
    first: dict[str, Wish] = {}
    for row in rows:
        before = first.setdefault(row.order, row)
        try:
            _found(row.order, orders, store_ids)
        except Wrong as wrong:
            row.trouble = wrong
        if before is not row and row.is_open:
            row.skip = Wrong("row_twice", None, f"The same as row {before.line}.")


def wanted(rows: Sequence[Wish]) -> Wanted:
    """What the rows of one parcel want together."""
    first = rows[0]
    units = {row.sku: row.quantity for row in rows if row.sku and row.quantity}
    return Wanted(first.shipment, first.carrier, first.tracking_no, units)


def _look_at(
    rows: Sequence[Wish],
    orders: Mapping[str, Order],
    elsewhere: Mapping[tuple[str, str], list[Order]],
    store_ids: Collection[str],
    taken: Taken,
    seen: dict[tuple[str, str], Order],
) -> None:
    try:
        order = _found(rows[0].order, orders, store_ids)
        wish = wanted(rows)
        number = (wish.carrier, wish.tracking_no)
        if sent_before(order, wish):
            raise _Skip("sent_before", None, f"Order {order.number} has a parcel {wish.tracking_no} already.")
        _refuse_twice(order, [*elsewhere.get(number, ()), *filter(None, (seen.get(number),))], wish)
        fit(order, wish, taken)
        seen[number] = order
    except _Skip as why:
        for row in rows:
            row.skip = why
    except Wrong as wrong:
        for row in rows:
            row.trouble = wrong


class _Skip(Wrong):
    """It was done before."""


def _found(number: str, orders: Mapping[str, Order], store_ids: Collection[str]) -> Order:
    order = orders.get(number)
    if order is None:
        raise Wrong("not_found", "order", f"There is no order {number} here.")
    look_up_store(order, store_ids)
    return order


def _refuse_twice(order: Order, others: Sequence[Order], wish: Wanted) -> None:
    """One box for two orders is right only if both go to the same door."""
    strangers = [one for one in others if one.id != order.id and one.receiver != order.receiver]
    if strangers:
        text = (
            f"{wish.tracking_no} of {wish.carrier} is the parcel of order {strangers[0].number}, which goes elsewhere."
        )
        raise Wrong("number_elsewhere", "tracking_no", text)


def _orders(numbers: Collection[str]) -> Mapping[str, Order]:
    """The orders of these numbers, with what is looked at."""
    found: dict[str, Order] = {}
    for piece in _pieces(numbers):
        query = select(Order).where(Order.merchant_id == current_merchant().id, Order.number.in_(piece))
        query = query.options(
            selectinload(Order.lines),
            selectinload(Order.shipments).selectinload(Shipment.lines),
            selectinload(Order.shipments).selectinload(Shipment.parcels),
        )
        found |= {order.number: order for order in db.session().scalars(query)}
    return found


def _elsewhere(numbers: Collection[str]) -> Mapping[tuple[str, str], list[Order]]:
    """(company, number) -> the orders that have such a parcel."""
    found: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for piece in _pieces(numbers):
        query: Any = (
            select(Parcel.carrier, Parcel.tracking_no, Order)
            .join(Shipment, (Shipment.merchant_id == Parcel.merchant_id) & (Shipment.id == Parcel.shipment_id))
            .join(Order, (Order.merchant_id == Shipment.merchant_id) & (Order.id == Shipment.order_id))
            .where(
                Parcel.merchant_id == current_merchant().id,
                Shipment.merchant_id == current_merchant().id,
                Order.merchant_id == current_merchant().id,
                Parcel.tracking_no.in_(piece),
            )
        )
        for carrier, number, order in db.session().execute(query):
            found[carrier, number].append(order)
    return found


def _pieces(numbers: Collection[str]) -> Iterator[list[str]]:
    listed = sorted(numbers)
    for start in range(0, len(listed), PIECE):
        yield listed[start : start + PIECE]
