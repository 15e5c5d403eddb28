"""What our books know of the numbers that a bill names."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from core import BillRow, LedgerEntry, Payment, RefundPart, current_merchant, db
from plugins.reconciliation.classes import SPLITS
from plugins.reconciliation.judging import LONGEST, Local, key_of


def known(account_id: UUID, rows: Sequence[BillRow]) -> dict[tuple[str, str], Local]:
    """(kind, our number) -> what we know of it, of one account."""
    payments = {row.out_trade_no for row in rows if row.kind == "payment"}
    refunds = {row.out_refund_no for row in rows if row.kind == "refund" and row.out_refund_no}
    found = {("payment", number): local for number, local in _payments(account_id, payments).items()}
    found.update({("refund", number): local for number, local in _refunds(account_id, refunds).items()})
    found.update(_splits(account_id, [row for row in rows if row.kind in SPLITS]))
    return found


def booked_splits(account_id: UUID, order_ids: Collection[UUID]) -> dict[tuple[str, str], LedgerEntry]:
    """(kind, number) -> the booking in the account's book, of all shares of these orders' payments."""
    entry = LedgerEntry
    query = select(entry).where(entry.merchant_id == current_merchant().id, entry.order_id.in_(order_ids))
    rows = db.session().scalars(query.where(entry.book == f"channel:{account_id}", entry.kind == "split"))
    return {(split_kind(row.amount), row.reference[:LONGEST]): row for row in rows if row.reference}


def split_kind(amount: int) -> str:
    """What a booking of so much in an account's book is: a share leaves it, and is back by a return."""
    return "split" if amount < 0 else "split_return"


def is_duplicate(payment: Payment) -> bool:
    """Whether another payment had paid the same instalment before."""
    if not payment.surplus:
        return False
    found: Any = db.session().scalar(_earlier(payment.merchant_id, {payment.id}).limit(1))
    return found is not None


def _payments(account_id: UUID, numbers: Collection[str]) -> dict[str, Local]:
    if not numbers:
        return {}
    merchant_id = current_merchant().id
    query = select(Payment).where(Payment.merchant_id == merchant_id, Payment.out_trade_no.in_(numbers))
    # numbers are unique, so that the account need not be asked for; no index shall be chosen for it
    rows = [row for row in db.session().scalars(query) if row.account_id == account_id]
    late = {row.id for row in rows if row.surplus}
    duplicates = set(db.session().scalars(_earlier(merchant_id, late))) if late else set()
    return {
        row.out_trade_no: Local(
            order_id=row.order_id,
            payment_id=row.id,
            refund_part_id=None,
            amount=row.settled_amount if row.state == "settled" else row.amount,
            currency=row.currency,
            says=row.state,
            arrived=row.state == "settled",
            reference=row.provider_ref,
            duplicate=row.id in duplicates,
        )
        for row in rows
    }


def _earlier(merchant_id: int, ids: Collection[UUID]) -> Any:
    """SQL: those of the payments *ids* whose instalment another payment had paid before."""
    first = aliased(Payment)
    before = or_(
        first.settled_at < Payment.settled_at, and_(first.settled_at == Payment.settled_at, first.surplus == 0)
    )
    return (
        select(Payment.id)
        .join(first, and_(first.merchant_id == Payment.merchant_id, first.instalment_id == Payment.instalment_id))
        .where(Payment.merchant_id == merchant_id, Payment.id.in_(ids), first.merchant_id == merchant_id)
        .where(first.id != Payment.id, first.role == "cash", first.state == "settled", before)
    )


def _splits(account_id: UUID, rows: Sequence[BillRow]) -> dict[tuple[str, str], Local]:
    """Our books name a share only once it is done; of one that they do not name, the payment may be ours."""
    if not rows:
        return {}
    references = {row.provider_ref for row in rows}
    query = select(Payment).where(Payment.merchant_id == current_merchant().id, Payment.account_id == account_id)
    payments = {
        row.provider_ref: row for row in db.session().scalars(query.where(Payment.provider_ref.in_(references)))
    }
    booked = booked_splits(account_id, {row.order_id for row in payments.values()})
    found: dict[tuple[str, str], Local] = {}
    for row in rows:
        payment, key = payments.get(row.provider_ref), key_of(row)
        if payment is not None:
            entry = booked.get((key.kind, key.number))
            found[key.kind, key.number] = Local(
                order_id=payment.order_id,
                payment_id=payment.id,
                refund_part_id=None,
                amount=abs(entry.amount) if entry else 0,
                currency=payment.currency,
                says="done" if entry else "not booked",
                arrived=entry is not None,
                reference=None,
            )
    return found


def _refunds(account_id: UUID, numbers: Collection[str]) -> dict[str, Local]:
    if not numbers:
        return {}
    query = (
        select(RefundPart, Payment.currency, Payment.account_id)
        .join(Payment, and_(Payment.merchant_id == RefundPart.merchant_id, Payment.id == RefundPart.payment_id))
        .where(RefundPart.merchant_id == current_merchant().id, RefundPart.out_refund_no.in_(numbers))
    )
    return {
        part.out_refund_no: Local(
            order_id=part.order_id,
            payment_id=part.payment_id,
            refund_part_id=part.id,
            amount=part.amount,
            currency=currency,
            says=part.state,
            # made by hand or paid into an account, it did not go through the channel
            arrived=part.state == "done" and part.evidence is None and part.tender is None,
            reference=part.provider_ref,
        )
        for part, currency, paid_into in db.session().execute(query)
        if paid_into == account_id
    }
