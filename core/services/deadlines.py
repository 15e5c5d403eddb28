"""What happens by itself, and when: rows that may be moved, paused and resumed. Their jobs only look at them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core import clock, plugins, queue
from core.contracts.checkout import Never
from core.current import setting
from core.db import add, remove
from core.models import Deadline, Order, Parcel, Shipment
from core.services.pictures import picture

#: what an open refund or ticket stops
CONFIRMING = ("confirm", "confirm_reminder", "settle")
KINDS = ("pay", "remind", *CONFIRMING)


def ask(
    order: Order, kind: str, channel: str | None = None, shipments: Sequence[Shipment] | None = None
) -> datetime | None:
    """When *kind* shall happen to *order*: the plugins' answer or core's; None = never.

    :param channel: the channel whose payment is about to start.
    :param shipments: of these alone, where they are confirmed by themselves.
    """
    view = picture(order)
    if _came_by_hand(order, order.shipments if shipments is None else shipments):
        view = replace(view, delivery_method="none")
    answer = plugins.choose("choose_deadline", order=view, kind=kind, channel=channel)
    return None if isinstance(answer, Never) else answer


def set_deadline(order: Order, kind: str, due_at: datetime | None) -> None:
    """Let *kind* happen at *due_at* (aware UTC), instead of any time set before; None = never."""
    row = find(order, kind)
    if due_at is None:
        if row is not None:
            clear(order, kind)
        return
    if row is not None and row.due_at == due_at and row.paused_left is None:
        return
    fresh = row is None
    if row is None:
        row = add(Deadline(merchant_id=order.merchant_id, order_id=order.id, kind=kind, due_at=due_at))
        order.deadlines.append(row)
    row.due_at, row.paused_left = due_at, None
    _arm(row, fresh=fresh)


def start(order: Order, *kinds: str) -> None:
    """Ask for each of *kinds* and set it."""
    for kind in kinds:
        set_deadline(order, kind, ask(order, kind))


def start_paying(order: Order) -> None:
    """The next instalment's own due date, or what is answered for `pay`; again after each instalment."""
    due = next((row.due_at for row in order.instalments if row.settled_at is None), None)
    set_deadline(order, "pay", due or ask(order, "pay"))


def clear(order: Order, *kinds: str) -> None:
    """These will not happen any more."""
    gone = [row for row in order.deadlines if row.kind in kinds]
    if not gone:
        return
    for row in gone:
        order.deadlines.remove(row)
        remove(row)
    queue.forget(*(_key(row) for row in gone))


def pause(order: Order, *kinds: str) -> None:
    """Stop these clocks; what is left of them is kept."""
    now = clock.now()
    for row in order.deadlines:
        if row.kind in kinds and row.paused_left is None:
            row.paused_left = max(0, round((row.due_at - now).total_seconds()))


def stand_still(order: Order) -> bool:
    """Whether something stops the clocks of confirming: an open refund, or what a plugin names, such as a ticket."""
    if order.refund_axis == "applying":
        return True
    return bool(plugins.hearers("add_clock_stops") and plugins.add("add_clock_stops", order=picture(order)))


def resume(order: Order, *kinds: str) -> None:
    """Let these clocks run on with what was left of them, unless something else still stops those of confirming."""
    now = clock.now()
    stopped = CONFIRMING if stand_still(order) else ()
    for row in order.deadlines:
        if row.kind in kinds and row.kind not in stopped and row.paused_left is not None:
            row.due_at, row.paused_left = now + timedelta(seconds=row.paused_left), None
            _arm(row, fresh=False)


def shorten_if_signed(order: Order) -> None:
    """Where the merchant wants it so: with every parcel on its way signed for, the order counts as received soon."""
    row = find(order, "confirm")
    sent = [parcel for shipment in order.shipments if shipment.state == "shipped" for parcel in shipment.parcels]
    if row is not None and (left := left_if_signed(sent)) is not None:
        if row.paused_left is not None:
            row.paused_left = min(row.paused_left, round(left.total_seconds()))
        elif (due_at := clock.now() + left) < row.due_at:
            set_deadline(order, "confirm", due_at)


def left_if_signed(parcels: Iterable[Parcel]) -> timedelta | None:
    """How long to wait at most once *parcels* are signed for; None while one of them is not, or if nobody wants it."""
    hours = int(str(setting("shorten_after_signed_hours")))
    by_courier = [parcel for parcel in parcels if parcel.carrier]
    if not hours or not by_courier or any(parcel.delivered_at is None for parcel in by_courier):
        return None
    return timedelta(hours=hours)


def is_due(row: Deadline) -> bool:
    """Whether its time has come and nobody stopped it."""
    return row.paused_left is None and row.due_at <= clock.now()


def find(order: Order, kind: str) -> Deadline | None:
    """The order's deadline of *kind*."""
    return next((row for row in order.deadlines if row.kind == kind), None)


def _came_by_hand(order: Order, shipments: Sequence[Shipment]) -> bool:
    """Whether no courier brings any of it although one was to: virtual goods, and what was handed over in person."""
    parcels = [parcel for shipment in shipments for parcel in shipment.parcels]
    return order.delivery_method == "courier" and bool(parcels) and not any(parcel.carrier for parcel in parcels)


def _arm(row: Deadline, *, fresh: bool) -> None:
    queue.later("core.deadline", row.due_at, key=_key(row), fresh=fresh, deadline_id=row.id, order_id=row.order_id)


def _key(row: Deadline) -> str:
    return f"deadline-{row.id}"
