"""Invariants for the doctor: fees are booked as the bills say, and decisions have their reasons."""

from collections.abc import Sequence

from sqlalchemy import func, select

from core import LedgerEntry, db
from plugins.reconciliation.models import ReconciliationDifference, ReconciliationLine


def fees_not_booked() -> Sequence[str]:
    """Accounts whose lines tell of other fees than the books."""
    line, entry = ReconciliationLine, LedgerEntry
    told = select(line.merchant_id, line.account_id, line.currency, func.sum(line.fee)).group_by(
        line.merchant_id, line.account_id, line.currency
    )
    booked = (
        select(entry.merchant_id, entry.book, entry.currency, func.sum(-entry.amount))
        .where(entry.source == "reconciliation", entry.kind == "fee", entry.book.like("channel:%"))
        .group_by(entry.merchant_id, entry.book, entry.currency)
    )
    session = db.session()
    sums = {(merchant, book, currency): int(fee) for merchant, book, currency, fee in session.execute(booked)}
    return [
        f"merchant {merchant}: the bills of account {account} tell of fees of {fee}, the books of {found}"
        for merchant, account, currency, fee in session.execute(told)
        if int(fee) != (found := sums.get((merchant, f"channel:{account}", currency), 0))
    ]


def handled_without_a_word() -> Sequence[str]:
    """Handled differences of which nobody says how."""
    table = ReconciliationDifference
    query = select(table.merchant_id, table.number, table.finding).where(table.status == "handled")
    query = query.where(table.remark.is_(None) | table.basis.is_(None) | table.handled_by.is_(None))
    return [
        f"merchant {merchant}: difference {finding} of {number} was handled without a remark"
        for merchant, number, finding in db.session().execute(query)
    ]
