"""The books: every receipt, refund and forfeit is one group of entries that sums to zero."""

from core import clock
from core.db import add
from core.ids import new_id
from core.models import Instalment, LedgerEntry, Order, Payment, RefundPart

#: what buyers have paid and may still get back
ORDERS = "orders"
FORFEITED = "forfeited_income"


def cash_book(payment: Payment) -> str:
    """The book of the money box a payment went to."""
    return f"channel:{payment.account_id}"


def book_receipt(order: Order, payment: Payment) -> None:
    """Money arrived: the box owes us, we owe the buyer."""
    _post(order, "receipt", cash_book(payment), ORDERS, payment.settled_amount, payment_id=payment.id)


def book_refund(order: Order, payment: Payment, part: RefundPart) -> None:
    """Money went back the way it came."""
    _post(order, "refund", ORDERS, cash_book(payment), part.amount, payment_id=payment.id, refund_part_id=part.id)


def book_forfeit(order: Order, instalment: Instalment) -> None:
    """A paid instalment is kept: we owe the buyer no more."""
    _post(order, "forfeit", ORDERS, FORFEITED, instalment.paid)


def _post(order: Order, kind: str, debit: str, credit: str, amount: int, **ids: object) -> None:
    if amount == 0:
        return
    group = new_id()
    for book, signed in ((debit, amount), (credit, -amount)):
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
