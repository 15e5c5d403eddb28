"""Money that has arrived: the fact, written whatever we thought of the attempt; and what follows from it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core import clock, plugins, queue
from core.contracts.payment_channel import Receipt
from core.current import setting
from core.db import add, db, flush
from core.errors import Contradiction, Refused
from core.lifecycles import CLOSED, PENDING
from core.models import Instalment, Order, Payment, Share
from core.money import allocate, format_money
from core.services import axes, cases, deadlines, events, guards, ledger, moves, stock, surplus, tenders
from core.services.pictures import picture

#: the door that booked the money concludes at once; this is for a door that died in between
CONCLUDE_WITHIN = timedelta(seconds=10)


class NotRevived(Exception):
    """What was free again could not be had back: undo the transaction, and conclude again without reviving."""


def record(order: Order, payment: Payment, receipt: Receipt) -> bool:
    """The fact: money arrived. Runs no plugin code; a repeat changes nothing. *order* is locked.

    Writes the payment, its shares, the books, the instalment and the payment axis, and the job that draws the
    conclusion (:func:`conclude`) if nobody does so within ten seconds. What tenders hold for the instalment settles
    with the cash that completes it. What the order has no place for is surplus.

    :returns: whether it is news.
    :raises Contradiction: another amount, currency or payee than the attempt's; nothing is written.
    """
    _compare(payment, receipt)
    if payment.state == "settled":
        return False
    payment.provider_ref = receipt.provider_ref
    payment.settled_amount, payment.settled_at = receipt.amount, receipt.at
    instalment = _instalment(order, payment)
    held = tenders.held(order, instalment)
    payment.surplus = 0 if _has_place(order, instalment, payment, held) else receipt.amount
    moves.move(payment, "settle", by="payment")
    if not payment.surplus:
        _apply(order, instalment, payment, held)
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


def pay_by_tenders(order: Order, held: Sequence[Payment]) -> None:
    """What tenders hold is all that the instalment asks for: it is paid, and the order moves. *order* is locked."""
    _settle_held(order, _instalment(order, held[0]), held)
    _go_on(order)
    if not guards.no_live_attempt(order):
        queue.soon("core.close_attempts", key=f"close-attempts-{order.id}", order_id=order.id)


def conclude(order: Order, payment: Payment, *, may_revive: bool = True) -> None:
    """What follows from money that is booked: the order's move, or the way back. A repeat changes nothing.

    :raises NotRevived: the caller undoes the transaction, and concludes again with *may_revive* off.
    """
    if payment.concluded_at is not None:
        return
    payment.concluded_at = clock.now()
    queue.forget(f"conclude-{payment.id}")
    if payment.surplus and not (may_revive and _revive(order, payment)):
        surplus.send_back(order, payment)
    elif not _go_on(order):
        cases.open_case(
            "money_without_order",
            f"{payment.settled_amount} {payment.currency} came for order {order.number}, which is {order.state}.",
            thing_kind="payment",
            thing_id=payment.id,
            key=f"money_without_order:{payment.id}",
            order_id=order.id,
        )
    if not guards.no_live_attempt(order):
        queue.soon("core.close_attempts", key=f"close-attempts-{order.id}", order_id=order.id)


def _go_on(order: Order) -> bool:
    """The order moves on its money. :returns: whether it could."""
    tenders.capture_all(order)
    if moves.take(order, "payment") is None:
        return False
    # what is held still was not needed: the cash alone has paid
    tenders.release_payable(order)
    if order.payment_axis == "part":
        deadlines.start_paying(order)
    return True


def _revive(order: Order, payment: Payment) -> bool:
    """Whether late money finds a place after all: what was free again meanwhile is taken back.

    An order that waits to be paid takes money whose tenders had let go, if they hold the same again. An expired one
    lives again where the merchant wants it and every unit, tender and plugin's thing is still there (T13).

    :raises NotRevived: something is not.
    """
    instalment = _instalment(order, payment)
    wishes = tenders.wishes_of(payment)
    fits = payment.surplus + sum(wish.amount or 0 for wish in wishes) == instalment.amount - instalment.paid
    waiting = order.state == PENDING and bool(wishes) and not tenders.held(order, instalment)
    expired = order.state == CLOSED and order.close_reason == "expired" and len(order.instalments) == 1
    if not fits or not (waiting or (expired and setting("late_payment") == "revive")):
        return False
    try:
        tenders.hold_again(order, wishes, instalment)
        if expired:
            plugins.during("during_revival", order=picture(order))
    except Refused as refused:
        raise NotRevived(refused.detail) from refused
    if expired and not stock.reserve_again(order):
        raise NotRevived("The goods are sold.")
    ledger.book_revival(order, payment, payment.surplus)
    payment.surplus = 0
    order.close_reason = order.closed_at = None
    _apply(order, instalment, payment, tenders.held(order, instalment))
    return True


def _instalment(order: Order, payment: Payment) -> Instalment:
    return next(row for row in order.instalments if row.id == payment.instalment_id)


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


def _has_place(order: Order, instalment: Instalment, payment: Payment, held: Sequence[Payment]) -> bool:
    """Whether the order takes it: it completes the instalment, alone or with what is held; or it is a part of it that
    never counted on tenders."""
    missing = instalment.amount - instalment.paid
    if order.state != PENDING or payment.settled_amount > missing:
        return False
    completes = missing in (payment.settled_amount, payment.settled_amount + _sum(held))
    return completes or not (held or payment.beside)


def _apply(order: Order, instalment: Instalment, payment: Payment, held: Sequence[Payment]) -> None:
    """Cash has its place; what tenders hold settles first if it completes the instalment with it."""
    together = payment.settled_amount + _sum(held) == instalment.amount - instalment.paid
    rows = [*held, payment] if held and together else [payment]
    _settle_held(order, instalment, rows)


def _settle_held(order: Order, instalment: Instalment, rows: Sequence[Payment]) -> None:
    """Book *rows* as the order's, tenders before cash, each with its shares of the lines."""
    unpaid = _unpaid(order)
    for row in rows:
        if tenders.is_held(row):
            tenders.settle(row)
        instalment.paid += row.settled_amount
        order.paid += row.settled_amount
        unpaid = _share(order, row, unpaid, last=instalment is order.instalments[-1])
    if instalment.paid == instalment.amount:
        instalment.settled_at = clock.now()
    axes.money_changed(order)
    if order.payment_axis == "paid":
        tenders.settle_adjustments(order)


def _sum(rows: Sequence[Payment]) -> int:
    return sum(row.amount for row in rows)


def _share(order: Order, payment: Payment, unpaid: Sequence[int], *, last: bool) -> list[int]:
    """Spread the money over what is unpaid of each line. :returns: what is unpaid then.

    :param last: freight is paid with the last instalment, so that what is paid before is paid for goods.
    """
    if not any(unpaid):
        return list(unpaid)
    goods = [left if line.kind == "goods" else 0 for line, left in zip(order.lines, unpaid, strict=True)]
    weights = unpaid if last or sum(goods) < payment.settled_amount else goods
    parts = allocate(min(payment.settled_amount, sum(weights)), weights, weights)
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
    return [left - part for left, part in zip(unpaid, parts, strict=True)]


def _unpaid(order: Order) -> list[int]:
    """Per line: its net less the money that has fallen on it."""
    if order.paid == 0:
        return [line.net for line in order.lines]
    flush()
    query = select(Share).where(
        Share.merchant_id == order.merchant_id, Share.order_id == order.id, Share.payment_id.is_not(None)
    )
    paid: dict[Any, int] = {}
    for share in db.session().scalars(query):
        paid[share.line_id] = paid.get(share.line_id, 0) + share.amount
    return [line.net - paid.get(line.id, 0) for line in order.lines]
