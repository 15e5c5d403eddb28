"""Sums over the ledger, each in one statement that reads the merchant's own entries by their day."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select

from core.current import current_merchant
from core.db import db
from core.models import LedgerEntry, Payment
from core.services.reports.days import Days

#: money that goes back, and money that came back from going back
REFUNDS = ("refund", "refund_returned")
#: the books that say whom we owe what of an order
OWED = ("orders", "surplus")


@dataclass(frozen=True)
class Turnover:
    """What one kind of booking did to one book, in minor units; *channel* and *account_id* are its payments'."""

    book: str
    kind: str
    currency: str
    channel: str | None
    account_id: UUID | None
    debit: int
    credit: int
    payments: int
    refund_parts: int

    @property
    def net(self) -> int:
        """Debit less credit."""
        return self.debit - self.credit


@dataclass(frozen=True)
class Standing:
    """A book over some days, in minor units, debit positive: ``opening + debit - credit = closing``."""

    book: str
    currency: str
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        """What stands in it in the end."""
        return self.opening + self.debit - self.credit


def turnovers(days: Days) -> Iterator[Turnover]:
    """What happened in each book during *days*."""
    entry = LedgerEntry
    keys = (entry.book, entry.kind, entry.currency, Payment.channel, Payment.account_id)
    query = (
        select(
            *keys,
            total(entry.amount, entry.amount > 0),
            -total(entry.amount, entry.amount < 0),
            func.count(entry.payment_id.distinct()),
            func.count(entry.refund_part_id.distinct()),
        )
        .select_from(entry)
        .outerjoin(Payment, and_(Payment.merchant_id == entry.merchant_id, Payment.id == entry.payment_id))
        .where(*within(days))
        .group_by(*keys)
        .order_by(*keys[:4])
    )
    for book, kind, currency, channel, account_id, debit, credit, payments, parts in db.session().execute(query):
        yield Turnover(book, kind, currency, channel, account_id, int(debit), int(credit), payments, parts)


def standings(days: Days) -> Iterator[Standing]:
    """Every book that anything was ever written into before *days* were over."""
    entry = LedgerEntry
    here = entry.booked_at >= days.start
    query = (
        select(
            entry.book,
            entry.currency,
            total(entry.amount, entry.booked_at < days.start),
            total(entry.amount, and_(here, entry.amount > 0)),
            -total(entry.amount, and_(here, entry.amount < 0)),
        )
        .where(entry.merchant_id == current_merchant().id, entry.booked_at < days.end)
        .group_by(entry.book, entry.currency)
        .order_by(entry.currency, entry.book)
    )
    for book, currency, opening, debit, credit in db.session().execute(query):
        yield Standing(book, currency, int(opening), int(debit), int(credit))


def balances() -> Iterator[tuple[str, str, int]]:
    """(book, currency, what stands in it now, debit positive)."""
    entry = LedgerEntry
    query = (
        select(entry.book, entry.currency, func.sum(entry.amount))
        .where(entry.merchant_id == current_merchant().id)
        .group_by(entry.book, entry.currency)
        .order_by(entry.currency, entry.book)
    )
    for book, currency, amount in db.session().execute(query):
        yield book, currency, int(amount)


def within(days: Days) -> tuple[ColumnElement[bool], ...]:
    """SQL: the current merchant's entries of *days*."""
    return (*of_merchant(LedgerEntry), *during(LedgerEntry.booked_at, days.start, days.end))


def of_merchant(model: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL: the current merchant's rows."""
    return (model.merchant_id == current_merchant().id,)


def during(column: Any, start: Any, end: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL: the moment in *column* lies between those two, the second excluded."""
    return (column >= start, column < end)


def total(amount: Any, where: Any) -> Any:
    """SQL: the sum of *amount* over the rows that meet *where*."""
    return func.coalesce(func.sum(case((where, amount), else_=0)), 0)
