"""Invariants for the doctor: parts come to their share, books and returns agree, nothing is held for ever."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, func, select

from core import Check, LedgerEntry, db, now
from plugins.profit_sharing.models import ProfitSharingReturn, ProfitSharingShare, ProfitSharingSplit
from plugins.profit_sharing.terms import NAME, OPEN

_MEND = "Ask the channel for the number first; what it says is true."


def shares_that_differ() -> Sequence[str]:
    """Shares whose parts do not come to them, or that are above their cap."""
    share, row = ProfitSharingShare, ProfitSharingSplit
    parts = func.coalesce(func.sum(row.amount), 0)
    joined = and_(row.merchant_id == share.merchant_id, row.share_id == share.id)
    query = select(share.merchant_id, share.number, share.amount, share.base, share.fee, share.cap, parts)
    query = query.join(row, joined, isouter=True).where(share.status.not_in(("frozen", "gone")))
    query = query.group_by(share.merchant_id, share.id).having(
        (parts != share.amount)
        | (share.amount > share.cap)
        | (share.amount + share.fee > share.base) & (share.amount > 0)
    )
    return [
        f"merchant {merchant}: split {number} shares {amount} of {base} (fee {fee}, at most {cap}), its parts "
        f"are {found}"
        for merchant, number, amount, base, fee, cap, found in db.session().execute(query)
    ]


def returns_that_differ() -> Sequence[str]:
    """Parts that say another amount is back than their returns."""
    split, row = ProfitSharingSplit, ProfitSharingReturn
    back = func.coalesce(func.sum(row.amount), 0)
    joined = and_(row.merchant_id == split.merchant_id, row.split_id == split.id, row.status == "done")
    query = select(split.merchant_id, split.account, split.returned, back).join(row, joined, isouter=True)
    query = query.group_by(split.merchant_id, split.id).having(back != split.returned)
    return [
        f"merchant {merchant}: {account} gave {returned} back, its returns say {found}"
        for merchant, account, returned, found in db.session().execute(query)
    ]


def books_that_differ() -> Sequence[str]:
    """Payments of which the books say that another amount is with receivers than the parts say."""
    share, row, entry = ProfitSharingShare, ProfitSharingSplit, LedgerEntry
    told = (
        select(share.merchant_id, share.payment_id, func.sum(row.amount - row.returned))
        .join(row, and_(row.merchant_id == share.merchant_id, row.share_id == share.id))
        .where(row.status == "done")
        .group_by(share.merchant_id, share.payment_id)
    )
    booked = (
        select(entry.merchant_id, entry.payment_id, func.sum(entry.amount))
        .where(entry.source == NAME, entry.book.like("split:%"))
        .group_by(entry.merchant_id, entry.payment_id)
    )
    parts, books = _sums(told), _sums(booked)
    return [
        f"merchant {merchant}: receivers have {parts.get((merchant, payment), 0)} of payment {payment}, the books say "
        f"{books.get((merchant, payment), 0)}"
        for merchant, payment in sorted(parts.keys() | books.keys())
        if parts.get((merchant, payment), 0) != books.get((merchant, payment), 0)
    ]


def held_for_ever() -> Sequence[str]:
    """Shares that nobody ended although the channel's 30 days are over."""
    share = ProfitSharingShare
    query = select(share.merchant_id, share.number, share.status, share.paid_at)
    query = query.where(share.status.in_(OPEN), share.paid_at < now() - timedelta(days=31))
    return [
        f"merchant {merchant}: split {number} is {status}, paid at {paid_at:%Y-%m-%d}"
        for merchant, number, status, paid_at in db.session().execute(query)
    ]


def _sums(query: Any) -> dict[tuple[int, str], int]:
    return dict(_pairs(query))


def _pairs(query: Any) -> Iterator[tuple[tuple[int, str], int]]:
    for merchant, payment, amount in db.session().execute(query):
        yield (merchant, str(payment)), int(amount)


CHECKS = (
    Check("profit_sharing_shares", shares_that_differ, _MEND),
    Check("profit_sharing_returns", returns_that_differ, _MEND),
    Check("profit_sharing_books", books_that_differ, "The parts are the truth: post what is missing, and say why."),
    Check("profit_sharing_ends", held_for_ever, "See that the plugin's daily job runs for this merchant."),
)
