"""Settlement per account: what was paid into it, what left it and why, and what the channel still owes."""

from collections import defaultdict
from typing import Any

from core.services.ledger import BY_HAND
from core.services.reports import sums
from core.services.reports.days import Days
from core.services.reports.titles import Names

#: kind of booking -> the column of a channel's book it is counted in, and how a debit counts there
COLUMN_OF = {
    "receipt": ("paid", 1),
    "fee": ("fee", -1),
    "refund": ("refunded", -1),
    "refund_returned": ("refunded", -1),
    "split": ("split", -1),
    "settlement": ("settled", -1),
}
COLUMNS = ("paid", "fee", "refunded", "split", "settled", "other", "refunded_by_hand")
Key = tuple[str, str]


def settlement(days: Days) -> dict[str, Any]:
    """Each account's book over *days*.

    ``opening + paid - fee - refunded - split - settled + other = unsettled``; what was given back by hand left the
    merchant another way, so it stands beside.
    """
    names = Names()
    columns = _columns(days)
    rows = []
    for one in sums.standings(days):
        if not one.book.startswith("channel:"):
            continue
        account_id = one.book.partition(":")[2]
        told: dict[str, Any] = {"account_id": account_id, "title": names.account(account_id), "currency": one.currency}
        moved = columns[one.book, one.currency]
        rows.append({**told, "opening": one.opening, **moved, "unsettled": one.closing})
    return {**days.head(), "accounts": rows}


def _columns(days: Days) -> dict[Key, dict[str, int]]:
    columns: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    for one in sums.turnovers(days):
        if one.book.startswith("channel:"):
            column, sign = COLUMN_OF.get(_word(one.kind), ("other", 1))
            columns[one.book, one.currency][column] += sign * one.net
        elif one.book == BY_HAND and one.kind in sums.REFUNDS:
            columns[f"channel:{one.account_id}", one.currency]["refunded_by_hand"] -= one.net
    return columns


def _word(kind: str) -> str:
    """A plugin's own word for a settlement begins with its name."""
    return "settlement" if kind.endswith("settlement") else kind
