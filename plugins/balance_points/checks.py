"""What must be true of all accounts: entries come to what is there, and the books say the same."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, select

from core import LedgerEntry, db
from plugins.balance_points.models import BalancePointsAccount, BalancePointsEntry, BalancePointsWithdrawal
from plugins.balance_points.terms import BALANCE, BALANCES, HELD_BALANCES

#: a withdrawal is set aside on the account, and in the books when it is paid
_WAITING = ("asked", "approved")


def entries_and_accounts() -> Sequence[str]:
    """Accounts that hold something else than their entries come to."""
    account, entry = BalancePointsAccount, BalancePointsEntry
    free, aside = func.coalesce(func.sum(entry.available), 0), func.coalesce(func.sum(entry.held), 0)
    query = (
        select(account.merchant_id, account.id, account.kind, account.available, account.held, free, aside)
        .outerjoin(entry, and_(entry.merchant_id == account.merchant_id, entry.account_id == account.id))
        .group_by(account.merchant_id, account.id, account.kind, account.available, account.held)
        .having((account.available != free) | (account.held != aside))
    )
    return [
        f"merchant {merchant}: account {name} of {kind} holds {there} and {held} set aside, its entries say {a} and {b}"
        for merchant, name, kind, there, held, a, b in db.session().execute(query)
    ]


def books_and_accounts() -> Sequence[str]:
    """Merchants whose books of balance say something else than the accounts of their customers."""
    account, asked = BalancePointsAccount, BalancePointsWithdrawal
    free = _sums(account, func.sum(account.available), account.kind == BALANCE)
    aside = _sums(account, func.sum(account.held), account.kind == BALANCE)
    waiting = _sums(asked, func.sum(asked.amount), asked.status.in_(_WAITING))
    owed = _sums(LedgerEntry, -func.sum(LedgerEntry.amount), LedgerEntry.book == BALANCES)
    held = _sums(LedgerEntry, -func.sum(LedgerEntry.amount), LedgerEntry.book == HELD_BALANCES)
    found = []
    for key in sorted({*free, *aside, *waiting, *owed, *held}):
        accounts = (free.get(key, 0) + waiting.get(key, 0), aside.get(key, 0) - waiting.get(key, 0))
        books = (owed.get(key, 0), held.get(key, 0))
        if accounts != books:
            merchant, currency = key
            found.append(f"merchant {merchant}: balance in {currency} is {accounts} free and held, booked are {books}")
    return found


def _sums(model: Any, amount: Any, *where: Any) -> dict[tuple[int, str], int]:
    query = select(model.merchant_id, model.currency, amount).where(*where).group_by(model.merchant_id, model.currency)
    return {(merchant, currency): int(total or 0) for merchant, currency, total in db.session().execute(query)}
