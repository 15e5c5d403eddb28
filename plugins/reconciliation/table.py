"""Differences as a table to download: streamed, and no cell of it is run as a formula."""

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import db
from plugins.reconciliation.classes import TITLES
from plugins.reconciliation.models import ReconciliationDifference

COLUMNS = (
    "day", "finding", "kind", "number", "reference", "out_trade_no", "currency", "local_amount", "channel_amount",
    "local_says", "channel_says", "status", "basis", "remark", "handled_by", "handled_at", "found_at",
)  # fmt: skip
#: without it Excel reads UTF-8 as the system's own code page
BOM = "\ufeff"
#: what a spreadsheet takes for the beginning of a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: rows that are read at once
PIECE = 500


def head() -> str:
    """The first line."""
    return BOM + _line(["title", *COLUMNS])


def piece(merchant_id: int, where: Sequence[Any], last: UUID | None, language: str) -> tuple[str, UUID | None]:
    """Some lines after the row *last*, and the row they end with; None = that was all. Inside a scope."""
    table = ReconciliationDifference
    query = select(table).where(table.merchant_id == merchant_id, *where).order_by(table.id).limit(PIECE)
    rows = list(db.session().scalars(query.where(table.id > last) if last else query))
    text = "".join(_line([TITLES[row.finding][language], *_cells(row)]) for row in rows)
    return text, rows[-1].id if rows else None


def cell(value: Any) -> str:
    """What stands in a cell: a text that would be run gets a mark before it; a number is a number."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _cells(row: ReconciliationDifference) -> list[str]:
    return [cell(getattr(row, name)) for name in COLUMNS]


def _line(cells: list[str]) -> str:
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\r\n").writerow(cells)
    return sheet.getvalue()
