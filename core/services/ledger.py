"""The books: whatever money did is one group of entries that sums to zero; rows are added, never changed."""

from collections.abc import Mapping
from uuid import UUID

from core import clock
from core.current import current_merchant
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
#: what core posts; a plugin may use these words too, or its own: they begin with its name
KINDS = (
    "receipt",
    "refund",
    "refund_returned",
    "revival",
    "forfeit",
    "hold",
    "release",
    "capture",
    "top_up",
    "grant",
    "adjustment",
    "withdrawal",
    "expiry",
    "fee",
    "split",
)


def cash_book(payment: Payment) -> str:
    """The book of the money box a payment went to."""
    return f"channel:{payment.account_id}"


def tender_book(name: str) -> str:
    """What customers have on their accounts of a tender, free to spend."""
    return f"tender:{name}"


def held_book(name: str) -> str:
    """What of it is set aside for orders."""
    return f"held:{name}"


def adjusted_book(name: str) -> str:
    """What a tender that lowers prices has paid for orders, and may still get back."""
    return f"adjusted:{name}"


def book_receipt(order: Order, payment: Payment) -> None:
    """Money arrived: the box owes us; we owe the buyer goods, or the surplus itself."""
    sides = {
        cash_book(payment): payment.settled_amount,
        ORDERS: payment.surplus - payment.settled_amount,
        SURPLUS: -payment.surplus,
    }
    _of_order(order, "receipt", sides, payment_id=payment.id)


def book_hold(order: Order, payment: Payment) -> None:
    """A tender set money aside."""
    _book_tender(order, payment, "hold", tender_book(payment.channel), held_book(payment.channel))


def book_release(order: Order, payment: Payment) -> None:
    """What was set aside is free again."""
    _book_tender(order, payment, "release", held_book(payment.channel), tender_book(payment.channel))


def book_capture(order: Order, payment: Payment) -> None:
    """What was set aside pays the order, or for its lower price."""
    paid = ORDERS if payment.role == "payable" else adjusted_book(payment.channel)
    _book_tender(order, payment, "capture", held_book(payment.channel), paid)


def book_revival(order: Order, payment: Payment, amount: int) -> None:
    """Surplus became an order's after all."""
    _of_order(order, "revival", {SURPLUS: amount, ORDERS: -amount}, payment_id=payment.id)


def book_refund(order: Order, part: RefundPart, *, owed: str, by_hand: bool) -> None:
    """Money went back: by the channel it came through, by hand, or into a tender. *owed*: ORDERS or SURPLUS."""
    box = BY_HAND if by_hand else _box(part)
    sides = {owed: part.amount, box: -part.amount}
    _of_order(order, "refund", sides, payment_id=part.payment_id, refund_part_id=part.id)


def book_return(order: Order, part: RefundPart, *, owed: str) -> None:
    """Money that had gone back is with us again."""
    sides = {_box(part): part.amount, owed: -part.amount}
    _of_order(order, "refund_returned", sides, payment_id=part.payment_id, refund_part_id=part.id)


def book_forfeit(order: Order, instalment: Instalment) -> None:
    """A paid instalment is kept: we owe the buyer no more."""
    _of_order(order, "forfeit", {ORDERS: instalment.paid, FORFEITED: -instalment.paid})


def post(
    kind: str,
    sides: Mapping[str, int],
    *,
    source: str,
    currency: str,
    order_id: UUID | None = None,
    payment_id: UUID | None = None,
    refund_part_id: UUID | None = None,
    reference: str | None = None,
) -> UUID:
    """Write one group into the books, in the caller's transaction.

    :param sides: book -> signed minor units, debit positive; they must sum to zero. Books of 0 are left out.
    :param source: the plugin that posts. :param reference: what names it outside, at most 200 characters; what names a
        ``split`` in bills, see :func:`core.contracts.splits.split_reference`.
    :returns: the group's id.
    """
    if sum(sides.values()):
        raise RuntimeError(f"a {kind} whose sides come to {sum(sides.values())}: {dict(sides)}")
    group = new_id()
    for book, signed in sides.items():
        if signed:
            add(
                LedgerEntry(
                    merchant_id=current_merchant().id,
                    group_id=group,
                    kind=kind,
                    source=source,
                    book=book,
                    amount=signed,
                    currency=currency,
                    order_id=order_id,
                    payment_id=payment_id,
                    refund_part_id=refund_part_id,
                    reference=reference,
                    booked_at=clock.now(),
                )
            )
    return group


def _box(part: RefundPart) -> str:
    into = part.tender or (part.payment.channel if part.payment.role != "cash" else None)
    return tender_book(into) if into else cash_book(part.payment)


def _book_tender(order: Order, payment: Payment, kind: str, debit: str, credit: str) -> None:
    _of_order(order, kind, {debit: payment.amount, credit: -payment.amount}, payment_id=payment.id)


def _of_order(
    order: Order,
    kind: str,
    sides: Mapping[str, int],
    *,
    payment_id: UUID | None = None,
    refund_part_id: UUID | None = None,
) -> None:
    post(
        kind,
        sides,
        source="core",
        currency=order.currency,
        order_id=order.id,
        payment_id=payment_id,
        refund_part_id=refund_part_id,
    )
