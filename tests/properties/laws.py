"""Laws beside ``tests/invariants.py``: no unit is made or lost, nothing owed is forgotten, no clock stands still."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import select

from core.clock import now
from core.current import current_merchant, setting
from core.db import all_of, db
from core.models import Case, Job, Order, OrderLine, Reservation, Stock
from core.services.guards import LIVE
from core.services.orders import with_all

#: the states in which an order's goods have left the shelf, until they are given back
SOLD = ("paid", "awaiting_shipment", "shipped", "received", "completed", "refunding", "refunded")
#: what each state waits for, if nobody does anything
WAITS_FOR = {"pending_payment": "pay", "shipped": "confirm", "received": "settle"}
#: what looks after a refund part in each state: a job, or a case for people
NEXT = {
    "planned": ("refund-",),
    "sending": ("refund-",),
    "unsure": ("refund-",),
    "pending": ("query-refund-", "refund_to_make:", "refund_failed:"),
    "failed": ("refund-", "refund_failed:"),
}


def broken_laws(units: Mapping[UUID, int]) -> list[str]:
    """Every breach by the current merchant, in words. Inside ``reading()``.

    :param units: how many of each variant ever came in.
    """
    merchant_id = current_merchant().id
    known = {row.key for row in all_of(Job, merchant_id) if row.status == "waiting"}
    known |= {row.key for row in all_of(Case, merchant_id)}
    reservations: dict[UUID, list[Reservation]] = defaultdict(list)
    for row in all_of(Reservation, merchant_id):
        reservations[row.order_id].append(row)
    found = list(_shelves(units))
    query = select(Order).where(Order.merchant_id == merchant_id).options(*with_all())
    for order in db.session().scalars(query):
        told = [*_goods(order, reservations[order.id]), *_money(order), *_clocks(order, known)]
        found += [f"order {order.number} ({order.state}): {breach}" for breach in told]
    return found


def _shelves(units: Mapping[UUID, int]) -> Iterator[str]:
    there: Counter[UUID] = Counter()
    for shelf in all_of(Stock, current_merchant().id):
        there[shelf.variant_id] += shelf.on_hand
        if not 0 <= shelf.reserved <= shelf.on_hand:
            yield f"shelf of {shelf.variant_id}: {shelf.reserved} reserved of {shelf.on_hand}"
    for row in all_of(Reservation, current_merchant().id, Reservation.status == "sold"):
        there[row.variant_id] += row.quantity - row.restocked
    for variant_id, came_in in units.items():
        if there[variant_id] != came_in:
            yield f"{came_in} of {variant_id} came in, {there[variant_id]} are on shelves or sold"


def _goods(order: Order, reservations: list[Reservation]) -> Iterator[str]:
    alive = [shipment for shipment in order.shipments if shipment.state != "cancelled"]
    for line in order.goods_lines:
        to_send = sum(row.unshipped for shipment in alive for row in shipment.lines if row.line_id == line.id)
        kept = sum(row.quantity - row.restocked for row in reservations if row.line_id == line.id)
        yield from _units(order, line, to_send if order.shipments else None, kept, _came_back(order, line))
    for shipment in order.shipments:
        complete = all(row.unshipped == 0 for row in shipment.lines)
        if complete != (shipment.state in ("shipped", "received")) and shipment.state != "cancelled":
            yield f"shipment {shipment.number} is {shipment.state}, complete: {complete}"


def _came_back(order: Order, line: OrderLine) -> int:
    """Units that were given back and are being given back again, for their money came back: nobody sends them."""
    again = [
        refund
        for refund in order.refunds
        if refund.status == "open" and any(part.provider_ref and part.state != "done" for part in refund.parts)
    ]
    return sum(row.quantity for refund in again for row in refund.lines if row.line_id == line.id)


def _units(order: Order, line: OrderLine, to_send: int | None, kept: int, came_back: int) -> Iterator[str]:
    owed = range(line.left_to_ship - came_back, line.left_to_ship + 1)
    if order.state in ("awaiting_shipment", "shipped", "received", "completed") and to_send not in owed:
        yield f"{line.sku}: {line.left_to_ship} are owed, shipments would send {to_send}"
    if line.virtual or order.state not in SOLD:
        return
    if order.state == "refunded" and kept != line.shipped:
        yield f"{line.sku}: {kept} units are off the shelf, {line.shipped} were sent"
    elif to_send is not None and kept != line.shipped + to_send:
        yield f"{line.sku}: {kept} units are off the shelf, {line.shipped} sent, {to_send} to send"
    elif order.state == "paid" and kept not in owed:
        yield f"{line.sku}: {kept} units are off the shelf, {line.left_to_ship} are owed"


def _money(order: Order) -> Iterator[str]:
    for payment in order.payments:
        if not 0 <= payment.refunded + payment.refund_pending <= payment.settled_amount:
            yield f"{payment.refunded} + {payment.refund_pending} is promised back of {payment.settled_amount}"
    for line in order.lines:
        rows = [row for refund in order.refunds if refund.status == "open" for row in refund.lines]
        asked = sum(row.amount for row in rows if row.line_id == line.id)
        if line.refunding_amount != asked:
            yield f"{line.sku} says {line.refunding_amount} is asked back, its refunds {asked}"
    for refund in order.refunds:
        states = {part.state for part in refund.parts if refund.status == "withdrawn" or part.state != "withdrawn"}
        if refund.status == "open" and states <= {"done"}:
            yield f"refund {refund.number} is open though nothing of it is"
        if refund.status != "open" and states - {refund.status}:
            yield f"refund {refund.number} is {refund.status}, its parts are {states}"
    for part in (part for refund in order.refunds for part in refund.parts):
        if part.evidence is not None and part.state != "done":
            yield f"its refund part was made by hand, and is {part.state}"
    if order.payment_axis == "paid" and order.state in ("pending_payment", "closed"):
        yield "it is paid, and goes nowhere"


def _clocks(order: Order, known: set[str | None]) -> Iterator[str]:
    """What waits for time has a running clock and a job; what waits for money has an open refund and a job or case."""
    waiting = {row.kind for row in order.deadlines}
    kind = WAITS_FOR.get(order.state)
    if kind and kind not in waiting and (kind != "settle" or setting("settle_days")):
        yield f"nothing will ever happen by itself: it has no {kind} deadline"
    open_refund = any(refund.status == "open" for refund in order.refunds)
    if order.state == "refunding" and not open_refund:
        yield "no refund is open"
    for row in order.deadlines:
        if row.paused_left is not None and not open_refund:
            yield f"its {row.kind} clock stands still for nobody"
        if row.paused_left is None and f"deadline-{row.id}" not in known:
            yield f"nobody watches its {row.kind} clock, due {row.due_at}, now {now()}"
    for part in (part for refund in order.refunds for part in refund.parts):
        keys = {f"{name}{part.id}" for name in NEXT.get(part.state, ())}
        if keys and not keys & known:
            yield f"nobody looks after its refund part, which is {part.state}"
    for payment in order.payments:
        if payment.state in LIVE and order.state != "pending_payment" and f"close-attempts-{order.id}" not in known:
            yield f"nobody closes its payment {payment.out_trade_no}, which is {payment.state}"
