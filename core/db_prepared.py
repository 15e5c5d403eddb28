"""Statements run on a PostgreSQL connection through the driver's libpq: its cursor does more than they need.

A statement is prepared when it is run for the second time. The driver itself prepares nothing (`core/db_engine.py`):
what it prepares, it forgets at every ROLLBACK, and all that others prepared with it.
"""

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg import abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

#: statements that one connection keeps; with more of them each becomes slower, so then it begins anew
MOST: Final = 150
_FAILED, _IDLE = ExecStatus.FATAL_ERROR, TransactionStatus.IDLE


class Answer:
    """What a statement gave."""

    __slots__ = ("_adapt", "_result")

    def __init__(self, result: PGresult, adapt: abc.Transformer) -> None:
        self._result, self._adapt = result, adapt

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Its rows."""
        self._adapt.set_pgresult(self._result)
        return self._adapt.load_rows(0, self._result.ntuples, tuple)

    def fetchone(self) -> tuple[Any, ...] | None:
        """Its first row."""
        self._adapt.set_pgresult(self._result)
        return self._adapt.load_row(0, tuple) if self._result.ntuples else None

    @property
    def rowcount(self) -> int:
        """How many rows it found or changed."""
        return self._result.command_tuples or 0


class _Statement:
    """A text on one connection: its name there, and what turns values into PostgreSQL's and back."""

    __slots__ = ("adapt", "name", "ready", "text")

    def __init__(self, text: str, name: bytes, driver: psycopg.Connection[Any]) -> None:
        self.text, self.name = text.encode(), name
        self.adapt: abc.Transformer = Transformer(driver)
        self.ready = False


class Line:
    """A connection of the driver as statements of ours use it, with ``$1`` for the first value."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._to = driver.pgconn
        self._statements: dict[str, _Statement] = {}

    def run(self, text: str, values: Sequence[Any]) -> Answer:
        """Run *text*, in a transaction as the driver would.

        :raises psycopg.Error: as the driver does.
        """
        if self._to.transaction_status == _IDLE and not self._driver.autocommit:
            self._begin()
        known = self._statements.get(text)
        statement = known or self._meet(text)
        # PostgreSQL finds the types itself: the text says them, or the place does
        given = statement.adapt.dump_sequence(values, [PyFormat.TEXT] * len(values))
        if known is None:
            self._to.send_query_params(statement.text, given)
        else:
            if not statement.ready:
                self._prepare(statement)
            self._to.send_query_prepared(statement.name, given)
        return Answer(self._wait(), statement.adapt)

    def _begin(self) -> None:
        self._to.send_query(b"BEGIN READ ONLY" if self._driver.read_only else b"BEGIN")
        self._wait()

    def _meet(self, text: str) -> _Statement:
        if len(self._statements) >= MOST:
            self._statements = {}
            self._to.send_query(b"DEALLOCATE ALL")
            self._wait()
        name = b"merx%d" % len(self._statements)
        found = self._statements[text] = _Statement(text, name, self._driver)
        return found

    def _prepare(self, statement: _Statement) -> None:
        self._to.send_prepare(statement.name, statement.text)
        self._wait()
        statement.ready = True

    def _wait(self) -> PGresult:
        results: list[PGresult] = self._driver.wait(execute(self._to))
        if results[-1].status == _FAILED:
            raise error_from_result(results[-1], encoding=self._driver.info.encoding)
        return results[-1]
