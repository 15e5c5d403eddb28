"""The books: every receipt, refund and forfeit is one group of entries that sums to zero."""

from collections.abc import Mapping

from core import clock
from core.db import add
from core.ids import new_id
from core.models import Instalment, LedgerEntry, Order, Payment, RefundPart

#: what buyers have paid and may still get back
ORDERS = "orders"
#: what came late or twice: it never was an order's, and goes back
SURPLUS = "surplus"
FORFEITED = "forfeited_income"
#: cash that people sent themselves, past the channel the money came by
BY_HAND = "by_hand"


def cash_book(payment: Payment) -> str:
    """The book of the money box a payment went to."""
    return f"channel:{payment.account_id}"


def book_receipt(order: Order, payment: Payment) -> None:
    """Money arrived: the box owes us; we owe the buyer goods, or the surplus itself."""
    sides = {
        cash_book(payment): payment.settled_amount,
        ORDERS: payment.surplus - payment.settled_amount,
        SURPLUS: -payment.surplus,
    }
    _post(order, "receipt", sides, payment_id=payment.id)


def book_revival(order: Order, payment: Payment, amount: int) -> None:
    """Surplus became an order's after all."""
    _post(order, "revival", {SURPLUS: amount, ORDERS: -amount}, payment_id=payment.id)


def book_refund(order: Order, part: RefundPart, *, owed: str, by_hand: bool) -> None:
    """Money went back, by the channel it came through or by hand. *owed*: ORDERS or SURPLUS."""
    box = BY_HAND if by_hand else cash_book(part.payment)
    _post(order, "refund", {owed: part.amount, box: -part.amount}, payment_id=part.payment_id, refund_part_id=part.id)


def book_return(order: Order, part: RefundPart, *, owed: str) -> None:
    """Money that had gone back is with us again."""
    sides = {cash_book(part.payment): part.amount, owed: -part.amount}
    _post(order, "refund_returned", sides, payment_id=part.payment_id, refund_part_id=part.id)


def book_forfeit(order: Order, instalment: Instalment) -> None:
    """A paid instalment is kept: we owe the buyer no more."""
    _post(order, "forfeit", {ORDERS: instalment.paid, FORFEITED: -instalment.paid})


def _post(order: Order, kind: str, sides: Mapping[str, int], **ids: object) -> None:
    """One group: book -> amount, debit positive; it must come to zero."""
    if sum(sides.values()):
        raise RuntimeError(f"a {kind} whose sides come to {sum(sides.values())}: {dict(sides)}")
    group = new_id()
    for book, signed in sides.items():
        if not signed:
            continue
        add(
            LedgerEntry(
                merchant_id=order.merchant_id,
                group_id=group,
                kind=kind,
                book=book,
                amount=signed,
                currency=order.currency,
                order_id=order.id,
                booked_at=clock.now(),
                **ids,
            )
        )
