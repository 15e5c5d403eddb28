"""What watches every statement of a test: a tenant table read without its merchant fails; statements are counted."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from core.db import Base, db, walls_are_open

_FROM = re.compile(r'\b(?:FROM|JOIN|UPDATE)\s+"?(\w+)"?(?:\s+AS\s+"?(\w+)"?)?', re.IGNORECASE)
_BOUND = re.compile(r"\?|%\(|\$\d|%s")
_NOT_ASKED = re.compile(
    r"\s*(INSERT|WITH|CREATE|DROP|ALTER|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|SET)\b", re.IGNORECASE
)


@dataclass
class Breaches:
    """Statements that looked over a wall since the last look here."""

    found: list[str] = field(default_factory=list)


breaches = Breaches()


class OverTheWall(AssertionError):
    """A statement on a tenant table without a merchant condition."""


def tables_without_merchant(statement: str) -> list[str]:
    """The tenant tables (as they are called in *statement*) that no condition ties to a merchant."""
    if _NOT_ASKED.match(statement):
        return []
    tenant = {table.name for table in Base.metadata.tables.values() if "merchant_id" in table.columns}
    first = re.search(r"\bFROM\b|\bUPDATE\b", statement, re.IGNORECASE)
    conditions = statement[first.start() :] if first else statement
    loose = []
    for table, alias in _FROM.findall(statement):
        name = alias or table
        tied = rf'(?<![\w"])"?{name}"?\.merchant_id\s*(=|,|\)|\bIN\b)|=\s*"?{name}"?\.merchant_id\b'
        if table in tenant and not (re.search(tied, conditions, re.IGNORECASE) and _BOUND.search(conditions)):
            loose.append(name)
    return loose


@event.listens_for(Engine, "before_cursor_execute")
def _guard(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    if walls_are_open():
        return
    if loose := tables_without_merchant(statement):
        told = f"no merchant condition on {', '.join(loose)}: {statement}"
        breaches.found.append(told)
        raise OverTheWall(told)


@dataclass
class Counted:
    """The statements sent while counting, BEGIN and COMMIT left out."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def count_statements(app: Flask) -> Iterator[Counted]:
    """Count what *app* sends to its database, from all threads."""
    counted = Counted()
    with app.app_context():
        engine = db.engine

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not re.match(r"\s*(BEGIN|PRAGMA|COMMIT)", statement):
            counted.statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", note)
