"""The only place that writes `state`: lock, look up the row, ask guards and plugins, write, log, take effect."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from core import clock, metrics, plugins
from core.contracts.people import Actor
from core.current import current_actor
from core.db import add, after_commit, notes, require_transaction
from core.errors import MoveRefused, NotFound
from core.lifecycles import MACHINES, REFUNDING
from core.machine import RESUME, Move
from core.models import MoveLog, Order, Payment
from core.services import events, family, guards
from core.services.move_rights import may_move
from core.services.pictures import picture_move

Thing = TypeVar("Thing", bound=Any)

#: node -> what happens when an order enters it; `effects.py` fills it, for it stands above the services it calls
ENTERED: dict[str, tuple[Callable[[Order], None], ...]] = {}
#: nobody may argue with these: check_move is not asked
FACTS = ("payment", "refund")


def lock_order(order_id: UUID) -> Order:
    """The order, locked until the transaction ends and read anew with all that belongs to it.

    First lock of every decision about it; whoever holds it may write what belongs to it without more locks.

    :raises NotFound: there is none of this merchant.
    """
    require_transaction()
    order = family.lock(order_id)
    if order is None:
        raise NotFound("There is no such order here.")
    _locked().add(order.id)
    return order


def lock_numbered(number: str, *, customer_id: UUID | None = None) -> Order:
    """As :func:`lock_order`, by order number; with *customer_id* another buyer's order is none."""
    require_transaction()
    order = family.lock_numbered(number, customer_id)
    if order is None:
        raise NotFound(f"There is no order {number} here.")
    _locked().add(order.id)
    return order


def lock_of_attempt(account_id: UUID, out_trade_no: str) -> Order | None:
    """As :func:`lock_order`, by an attempt to pay it with this account; None if nobody made one."""
    require_transaction()
    order = family.lock_of_attempt(account_id, out_trade_no)
    if order is not None:
        _locked().add(order.id)
    return order


def lock_attempt(order_id: UUID, payment_id: UUID) -> Payment:
    """One attempt, under its order's lock; the rest of the order is not read: for what touches nothing else of it.

    :raises NotFound: there is none of this merchant.
    """
    require_transaction()
    payment = family.lock_attempt(order_id, payment_id)
    if payment is None:
        raise NotFound("There is no such payment here.")
    _locked().add(order_id)
    return payment


def nobody_else_speaks() -> bool:
    """Whether an order of the current merchant that is paid moves on without asking any plugin."""
    hooks = ("during_order_moved", "add_hold_reasons", "during_revival")
    heard = {name for hook in hooks for name in plugins.hearers(hook)}
    return heard <= {plugins.CORE} and not plugins.tenders() and plugins.machine("order") is MACHINES["order"]


def made_here(order: Order) -> None:
    """*order* is made in this transaction, about to be born: nobody else can know it, which is as good as a lock."""
    _locked().add(order.id)


def birth(thing: Thing, name: str, *, by: str | None = None, remark: str | None = None) -> Thing:
    """Write *thing* with its first move, from nothing.

    :param by: the word in the table; the current actor's unless given.
    """
    by = by or current_actor().plays
    machine = plugins.machine(thing.lifecycle)
    row = next(iter(machine.find(None, by, name)), None)
    if row is None:
        raise MoveRefused(f"A {machine.name} cannot begin by {name!r} of {by}.")
    thing.version = 0
    add(thing)
    if isinstance(thing, Order):
        made_here(thing)
    _write(thing, row, remark, None, None)
    return thing


def move(
    thing: Any,
    name: str,
    *,
    by: str | None = None,
    remark: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Move:
    """Take *thing* along the first open row called *name*.

    :param by: the word in the table; the current actor's unless given.
    :param before: what the move changed beside the state, for the log; *after* as it is now.
    :returns: the row that was taken.
    :raises MoveRefused: no such row is open from here; it names those that are.
    """
    row = find_row(thing, name, by or current_actor().plays)
    write(thing, row, remark=remark, before=before, after=after)
    return row


def write(
    thing: Any,
    row: Move,
    *,
    remark: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Take *thing* along a *row* that :func:`find_row` gave a moment ago, whose guards the caller has changed since."""
    _write(thing, row, remark, before, after)
    if isinstance(thing, Order):
        follow(thing)


def take(order: Order, by: str, *, remark: str | None = None) -> Move | None:
    """Money arrived, a refund ended, a deadline is up: take the first open row of that actor, plugins' rows first.

    :returns: the row, or None when none is open: nothing is written then.
    """
    for row in plugins.machine(order.lifecycle).find(order.state, by):
        if _open(row, order):
            _write(order, row, remark, None, None)
            if by != "system":
                follow(order)
            return row
    return None


def follow(order: Order) -> None:
    """Take what the system takes by itself from here, in the same transaction."""
    while take(order, "system"):
        pass


def find_row(thing: Any, name: str, by: str) -> Move:
    """The first open row called *name* for *by*, or a refusal that teaches.

    :raises MoveRefused: there is none; ``extra['allowed_actions']`` lists what is open to the same actor.
    """
    rows = plugins.machine(thing.lifecycle).find(thing.state, by, name)
    for row in rows:
        if _open(row, thing):
            return row
    label = getattr(thing, "number", None) or getattr(thing, "out_trade_no", None) or str(thing.id)
    said = f"The {thing.lifecycle} {label} is {thing.state}: {by} cannot {name} it now"
    if rows:
        unmet = [guards.meaning(guard) for guard in rows[0].only_if if not guards.holds(guard, thing)]
        said += f", for it needs that {' and '.join(unmet)}"
    allowed = [row.name for row in open_rows(thing, by)]
    said += f"; open to {by}: {', '.join(allowed) or 'nothing'}."
    raise MoveRefused(said, state=thing.state, allowed_actions=allowed)


def open_rows(thing: Any, by: str) -> list[Move]:
    """The rows *by* may take now through the doors, one a name, in the table's order."""
    rows: dict[str, Move] = {}
    for row in plugins.machine(thing.lifecycle).find(thing.state, by):
        if row.name not in rows and _offered(row, thing):
            rows[row.name] = row
    return list(rows.values())


def actions(thing: Any, actor: Actor) -> list[str]:
    """The names of the moves open to this caller, permissions considered."""
    return [row.name for row in open_rows(thing, actor.plays) if may_move(actor, thing.lifecycle, row)]


def _offered(row: Move, thing: Any) -> bool:
    return all(guards.holds(guard, thing) for guard in row.only_if if guard not in guards.MET_BY_DOORS)


def _open(row: Move, thing: Any) -> bool:
    return all(guards.holds(guard, thing) for guard in row.only_if)


def _write(
    thing: Any, row: Move, remark: str | None, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    order_id = thing.id if isinstance(thing, Order) else thing.order_id
    if order_id not in _locked():
        raise RuntimeError(f"lock the order before a {thing.lifecycle} of it moves")
    source = row.source
    target = thing.resume_state if row.to == RESUME else row.to
    if isinstance(thing, Order):
        if row.by not in FACTS and plugins.hearers("check_move"):
            plugins.check("check_move", move=picture_move(thing, row.name, row.by, source, target, remark))
        _leave(thing, source, target)
    thing.state = target
    thing.version += 1
    _log(thing, order_id, row, target, remark, before, after)
    if isinstance(thing, Payment):
        channel = thing.channel
        after_commit(lambda: metrics.payment(channel, target))
    if isinstance(thing, Order):
        _arrive(thing, row, target, remark)


def _leave(order: Order, source: str | None, target: str) -> None:
    if target == REFUNDING and source != REFUNDING:
        order.resume_state = source
    elif source == REFUNDING and target != REFUNDING:
        order.resume_state = None


def _arrive(order: Order, row: Move, target: str, remark: str | None) -> None:
    if row.source != target:
        for effect in ENTERED.get(target, ()):
            effect(order)
    if plugins.hearers("during_order_moved"):
        plugins.during("during_order_moved", move=picture_move(order, row.name, row.by, row.source, target, remark))
    events.tell_after("after_order_moved", order_id=order.id, move=row.name, target=target, seq=order.version)
    events.announce(f"order.{_event_of(row, target)}", order, number=order.number, move=row.name, state=target)


def _event_of(row: Move, target: str) -> str:
    if row.source is None:
        return "placed"
    if row.source == REFUNDING and row.to == RESUME:
        return "resumed"
    return target if row.source != target else row.name


def _log(
    thing: Any,
    order_id: UUID,
    row: Move,
    target: str,
    remark: str | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    actor = current_actor()
    add(
        MoveLog(
            merchant_id=thing.merchant_id,
            subject_kind=thing.lifecycle,
            subject_id=thing.id,
            seq=thing.version,
            order_id=order_id,
            move=row.name,
            source_state=row.source,
            target_state=target,
            actor_kind=row.by.split(":")[0] if actor.kind == "system" else actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            source="plugin" if row.plugin else actor.source,
            request_id=actor.request_id,
            at=clock.now(),
            remark=remark,
            before=before,
            after=after,
        )
    )


def _locked() -> set[UUID]:
    locked: set[UUID] = notes().setdefault("locked_orders", set())
    return locked
