"""What orders do to their presale: each phase sets the next clocks, moves the units, and tells the buyer."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from core import (
    MoveView,
    Order,
    OrderView,
    add,
    all_of,
    announce,
    flush,
    format_money,
    get,
    lock_order,
    now,
    set_deadline,
)
from plugins.presale import compensating, counting, matching, selling
from plugins.presale.models import PresaleActivity, PresaleOrder
from plugins.presale.terms import CLOCKS, ENDS, ENTRY, FAILURES, MOVE_ENDS, MOVE_OPENS, OPENS, SHIP, SHIP_DATE


class Case(NamedTuple):
    """One order of a presale, locked, and the move it has just made."""

    order: Order
    row: PresaleOrder
    activity: PresaleActivity
    move: MoveView


def follow(move: MoveView) -> None:
    """An order has moved: its presale follows. Other orders cost nothing."""
    if move.order.entry != ENTRY:
        return
    if move.source is None:
        begin(move.order)
        return
    turn = _turn(move)
    if turn is not None:
        row = row_of(move.order)
        turn(Case(lock_order(row.order_id), row, activity_of(row), move))


def begin(order: OrderView) -> None:
    """The order is placed: it holds its units. :raises Refused: the last ones went a moment ago."""
    flush()  # what is written here points at the order
    goods = [line for line in order.lines if line.variant_id]
    offers = selling.on_offer([line.variant_id for line in goods if line.variant_id], order.placed_at)
    activity = next(iter(offers.values())).activity
    add(
        PresaleOrder(
            merchant_id=order.merchant_id,
            order_id=order.id,
            activity_id=activity.id,
            phase="deposit_due",
            deposit=sum(offers[line.variant_id].item.deposit * line.quantity for line in goods if line.variant_id),
        )
    )
    counting.take(order, activity, [offer.item for offer in offers.values()])


def revive(order: OrderView) -> None:
    """Late money would bring an expired order back. :raises Refused: its units are somebody else's by now."""
    if order.entry == ENTRY:
        row = row_of(order)
        counting.take_again(order, activity_of(row))
        row.phase = "deposit_due"


def ship_time(activity: PresaleActivity, paid_at: datetime) -> datetime:
    """When goods may leave of an order that was paid at that moment."""
    return activity.ship_at or paid_at + timedelta(days=activity.ship_days or 0)


def holds(order: OrderView) -> Sequence[str]:
    """Why a paid order waits: its day has not come."""
    if order.entry != ENTRY or order.paid_at is None:
        return []
    return [SHIP_DATE] if ship_time(activity_of(row_of(order)), order.paid_at) > now() else []


def row_of(order: OrderView) -> PresaleOrder:
    """What the order waits for."""
    (row,) = all_of(PresaleOrder, order.merchant_id, PresaleOrder.order_id == order.id)
    return row


def activity_of(row: PresaleOrder) -> PresaleActivity:
    """The terms it was ordered at."""
    return get(PresaleActivity, row.merchant_id, row.activity_id)


# ---------------------------------------------------------------------------------------------- turns
def _deposit_paid(case: Case) -> None:
    order, row, activity, _ = case
    if row.phase != "deposit_due" or activity.final_starts_at is None:
        return
    row.phase = "waiting"
    counting.move_to(row.merchant_id, row.order_id, "locked")
    # it says that nothing is paid yet
    set_deadline(order, "remind", None)
    set_deadline(order, OPENS, activity.final_starts_at)
    early = activity.ends_at - timedelta(hours=activity.remind_hours)
    set_deadline(order, ENDS, early if activity.remind_hours and early > activity.final_starts_at else None)


def _opened(case: Case) -> None:
    matching.match(case.order, case.activity)
    case.row.phase = "final_due"
    _tell(case, "presale.final_opened")


def _ends_soon(case: Case) -> None:
    _tell(case, "presale.final_ending")


def _paid(case: Case) -> None:
    order, row, activity, move = case
    row.phase = "paid"
    counting.move_to(row.merchant_id, row.order_id, "sold")
    _clear(order)
    due_at = ship_time(activity, move.order.paid_at or move.at)
    if due_at > move.at:
        set_deadline(order, SHIP, due_at)


def _closed(case: Case) -> None:
    order, row, activity, move = case
    had_deposit = row.phase in ("waiting", "final_due")
    row.phase = "closed"
    counting.move_to(row.merchant_id, row.order_id, "free")
    _clear(order)
    if had_deposit and move.by == "clock:pay":
        kept = format_money(0 if activity.return_deposit else row.deposit, order.currency)
        announce("presale.final_missed", order, number=order.number, kept=kept)
    elif had_deposit and move.by == "staff" and order.close_reason in FAILURES:
        compensating.owe(row, activity)


def _refunded(case: Case) -> None:
    case.row.phase = "closed"
    counting.move_to(case.row.merchant_id, case.row.order_id, "free")
    _clear(case.order)


def _rejected(case: Case) -> None:
    compensating.owe(case.row, case.activity)


#: move -> turn, where the order stays in its node or a move means more than its node
_BY_MOVE: dict[str, Callable[[Case], None]] = {
    "pay_part": _deposit_paid,
    MOVE_OPENS: _opened,
    MOVE_ENDS: _ends_soon,
    "reject": _rejected,
}
#: node entered -> turn
_BY_NODE: dict[str, Callable[[Case], None]] = {"paid": _paid, "closed": _closed, "refunded": _refunded}


def _turn(move: MoveView) -> Callable[[Case], None] | None:
    if move.move in _BY_MOVE:
        return _BY_MOVE[move.move]
    # what comes back out of a refund has been paid before
    entered = move.source not in (move.target, "refunding") or move.target == "refunded"
    return _BY_NODE.get(move.target) if entered else None


def _tell(case: Case, event: str) -> None:
    due = case.order.instalments[-1]
    amount = format_money(due.amount - due.paid, case.order.currency)
    until = case.activity.ends_at.isoformat(timespec="minutes")
    announce(event, case.order, number=case.order.number, amount=amount, until=until)


def _clear(order: Order) -> None:
    for kind in CLOCKS:
        set_deadline(order, kind, None)
