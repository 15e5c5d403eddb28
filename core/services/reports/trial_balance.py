"""The trial balance: what every book held, took in, gave out and holds, and that all of it comes to nothing."""

from collections import defaultdict
from typing import Any

from core.services.reports import sums
from core.services.reports.days import Days
from core.services.reports.titles import Names

COLUMNS = ("opening", "debit", "credit", "closing")


def trial_balance(days: Days) -> dict[str, Any]:
    """Every book over *days*, and per currency the totals: opening and closing 0, debit = credit."""
    names = Names()
    totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    books = []
    for one in sums.standings(days):
        amounts = {column: getattr(one, column) for column in COLUMNS}
        books.append({"book": one.book, "title": names.book(one.book), "currency": one.currency, **amounts})
        for column, amount in amounts.items():
            totals[one.currency][column] += amount
    rows = [{"currency": currency, **amounts} for currency, amounts in totals.items()]
    return {**days.head(), "books": books, "totals": rows}


def balances() -> dict[str, Any]:
    """What stands in every book now: money at each account, and what is owed on each tender."""
    names = Names()
    rows = []
    for book, currency, balance in sums.balances():
        word, _, name = book.partition(":")
        kind = word if name and word in ("channel", "tender", "held") else "other"
        told = {"book": book, "kind": kind, "title": names.book(book), "currency": currency, "balance": balance}
        rows.append(told | {"account_id": name if kind == "channel" else None})
    return {"balances": rows}
