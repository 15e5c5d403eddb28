"""The laws that hold after every story, checked over all rows of all merchants: each broken one is a sentence."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from core import plugins
from core.contracts.people import Actor
from core.current import acting
from core.db import Base, across_merchants, all_of, db, reading
from core.lifecycles import MACHINES
from core.models import (
    Job,
    LedgerEntry,
    Merchant,
    MoveLog,
    Order,
    Payment,
    RefundPart,
    Reservation,
    Share,
    Shipment,
    Stock,
)
from core.services import axes, merchants
from core.services.orders import with_all


def broken(*, failed_jobs: bool = False, only: str | None = None) -> list[str]:
    """Every law that does not hold. Inside an app context.

    :param failed_jobs: whether jobs may have failed.
    :param only: look at the merchant of this code alone.
    """
    found: list[str] = []
    with across_merchants(), reading() as session:
        shops = [row for row in session.scalars(select(Merchant)) if only in (None, row.code)]
    for row in shops:
        view = merchants.view(row)
        with acting(view, Actor("system", None, "test", "cli", "test")), reading():
            plugins.refresh(row.id, row.plugin_version)
            found += [f"{row.code}: {sentence}" for sentence in _of_merchant(row.id, failed_jobs)]
    return found


def _of_merchant(merchant_id: int, failed_jobs: bool) -> Iterator[str]:
    query = select(Order).where(Order.merchant_id == merchant_id).options(*with_all())
    orders = list(db.session().scalars(query))
    for order in orders:
        for law in (_prices, _payments, _refunds, _goods, _axes, _nodes):
            yield from (f"order {order.number}: {sentence}" for sentence in law(order))
    yield from _books(merchant_id, orders)
    yield from _stock(merchant_id)
    yield from _logs(merchant_id)
    if not failed_jobs:
        for job in all_of(Job, merchant_id):
            if job.status == "failed" or job.error:
                yield f"job {job.name}: {job.error}"


# -- money
def _shares(order: Order) -> list[Share]:
    return all_of(Share, order.merchant_id, Share.order_id == order.id)


def _prices(order: Order) -> Iterator[str]:
    shares = _shares(order)
    if sum(line.net for line in order.lines) != order.payable:
        yield f"the lines cost {[line.net for line in order.lines]}, payable is {order.payable}"
    if sum(row.amount for row in order.instalments) != order.payable:
        yield f"instalments {[row.amount for row in order.instalments]} are not the payable {order.payable}"
    for adjustment in order.adjustments:
        parts = [share.amount for share in shares if share.adjustment_id == adjustment.id]
        if sum(parts) != adjustment.amount:
            yield f"adjustment {adjustment.title} of {adjustment.amount} is shared as {parts}"
    for line in order.lines:
        mine = sum(share.amount for share in shares if share.line_id == line.id and share.adjustment_id)
        if line.amount + mine != line.net:
            yield f"line {line.sku}: {line.amount} with adjustments of {mine} is not {line.net}"
    for payment in _money(order):
        parts = [share.amount for share in shares if share.payment_id == payment.id]
        if sum(parts) != payment.settled_amount - payment.surplus:
            yield f"payment {payment.out_trade_no} of {payment.settled_amount} is shared as {parts}"
    for line in order.lines:
        cash = sum(share.amount for share in shares if share.line_id == line.id and share.payment_id)
        if cash > line.net:
            yield f"line {line.sku} costs {line.net} and {cash} were paid for it"


def _money(order: Order) -> list[Payment]:
    """What pays; what lowers the price is apart."""
    return [row for row in order.payments if row.role != "adjustment"]


def _payments(order: Order) -> Iterator[str]:
    settled = [row for row in _money(order) if row.state == "settled"]
    if sum(row.settled_amount - row.surplus for row in _money(order)) != order.paid:
        yield f"paid is {order.paid}, payments brought {[row.settled_amount for row in settled]}"
    if any(row.settled_amount and row.state != "settled" for row in order.payments):
        yield "a payment that is not settled brought money"
    for row in settled:
        if row.concluded_at and row.surplus > row.refunded + row.refund_pending:
            yield f"{row.surplus} of payment {row.out_trade_no} came late or twice and do not go back"
    if order.paid > order.payable:
        yield f"{order.paid} were paid of {order.payable}"
    for instalment in order.instalments:
        brought = sum(row.settled_amount - row.surplus for row in settled if row.instalment_id == instalment.id)
        if brought != instalment.paid or (instalment.settled_at is not None) != (brought == instalment.amount):
            yield f"instalment {instalment.position}: paid {instalment.paid} of {instalment.amount}, brought {brought}"


def _refunds(order: Order) -> Iterator[str]:
    if order.refunded > order.paid:
        yield f"{order.refunded} went back of {order.paid}"
    parts = [part for refund in order.refunds for part in refund.parts]
    adjusting = {row.id for row in order.payments if row.role == "adjustment"}
    own = [part for refund in order.own_refunds for part in refund.parts if part.payment_id not in adjusting]
    if sum(part.amount for part in own if part.state == "done") != order.refunded:
        yield f"refunded is {order.refunded}, the parts say {[(part.state, part.amount) for part in parts]}"
    for payment in order.payments:
        mine = [part for part in parts if part.payment_id == payment.id]
        done = sum(part.amount for part in mine if part.state == "done")
        under_way = sum(part.amount for part in mine if part.state not in ("done", "withdrawn"))
        if (done, under_way) != (payment.refunded, payment.refund_pending):
            yield f"payment {payment.out_trade_no}: {done} back, {under_way} on its way, the row says otherwise"
    for refund in order.refunds:
        counted = [part for part in refund.parts if part.payment_id not in adjusting]
        live = [part for part in counted if refund.status == "withdrawn" or part.state != "withdrawn"]
        if sum(part.amount for part in live) != refund.amount:
            yield f"refund {refund.number} of {refund.amount} has other parts"
        if sum(row.amount for row in refund.lines) != (refund.amount if refund.kind == "order" else 0):
            yield f"refund {refund.number} of {refund.amount} has other lines"
        for part in refund.parts if refund.kind == "order" else ():
            on_lines = sum(share.amount for share in _shares(order) if share.refund_part_id == part.id)
            if on_lines != part.amount:
                yield f"part {part.out_refund_no} of {part.amount} falls on lines with {on_lines}"
    for line in order.lines:
        rows = [(refund.status, row) for refund in order.refunds for row in refund.lines if row.line_id == line.id]
        done_units = sum(row.quantity for status, row in rows if status == "done")
        open_units = sum(row.quantity for status, row in rows if status == "open")
        done_money = sum(row.amount for status, row in rows if status == "done")
        if (line.refunded, line.refunding, line.refunded_amount) != (done_units, open_units, done_money):
            yield f"line {line.sku}: its refunds say {done_units} back, {open_units} asked, {done_money} fen"


def _books(merchant_id: int, orders: list[Order]) -> Iterator[str]:
    entries = all_of(LedgerEntry, merchant_id)
    groups: dict[Any, int] = defaultdict(int)
    for entry in entries:
        groups[entry.group_id] += entry.amount
    yield from (f"ledger group {group} sums to {total}" for group, total in groups.items() if total)
    for order in orders:
        mine = [entry for entry in entries if entry.order_id == order.id]
        adjusting = {row.id for row in order.payments if row.role == "adjustment"}
        boxes = sum(entry.amount for entry in mine if _in_box(entry) and entry.payment_id not in adjusting)
        surplus = -sum(entry.amount for entry in mine if entry.book == "surplus")
        if boxes != order.paid - order.refunded + surplus:
            yield f"order {order.number}: {order.paid} - {order.refunded} + {surplus} is not in the boxes, {boxes} is"
        brought = sum(row.surplus for row in order.payments)
        back = [part for refund in order.refunds if refund.kind == "surplus" for part in refund.parts]
        if surplus != brought - sum(part.amount for part in back if part.state == "done"):
            yield f"order {order.number}: the books hold a surplus of {surplus}"
        for payment in order.payments:
            of_payment = (entry for entry in mine if entry.payment_id == payment.id)
            booked = sum(entry.amount for entry in of_payment if _in_box(entry))
            if booked != payment.settled_amount - payment.refunded:
                yield f"payment {payment.out_trade_no}: the books hold {booked}"


def _in_box(entry: LedgerEntry) -> bool:
    """Where money is: at a channel, in hands, or on an account."""
    return entry.source == "core" and entry.book.startswith(("channel:", "by_hand", "tender:", "held:"))


# -- goods
def _goods(order: Order) -> Iterator[str]:
    lines = {line.id: line for line in order.lines}
    shipped: Counter[Any] = Counter()
    boxed: Counter[Any] = Counter()
    for shipment in order.shipments:
        for row in shipment.lines:
            shipped[row.line_id] += row.shipped
        for parcel in shipment.parcels:
            boxed.update(parcel.contents)
    for line in lines.values():
        if not line.shipped == shipped[line.id] == boxed[str(line.id)]:
            yield f"line {line.sku}: {line.shipped} sent, its shipments and parcels say otherwise"


def _stock(merchant_id: int) -> Iterator[str]:
    held: Counter[Any] = Counter()
    for row in all_of(Reservation, merchant_id):
        held[row.warehouse_id, row.variant_id] += row.quantity if row.status == "held" else 0
    for row in all_of(Stock, merchant_id):
        if row.on_hand < 0 or row.reserved != held[row.warehouse_id, row.variant_id]:
            promised = held[row.warehouse_id, row.variant_id]
            yield f"stock {row.variant_id}: {row.on_hand} there, {row.reserved} reserved, {promised} promised"


def initial_stock(merchant_id: int) -> dict[Any, int]:
    """Per variant: what is there, and what was sold and did not come back: what there was when it began."""
    total: Counter[Any] = Counter()
    for row in all_of(Stock, merchant_id):
        total[row.variant_id] += row.on_hand
    for sold in all_of(Reservation, merchant_id, Reservation.status == "sold"):
        total[sold.variant_id] += sold.quantity - sold.restocked
    return dict(total)


# -- state
WANTED = {
    "pending_payment": "held",
    "closed": "released",
    **dict.fromkeys(("paid", "awaiting_shipment", "shipped", "received", "completed", "refunding", "refunded"), "sold"),
}


def _nodes(order: Order) -> Iterator[str]:
    rows = all_of(Reservation, order.merchant_id, Reservation.order_id == order.id)
    if wrong := [row.status for row in rows if row.status != WANTED[order.state]]:
        yield f"it is {order.state} and its units are {wrong}"
    if (order.state == "refunding") != (order.resume_state is not None):
        yield f"it is {order.state} and would go on at {order.resume_state}"
    if order.state in ("closed", "refunded") and order.deadlines:
        yield f"it is {order.state} and waits for {[row.kind for row in order.deadlines]}"
    jobs = {job.key for job in all_of(Job, order.merchant_id)}
    for row in order.deadlines:
        if row.paused_left is None and f"deadline-{row.id}" not in jobs:
            yield f"nobody will ring for its deadline {row.kind}"


def _axes(order: Order) -> Iterator[str]:
    stored = (order.payment_axis, order.fulfilment_axis, order.refund_axis)
    derived = (axes.payment(order), axes.fulfilment(order), axes.refund(order))
    if stored != derived:
        yield f"axes are {stored}, the rows say {derived}"


def _logs(merchant_id: int) -> Iterator[str]:
    log: dict[Any, list[MoveLog]] = defaultdict(list)
    for row in all_of(MoveLog, merchant_id, order_by=MoveLog.seq):
        log[row.subject_id].append(row)
    things: tuple[type[Base], ...] = (Order, Payment, RefundPart, Shipment)
    for model in things:
        thing: Any
        for thing in all_of(model, merchant_id):
            yield from (f"{thing.lifecycle} {thing.id}: {said}" for said in _log(thing, log.pop(thing.id, [])))
    yield from (
        f"the log tells of {rows[0].subject_kind} {subject}, which is not there" for subject, rows in log.items()
    )


def _log(thing: Any, rows: list[MoveLog]) -> Iterator[str]:
    machine = plugins.machine(thing.lifecycle)
    assert machine.states == MACHINES[thing.lifecycle].states
    if [row.seq for row in rows] != list(range(1, thing.version + 1)):
        yield f"its log is {[row.seq for row in rows]}, its version {thing.version}"
    if not rows or rows[0].source_state is not None or rows[-1].target_state != thing.state:
        yield f"it is {thing.state}, its log ends elsewhere"
    here: str | None = None
    for row in rows:
        names = {move.name for move in machine.moves if move.source == row.source_state}
        if row.source_state != here or not machine.allows(here, row.target_state) or row.move not in names:
            yield f"{row.move} from {row.source_state} to {row.target_state} after {here}"
        here = row.target_state
        if not (row.actor_kind and row.actor_name and row.source and row.request_id and row.at and row.order_id):
            yield f"nobody knows who did {row.move}"
