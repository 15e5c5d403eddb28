"""Statements on a PostgreSQL connection: prepared once, kept through ROLLBACKs, never too many."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InternalError

from core import db_prepared
from core.db import connection, db, reading, transaction
from core.db_driver import execute

pytestmark = pytest.mark.on_postgres
NAMES = "SELECT name FROM pg_prepared_statements ORDER BY prepare_time, name"


@pytest.fixture
def alone(app: Flask) -> Iterator[Connection]:
    """A connection that nobody has used yet."""
    with app.app_context():
        db.engine.dispose()
        with db.engine.connect() as found:
            yield found
        db.engine.dispose()


def names(connection: Connection) -> list[str]:
    return [name for (name,) in connection.exec_driver_sql(NAMES)]


def test_a_statement_is_prepared_when_it_is_run_again(alone: Connection) -> None:
    assert execute(alone, "SELECT $1::int + 1", (1,)).fetchall() == [(2,)]
    assert names(alone) == []
    assert execute(alone, "SELECT $1::int + 1", (2,)).fetchone() == (3,)
    assert execute(alone, "SELECT $1::int + 1", (3,)).fetchone() == (4,)
    assert len(names(alone)) == 1


def test_one_preparation_serves_numbers_of_any_size_and_none(alone: Connection) -> None:
    for number in (1, 40_000, 2**40, None, -(2**62)):
        assert execute(alone, "SELECT $1::bigint", (number,)).fetchone() == (number,)
    assert len(names(alone)) == 1


def test_what_is_prepared_outlives_a_rollback_and_an_error(alone: Connection) -> None:
    for _ in range(2):
        execute(alone, "SELECT $1::int", (1,))
    before = names(alone)
    alone.rollback()
    with pytest.raises(DBAPIError, match="zero"):
        execute(alone, "SELECT 1 / $1::int", (0,))
    alone.rollback()
    assert execute(alone, "SELECT $1::int", (5,)).fetchone() == (5,)
    assert names(alone) == before and len(before) == 1


def test_the_driver_prepares_nothing_of_its_own(alone: Connection) -> None:
    for number in range(20):
        alone.execute(text("SELECT 1 + :number"), {"number": number})
    assert names(alone) == []


def test_a_connection_keeps_so_many_statements_and_no_more(alone: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db_prepared, "MOST", 4)
    for number in range(11):
        for _ in range(3):
            assert execute(alone, f"SELECT $1::int + {number}", (1,)).fetchone() == (1 + number,)
    assert len(names(alone)) == 3


def test_what_finds_nothing_gives_nothing(alone: Connection) -> None:
    found = execute(alone, "SELECT 1 WHERE $1::bool", (False,))
    assert found.fetchone() is None and found.fetchall() == [] and found.rowcount == 0


def test_a_statement_that_begins_a_scope_begins_its_transaction(app: Flask) -> None:
    with app.app_context():
        with transaction():
            execute(connection(), "CREATE TEMPORARY TABLE noted (word text) ON COMMIT DROP", ())
            assert execute(connection(), "INSERT INTO noted VALUES ($1)", ("a",)).rowcount == 1
        with reading(), pytest.raises(InternalError, match="read-only"):
            execute(connection(), "UPDATE merchants SET name = $1", ("changed",))
