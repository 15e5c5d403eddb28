"""What the orders say of some days, added up by hand; and a downloaded table, read back into what was shown."""

import csv
import io
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from core.clock import local_date
from tests.told import Told
from tests.vocabulary import Shop


class Reckoning:
    """What the orders say of some days, added up by hand."""

    def __init__(self, shop: Shop, zone: str, *days: str) -> None:
        self.cash: Counter[str] = Counter()
        self.paid_times: Counter[str] = Counter()
        self.spent = self.surplus = self.back_total = 0
        self.by_reason: Counter[str] = Counter()
        self.by_route: Counter[tuple[str, str]] = Counter()
        self.by_product: Counter[str | None] = Counter()
        self.by_day: Counter[str] = Counter()
        self.placed: list[int] = []
        self.paid: list[int] = []
        self._in = lambda at: at is not None and local_date(at, zone).isoformat() in days
        self._zone = zone
        for number in [row["number"] for row in shop.lists("orders")]:
            self._take(shop.asks("GET", f"orders/{number}"))

    def _take(self, order: Told) -> None:
        if self._in(order.placed_at and moment(order.placed_at)):
            self.placed.append(order.payable)
        if order.paid_at and self._in(moment(order.paid_at)):
            self.paid.append(order.payable)
        payments = {row.id: row for row in order.payments}
        for row in order.payments:
            if row.settled_at and self._in(moment(row.settled_at)):
                (self.cash if row.role == "cash" else Counter())[row.channel] += row.settled_amount
                self.spent += row.settled_amount if row.role != "cash" else 0
                self.paid_times[row.channel] += 1
        surplus = sum(row.settled_amount for row in order.payments) - order.paid
        self.surplus += surplus
        skus = {line.id: line.sku for line in order.lines}
        for refund in order.refunds:
            for line in refund.lines:
                self.by_product[skus[line.line_id]] += line.amount
            for part in refund.parts:
                if part.state != "done" or not self._in(moment(part.done_at)):
                    continue
                payment = payments[part.payment_id]
                # what goes back by bank is sent by people, and yet by the bank
                by_hand = part.evidence and payment.channel != "bank_transfer"
                route = "tender" if payment.role != "cash" else "by_hand" if by_hand else "channel"
                self.by_route[payment.channel, route] += part.amount
                self.by_reason[refund.reason] += part.amount
                self.by_day[local_date(moment(part.done_at), self._zone).isoformat()] += part.amount
                self.back_total += part.amount
                if not refund.lines:
                    self.by_product[None] += part.amount


def moment(text: Any) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def report(shop: Shop, name: str, **asked: str) -> Any:
    return shop.asks("GET", f"reports/{name}?{urlencode(asked)}").told


def one(rows: list[Any], **wanted: Any) -> Any:
    """The one row that says so."""
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert len(found) == 1, (wanted, rows)
    return found[0]


def sums(rows: list[Any], *keys: str) -> dict[Any, int]:
    return {row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys): row["amount"] for row in rows}


# ---------------------------------------------------------------------------------------------- tables
SECTIONS = {
    "trial-balance": ("books", "totals"),
    "balances": ("balances",),
    "dashboard": ("currencies", "methods", "exceptions"),
    "refunds": ("totals", "by_reason", "by_method", "by_product", "by_day"),
    "settlement": ("accounts",),
}
WORDS = {"book", "currency", "method", "kind", "reason", "route", "sku", "day", "account_id", "title"}
COUNTS = {"count", "refund_count", "orders_placed", "orders_paid", "opened", "open"}


def shown_rows(section: Any) -> list[dict[str, Any]]:
    """The rows of JSON, with their titles in the merchant's language."""
    rows = [section] if isinstance(section, dict) else section
    title = lambda row: {"title": row["title"].get("zh", row["title"].get("en"))} if "title" in row else {}  # noqa: E731
    return [row | title(row) for row in rows]


def read_back(text: str, sections: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """A table as a spreadsheet's user would type it back: yuan become fen again."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        section = row.pop("section", sections[0])
        found[section].append({name: _value(name, cell) for name, cell in row.items() if _belongs(section, name)})
    return {section: found[section] for section in sections}


def _belongs(section: str, name: str) -> bool:
    return name in COLUMNS.get(section, (name,))


COLUMNS = {
    "totals": ("currency", "count", "amount", "opening", "debit", "credit", "closing"),
    "by_reason": ("reason", "title", "currency", "count", "amount"),
    "by_method": ("method", "route", "title", "currency", "count", "amount"),
    "by_product": ("sku", "title", "currency", "count", "amount"),
    "by_day": ("day", "currency", "count", "amount"),
    "currencies": (
        "currency", "income", "surplus", "refunds", "refunded_by_channel", "refunded_by_hand", "tenders_spent",
        "tenders_returned", "orders_placed", "placed_amount", "orders_paid", "paid_amount",
    ),
    "methods": ("method", "kind", "title", "currency", "count", "amount", "refund_count", "refunded"),
    "exceptions": ("opened", "open"),
}  # fmt: skip


def _value(name: str, cell: str) -> Any:
    if name in WORDS:
        return (cell[1:] if cell.startswith("'") else cell) or None
    if name in COUNTS:
        return int(cell)
    yuan, fen = cell.split(".")
    return int(yuan + fen)
