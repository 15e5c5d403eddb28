"""Money that has arrived: the fact, written whatever we thought of the attempt; and what follows from it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core import clock, queue
from core.contracts.payment_channel import Receipt
from core.current import setting
from core.db import add, db
from core.errors import Contradiction
from core.lifecycles import CLOSED, PENDING
from core.models import Instalment, Order, Payment, Share
from core.money import allocate, format_money
from core.services import axes, cases, deadlines, events, guards, ledger, moves, stock, surplus

#: the door that booked the money concludes at once; this is for a door that died in between
CONCLUDE_WITHIN = timedelta(seconds=10)


def record(order: Order, payment: Payment, receipt: Receipt) -> bool:
    """The fact: money arrived. Runs no plugin code; a repeat changes nothing. *order* is locked.

    Writes the payment, its shares, the books, the instalment and the payment axis, and the job that draws the
    conclusion (:func:`conclude`) if nobody does so within ten seconds. What the order has no place for is surplus.

    :returns: whether it is news.
    :raises Contradiction: another amount, currency or payee than the attempt's; nothing is written.
    """
    _compare(payment, receipt)
    if payment.state == "settled":
        return False
    payment.provider_ref = receipt.provider_ref
    payment.settled_amount, payment.settled_at = receipt.amount, receipt.at
    instalment = next(row for row in order.instalments if row.id == payment.instalment_id)
    payment.surplus = 0 if _has_place(order, instalment, receipt.amount) else receipt.amount
    moves.move(payment, "settle", by="payment")
    if not payment.surplus:
        _apply(order, instalment, payment)
    ledger.book_receipt(order, payment)
    queue.forget(f"query-{payment.id}")
    queue.later(
        "core.conclude",
        clock.now() + CONCLUDE_WITHIN,
        key=f"conclude-{payment.id}",
        fresh=True,
        order_id=order.id,
        payment_id=payment.id,
    )
    events.tell_after("after_payment_settled", payment_id=payment.id, order_id=order.id)
    return True


def conclude(order: Order, payment: Payment) -> None:
    """What follows from money that is booked: the order's move, or the way back. A repeat changes nothing."""
    if payment.concluded_at is not None:
        return
    payment.concluded_at = clock.now()
    queue.forget(f"conclude-{payment.id}")
    if payment.surplus and not _revive(order, payment):
        surplus.send_back(order, payment)
    elif moves.take(order, "payment") is None:
        cases.open_case(
            "money_without_order",
            f"{payment.settled_amount} {payment.currency} came for order {order.number}, which is {order.state}.",
            thing_kind="payment",
            thing_id=payment.id,
            key=f"money_without_order:{payment.id}",
            order_id=order.id,
        )
    elif order.payment_axis == "part":
        deadlines.start_paying(order)
    if not guards.no_live_attempt(order):
        queue.soon("core.close_attempts", key=f"close-attempts-{order.id}", order_id=order.id)


def _revive(order: Order, payment: Payment) -> bool:
    """Late money brings an expired order back, where the merchant wants it and every unit is still there."""
    expired = order.state == CLOSED and order.close_reason == "expired" and len(order.instalments) == 1
    instalment = order.instalments[0]
    fits = payment.surplus == instalment.amount and instalment.paid == 0
    if not (expired and fits and setting("late_payment") == "revive" and stock.reserve_again(order)):
        return False
    ledger.book_revival(order, payment, payment.surplus)
    payment.surplus = 0
    order.close_reason = order.closed_at = None
    _apply(order, instalment, payment)
    return True


def _compare(payment: Payment, receipt: Receipt) -> None:
    """Refuse money that is not what was asked for: core trusts the attempt, never the notice."""
    number = payment.out_trade_no
    if payment.state == "settled" and payment.provider_ref != receipt.provider_ref:
        told = f"Payment {number} settled as {payment.provider_ref}; now {receipt.provider_ref} is told of too."
        raise Contradiction(told, code="settled_before")
    if receipt.currency != payment.currency:
        told = f"Payment {number}: {receipt.currency} came, {payment.currency} was asked for."
        raise Contradiction(told, code="currency_mismatch")
    if receipt.amount != payment.amount:
        came, asked = (format_money(amount, payment.currency) for amount in (receipt.amount, payment.amount))
        told = f"Payment {number}: {came} came, {asked} was asked for."
        raise Contradiction(told, code="amount_mismatch")
    if payment.payee and receipt.payee is not None and dict(receipt.payee) != payment.payee:
        wrong = [name for name in payment.payee if receipt.payee.get(name) != payment.payee[name]] or ["more"]
        told = f"Payment {number}: somebody else was paid than was asked for ({', '.join(wrong)} differs)."
        raise Contradiction(told, code="payee_mismatch")


def _has_place(order: Order, instalment: Instalment, amount: int) -> bool:
    return order.state == PENDING and instalment.paid + amount <= instalment.amount


def _apply(order: Order, instalment: Instalment, payment: Payment) -> None:
    instalment.paid += payment.settled_amount
    if instalment.paid == instalment.amount:
        instalment.settled_at = clock.now()
    _share(order, payment)
    order.paid += payment.settled_amount
    axes.money_changed(order)


def _share(order: Order, payment: Payment) -> None:
    """Spread the cash over what is still unpaid of each line, freight among them."""
    unpaid = _unpaid(order)
    if not any(unpaid):
        return
    parts = allocate(min(payment.settled_amount, sum(unpaid)), unpaid, unpaid)
    for line, part in zip(order.lines, parts, strict=True):
        if part:
            add(
                Share(
                    merchant_id=order.merchant_id,
                    order_id=order.id,
                    line_id=line.id,
                    payment_id=payment.id,
                    amount=part,
                )
            )


def _unpaid(order: Order) -> list[int]:
    """Per line: its net less the cash that has fallen on it."""
    if order.paid == 0:
        return [line.net for line in order.lines]
    query = select(Share).where(
        Share.merchant_id == order.merchant_id, Share.order_id == order.id, Share.payment_id.is_not(None)
    )
    paid: dict[Any, int] = {}
    for share in db.session().scalars(query):
        paid[share.line_id] = paid.get(share.line_id, 0) + share.amount
    return [line.net - paid.get(line.id, 0) for line in order.lines]
