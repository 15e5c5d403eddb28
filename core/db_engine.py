"""Connections: how each database is opened, begun and looked at before it is trusted again."""

import contextlib
import json
import select
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

#: seconds after which a connection nobody used is asked whether it still lives, though its socket is silent
IDLE = 30.0


def engine_options(url: str, threads: int = 4) -> dict[str, Any]:
    """SQLAlchemy's engine options for *url*: a pool as large as the *threads* that use it, no overflow."""
    return {
        "json_serializer": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
        "pool_size": threads,
        "max_overflow": 0 if url.startswith("postgresql") else 10,
    }


@contextlib.contextmanager
def unbound(engine: Engine, *, write: bool = False) -> Iterator[Connection]:
    """A connection for one statement that needs no transaction around it: true at once, and without BEGIN and COMMIT
    as round trips of their own where the database can."""
    with engine.connect() as connection:
        if engine.dialect.name != "postgresql":
            with connection.execution_options(write=write).begin():
                yield connection
            return
        driver: Any = connection.connection.driver_connection
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False


# ---------------------------------------------------------------------------------------------- SQLite
@event.listens_for(Engine, "connect")
def _open_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if not _is("sqlite3", connection):
        return
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


# ---------------------------------------------------------------------------------------------- PostgreSQL
@event.listens_for(Engine, "connect")
def _open_postgres(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let the driver prepare nothing: see ``core/db_prepared.py``."""
    if _is("psycopg", connection):
        driver: Any = connection
        driver.prepare_threshold = None


@event.listens_for(Engine, "checkout")
def _look_at_it(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
    """A connection that the server has closed says so on its socket: looking costs nothing, asking a round trip."""
    if not _is("psycopg", connection):
        return
    rested = time.monotonic() - entry.info.get("rests_since", float("-inf"))
    driver: Any = connection
    if "rests_since" in entry.info and (rested > IDLE or driver.closed or _says_something(driver)):
        try:
            driver.autocommit = True
            driver.execute("SELECT 1")
            driver.autocommit = False
        except Exception as gone:
            raise DisconnectionError("the server closed this connection") from gone


@event.listens_for(Engine, "checkin")
def _note_its_rest(connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["rests_since"] = time.monotonic()


def _says_something(driver: Any) -> bool:
    try:
        looking = select.poll()
        looking.register(driver.fileno(), select.POLLIN)
        return bool(looking.poll(0))
    except (AttributeError, OSError):
        # no such look on this system, or no socket any more
        return True


def _is(module: str, connection: Any) -> bool:
    return type(connection).__module__.split(".")[0] == module
