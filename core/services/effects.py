"""Node entered -> what happens then, in this order, for core's rows and plugins' alike."""

from core import clock
from core.models import Order
from core.services import deadlines, moves, shipments, stock, tenders


def end_paying(order: Order) -> None:
    """Nobody waits for money any more."""
    deadlines.clear(order, "pay", "remind")


def note_paid(order: Order) -> None:
    """When it was paid first."""
    if order.paid_at is None:
        order.paid_at = clock.now()


def note_closed(order: Order) -> None:
    """When it was closed."""
    order.closed_at = clock.now()


def start_confirming(order: Order) -> None:
    """The last goods left: the time to confirm begins, unless it began before and was only paused."""
    if order.shipped_at is None:
        order.shipped_at = clock.now()
        deadlines.start(order, "confirm", "confirm_reminder")
        # the rest was given back after a parcel had been signed for
        deadlines.shorten_if_signed(order)
        if deadlines.stand_still(order):
            deadlines.pause(order, "confirm", "confirm_reminder")


def end_confirming(order: Order) -> None:
    """It is there; the time to settle begins."""
    deadlines.clear(order, "confirm", "confirm_reminder")
    if order.received_at is None:
        order.received_at = clock.now()
        deadlines.start(order, "settle")


def note_completed(order: Order) -> None:
    """When it was completed."""
    deadlines.clear(order, "settle")
    if order.completed_at is None:
        order.completed_at = clock.now()


def end_all(order: Order) -> None:
    """Nothing will happen by itself any more."""
    deadlines.clear(order, *deadlines.KINDS)


ENTERED = {
    "paid": (note_paid, end_paying, stock.sell),
    "awaiting_shipment": (shipments.make,),
    "shipped": (start_confirming,),
    "received": (shipments.receive_all, end_confirming),
    "completed": (note_completed,),
    "closed": (note_closed, end_all, tenders.release_all, stock.release),
    "refunded": (end_all, shipments.cancel_unsent),
}


def install() -> None:
    """Tell `moves.py`, which stands below these services, what happens where; once, at start."""
    moves.ENTERED.update(ENTERED)
