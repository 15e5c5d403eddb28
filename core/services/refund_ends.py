"""How a refund ends: its lines are given back, the order moves on, and clocks that it stopped run again."""

from core import clock
from core.models import Order, OrderLine, Refund, RefundLine, RefundPart
from core.services import axes, deadlines, guards, moves, shipments


def live_parts(refund: Refund) -> list[RefundPart]:
    """Its parts, without those whose place another has taken."""
    return [part for part in refund.parts if part.state != "withdrawn"]


def lines_of(order: Order, refund: Refund) -> list[tuple[OrderLine, RefundLine]]:
    """Each line of the order that it gives back, with how much."""
    lines = {line.id: line for line in order.lines}
    return [(lines[row.line_id], row) for row in refund.lines]


def finish_if_all_done(order: Order, refund: Refund) -> None:
    """If nothing of it is on its way any more, its lines are given back and the order moves. *order* is locked."""
    if refund.status != "open" or any(part.state != "done" for part in live_parts(refund)):
        return
    refund.status, refund.done_at = "done", clock.now()
    if refund.kind == "surplus":
        return
    for line, row in lines_of(order, refund):
        line.refunding -= row.quantity
        line.refunding_amount -= row.amount
        line.refunded += row.quantity
        line.refunded_amount += row.amount
    if not guards.all_given_back(order):
        # counted now: another refund of the same line may have been withdrawn since this one was asked for
        shipments.give_up_unsent(order)
    axes.refunds_changed(order)
    if order.state == "refunding":
        moves.take(order, "refund")
    else:
        moves.follow(order)
    run_on(order)


def open_again(order: Order, refund: Refund) -> None:
    """Money of a refund that was done came back: it is on its way again. The order keeps its node."""
    if refund.status != "done":
        return
    refund.status, refund.done_at = "open", None
    for line, row in lines_of(order, refund):
        line.refunded -= row.quantity
        line.refunded_amount -= row.amount
        line.refunding += row.quantity
        line.refunding_amount += row.amount
    axes.refunds_changed(order)
    # as when it was asked for: clocks that ring while it is open would find nothing to do, and be gone
    deadlines.pause(order, "confirm", "confirm_reminder", "settle")


def run_on(order: Order) -> None:
    """Clocks that the refund stopped run on, if the order is still on its way and nothing else is open."""
    if order.refund_axis != "applying":
        deadlines.resume(order, "confirm", "confirm_reminder", "settle")
        moves.follow(order)


def failed_key(part: RefundPart) -> str:
    """The case of a part that its channel could not give back."""
    return f"refund_failed:{part.id}"


def by_hand_key(part: RefundPart) -> str:
    """The case that asks people to make a transfer."""
    return f"refund_to_make:{part.id}"
