"""What happens by itself, and when: rows that may be moved, paused and resumed. Their jobs only look at them."""

from datetime import datetime, timedelta

from core import clock, plugins, queue
from core.contracts.checkout import Never
from core.db import add, remove
from core.models import Deadline, Order
from core.services.pictures import picture

KINDS = ("pay", "remind", "confirm", "confirm_reminder", "settle")


def ask(order: Order, kind: str, channel: str | None = None) -> datetime | None:
    """When *kind* shall happen to *order*: the plugins' answer or core's; None = never.

    :param channel: the channel whose payment is about to start.
    """
    answer = plugins.choose("choose_deadline", order=picture(order), kind=kind, channel=channel)
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


def resume(order: Order, *kinds: str) -> None:
    """Let these clocks run on with what was left of them."""
    now = clock.now()
    for row in order.deadlines:
        if row.kind in kinds and row.paused_left is not None:
            row.due_at, row.paused_left = now + timedelta(seconds=row.paused_left), None
            _arm(row, fresh=False)


def is_due(row: Deadline) -> bool:
    """Whether its time has come and nobody stopped it."""
    return row.paused_left is None and row.due_at <= clock.now()


def find(order: Order, kind: str) -> Deadline | None:
    """The order's deadline of *kind*."""
    return next((row for row in order.deadlines if row.kind == kind), None)


def _arm(row: Deadline, *, fresh: bool) -> None:
    queue.later("core.deadline", row.due_at, key=_key(row), fresh=fresh, deadline_id=row.id, order_id=row.order_id)


def _key(row: Deadline) -> str:
    return f"deadline-{row.id}"
