"""All rows of a merchant, as they are told apart by what they say: without ids made on the way, times and callers."""

import json
import re
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from core.db import Base, db, reading
from tests.races.yard import Stall

#: who happened to bring the news, and when in the log
WHO_AND_WHEN = {"actor_kind", "actor_id", "actor_name", "source", "request_id", "resolved_by", "seq"}
REFUND_NUMBER = re.compile(r"\bR\d{27}\b")
UUIDS = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
MOMENTS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[^\s\",.]*")


def rows(stall: Stall) -> Counter[str]:
    """Each row of the stall's as one line: its table and what it says."""
    found: Counter[str] = Counter()
    with stall.inside(), reading():
        for table in Base.metadata.sorted_tables:
            if "merchant_id" in table.c:
                found.update(_lines(table, stall.id))
    return found


def _lines(table: Table, merchant_id: int) -> list[str]:
    query = select(table).where(table.c.merchant_id == merchant_id)
    told = [dict(row) for row in db.session().connection().execute(query).mappings()]
    return [f"{table.name} {_plain(row)}" for row in told if not str(row.get("key", "")).startswith("periodic")]


def _plain(row: dict[str, Any]) -> str:
    said = {
        name: "given" if isinstance(value, UUID | datetime) else value
        for name, value in row.items()
        if name not in WHO_AND_WHEN
    }
    line = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
    for pattern, word in ((REFUND_NUMBER, "R"), (UUIDS, "id"), (MOMENTS, "then")):
        line = pattern.sub(word, line)
    return line
