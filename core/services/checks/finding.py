"""How a check of core finds: one SQL statement over all merchants, and one sentence per row that it answers."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text

from core import clock
from core.contracts.checkout import Check
from core.db import db
from core.tables import UtcDateTime

#: as many breaches of one check as are put into sentences; the database counts the others
KEPT = 1000
#: rows that are fetched at once
BATCH = 500
#: moments a statement may name, by how long they are ago
AGO = {"now": timedelta(), "hour_ago": timedelta(hours=1), "day_ago": timedelta(days=1)}

_only: ContextVar[int | None] = ContextVar("only_merchant", default=None)


class Found(list[str]):
    """The first breaches of a check, a sentence each; *beyond* says how many more there are."""

    beyond: int = 0


@contextmanager
def only_of(merchant_id: int | None) -> Iterator[None]:
    """Checks of core that are asked inside look at this merchant's rows alone; None = at everybody's."""
    token = _only.set(merchant_id)
    try:
        yield
    finally:
        _only.reset(token)


def check(name: str, says: str, sql: str, mend: str) -> Check:
    """An invariant that one statement proves.

    :param says: what is wrong with a row; its columns stand in braces.
    :param sql: answers the rows that break the invariant, ``merchant_id`` first, then what names the row. May bind
        the moments of :data:`AGO`.
    """
    return Check(name, lambda: found(says, sql), mend)


def found(says: str, sql: str) -> Found:
    """The rows that *sql* answers, as sentences in the order of its first two columns."""
    sentences = Found()
    for row in _asked(sql, "found.*, count(*) OVER () AS breaches", f"ORDER BY 1, 2 LIMIT {KEPT}"):
        sentences.append(sentence(row["merchant_id"], says.format(**row)))
        sentences.beyond = max(0, row["breaches"] - KEPT)
    return sentences


def keep(sentences: Iterable[str]) -> Found:
    """As many of *sentences* as are kept; the others are counted."""
    kept = Found()
    for told in sentences:
        if len(kept) < KEPT:
            kept.append(told)
        else:
            kept.beyond += 1
    return kept


def stream(sql: str) -> Iterator[Mapping[str, Any]]:
    """The rows that *sql* answers in the order of its first two columns, never many of them in memory."""
    return _asked(sql, "found.*", "ORDER BY 1, 2", yield_per=BATCH)


def sentence(merchant_id: int, told: str) -> str:
    """How every breach begins."""
    return f"merchant {merchant_id}: {told}"


def _asked(sql: str, wanted: str, order: str, **options: Any) -> Iterator[Mapping[str, Any]]:
    only = _only.get()
    narrowed = "WHERE found.merchant_id = :only" if only is not None else ""
    moments = {name: clock.now() - ago for name, ago in AGO.items() if f":{name}" in sql}
    statement = text(f"SELECT {wanted} FROM ({sql}) AS found {narrowed} {order}").bindparams(
        *(bindparam(name, type_=UtcDateTime()) for name in moments)
    )
    values: dict[str, Any] = {**moments, **({"only": only} if only is not None else {})}
    with db.session().execute(statement, values, execution_options=options) as result:
        for row in result.mappings():
            yield {name: _shown(name, value) for name, value in row.items()}


def bare(column: str) -> str:
    """SQL: the id in *column* as 32 hexadecimal digits, however the database keeps it."""
    return f"replace(CAST({column} AS VARCHAR(200)), '-', '')"


#: SQL: what stands under a key, waiting or given up; the ids in the keys are bare
JOBS = "(SELECT DISTINCT merchant_id, replace(key, '-', '') AS key FROM jobs WHERE key IS NOT NULL)"
#: SQL: what people know of; the ids in the keys are bare
CASES = (
    "(SELECT DISTINCT merchant_id, replace(key, '-', '') AS key FROM cases WHERE status = 'open' AND key IS NOT NULL)"
)


def _shown(name: str, value: Any) -> Any:
    """SQLite keeps ids and moments as plain text."""
    if value is not None and name != "merchant_id" and name.split("_")[-1] == "id":
        return value if isinstance(value, UUID) else UUID(str(value))
    if value is not None and name == "since":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return value
