"""Closing attempts at their channels before an order is closed or repriced; money that was faster wins."""

from uuid import UUID

from core import plugins
from core.contracts.payment_channel import PaymentStatus
from core.current import current_actor, current_merchant
from core.db import get, reading, refuse_transaction, transaction
from core.errors import ChannelUnsure, Refused
from core.flows import money
from core.lifecycles import CLOSED
from core.models import Order, Payment
from core.services import accounts, deadlines, guards, moves, orders, payments


def close_attempts(order_id: UUID) -> None:
    """Close every live attempt of an order at its channel.

    :raises ChannelUnsure: a channel gave no clear answer; nothing else is done, ask again later.
    """
    refuse_transaction()
    with reading():
        order = get(Order, current_merchant().id, order_id)
        live = [(order_id, payment.id) for payment in order.payments if guards.is_live(payment)]
    close_all(*live)


def close_all(*attempts: tuple[UUID, UUID]) -> None:
    """Close these attempts, (order id, payment id) each, at their channels. :raises ChannelUnsure: no clear answer."""
    for order_id, payment_id in attempts:
        if close_one(order_id, payment_id) not in ("closed", "settled", "failed"):
            raise ChannelUnsure("A payment is still under way at its channel; try again in a moment.")


def close_one(order_id: UUID, payment_id: UUID) -> str:
    """Close one attempt at its channel.

    :returns: its state then: ``closed``, ``settled`` when the money was faster, or where it is stuck.
    """
    refuse_transaction()
    with transaction():
        moves.lock_order(order_id)
        payment = get(Payment, current_merchant().id, payment_id, lock=True)
        if payment.state in ("settled", "failed"):
            return payment.state
        if payment.state in guards.PAYABLE:
            moves.move(payment, "close", by="system")
        account, number, name = accounts.of_payment(payment), payment.out_trade_no, payment.channel
    status = plugins.channel(name)[1].close(account, number)
    return note_status(order_id, payment_id, status)


def note_status(order_id: UUID, payment_id: UUID, status: PaymentStatus) -> str:
    """Write down what a channel knows of an attempt: facts first, the order's move after.

    :returns: the attempt's state then.
    """
    if status.state == "paid" and status.receipt is not None:
        money.receive(order_id, payment_id, status.receipt)
    with transaction():
        order = moves.lock_order(order_id)
        payment = get(Payment, current_merchant().id, payment_id, lock=True)
        if status.state != "paid":
            payments.note_status(order, payment, status)
        return payment.state


def close_unpaid(
    number: str,
    move: str,
    *,
    customer_id: UUID | None,
    reason: str,
    remark: str | None = None,
    forfeit: bool = False,
) -> UUID:
    """End an unpaid order by buyer or staff: its attempts first, then the order. Paid meanwhile = the payment wins.

    :param forfeit: whether the buyer gives up what is kept of paid instalments.
    :returns: the order's id.
    :raises Refused: an instalment is paid, and the buyer did not say so.
    :raises MoveRefused: it is not unpaid any more, whoever was faster.
    """
    by = current_actor().plays
    with transaction():
        order = moves.lock_numbered(number, customer_id=customer_id)
        order_id, named = order.id, orders.closing_move(order, move, forfeit=forfeit)
        if guards.no_live_attempt(order):
            orders.close(order, named, by=by, reason=reason, remark=remark)
            return order_id
        _refuse_unless_pending(order, named, by)
    close_attempts(order_id)
    with transaction():
        order = moves.lock_order(order_id)
        named = orders.closing_move(order, move, forfeit=forfeit)
        orders.close(order, named, by=by, reason=reason, remark=remark)
    return order_id


def ring(deadline_id: UUID, order_id: UUID) -> None:
    """A deadline may be up: look again under the lock, and take what the clock takes. May be called twice."""
    refuse_transaction()
    with transaction():
        order = moves.lock_order(order_id)
        row = next((row for row in order.deadlines if row.id == deadline_id), None)
        if row is None or not deadlines.is_due(row):
            return
        by = f"clock:{row.kind}"
        closes = any(move.to == CLOSED for move in plugins.machine("order").find(order.state, by))
        if not closes or guards.no_live_attempt(order):
            _take_time(order, by, row.kind)
            return
    close_attempts(order_id)
    with transaction():
        order = moves.lock_order(order_id)
        row = deadlines.find(order, by.removeprefix("clock:"))
        if row is not None and row.id == deadline_id and deadlines.is_due(row):
            _take_time(order, by, row.kind)


def _take_time(order: Order, by: str, kind: str) -> None:
    expire = next((move for move in plugins.machine("order").find(order.state, by) if move.to == CLOSED), None)
    if expire is not None and expire.plugin is None:
        if not guards.not_paid_whole(order):
            # the money was faster: the move that follows from it is on its way, and nobody waits for more
            deadlines.clear(order, kind)
            return
        reason = "final_timeout" if guards.some_instalment_paid(order) else "expired"
        orders.close(order, expire.name, by=by, reason=reason)
    else:
        moves.take(order, by)
    deadlines.clear(order, kind)


def _refuse_unless_pending(order: Order, move: str, by: str) -> None:
    rows = plugins.machine("order").find(order.state, by, move)
    if not any(row.to == CLOSED for row in rows):
        moves.find_row(order, move, by)
        raise Refused(f"Order {order.number} cannot be closed by {move}.")


def before_reprice(number: str, goods_delta: int, freight_delta: int) -> None:
    """Close the order's live attempts, so that the price may change under nobody's feet.

    :raises Invalid: a price that cannot be; the attempts live on.
    """
    with reading():
        order = orders.read_numbered(number, whole=False)
        orders.new_payable(order, goods_delta, freight_delta)
        order_id, live = order.id, not guards.no_live_attempt(order)
    if live:
        close_attempts(order_id)
