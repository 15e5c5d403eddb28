"""Statements that are put together once and then run by the driver itself: the way of an order takes no other.

SQLAlchemy's own way costs two to four times what the driver needs, for every statement. What it gives besides is kept:
whoever listens for statements is told of each, and errors are its errors.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Executable, String, Uuid, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

from core.db_prepared import Line

Convert = Callable[[Any], Any]
Run = Callable[[str, Any], Any]
#: statements that are kept ready; they are constants of modules
KEPT = 1000
#: PostgreSQL's number of the type that floats come in; no other type of ours wants to know how it comes
_FLOAT = 701


def execute(connection: Connection, text: str, values: Any) -> Any:
    """Run *text*; what it gives is asked for as a cursor is.

    :raises DBAPIError: as SQLAlchemy does, with the driver's own error as ``orig``.
    """
    run = (_line if connection.dialect.name == "postgresql" else _cursor)(connection)
    for tell in connection.engine.dispatch.before_cursor_execute:
        tell(connection, None, text, values, None, False)
    try:
        return run(text, values)
    except BaseException as error:
        # wraps it, and lets go of a connection that is lost
        connection._handle_dbapi_exception(error, text, values, None, None)


def _line(connection: Connection) -> Run:
    info = connection.info
    found: Line | None = info.get("line")
    if found is None:
        driver: Any = connection.connection.driver_connection
        found = info["line"] = Line(driver)
    return found.run


def _cursor(connection: Connection) -> Run:
    run: Run = connection.connection.cursor().execute
    return run


def fetch(connection: Connection, statement: Executable, values: Mapping[str, Any]) -> list[Any]:
    """What *statement* finds, each row with the names of its columns."""
    made = _made(statement, connection.dialect)
    found = execute(connection, made.text, made.bind(values)).fetchall()
    return [made.row(row) for row in found]


def change(connection: Connection, statement: Executable, values: Mapping[str, Any]) -> int:
    """How many rows *statement* changed."""
    made = _made(statement, connection.dialect)
    return int(execute(connection, made.text, made.bind(values)).rowcount)


# ---------------------------------------------------------------------------------------------- putting together
@dataclass(frozen=True)
class _Made:
    """A statement as one dialect wants it."""

    text: str
    #: names in the order of their places
    places: tuple[str, ...]
    constants: Mapping[str, Any]
    to_driver: Mapping[str, Convert]
    columns: type[Any]
    from_driver: tuple[tuple[int, Convert], ...]

    def bind(self, values: Mapping[str, Any]) -> Any:
        given = {**self.constants, **values}
        for name, convert in self.to_driver.items():
            given[name] = convert(given[name])
        return tuple([given[name] for name in self.places])

    def row(self, found: Sequence[Any]) -> Any:
        if self.from_driver:
            values = list(found)
            for place, convert in self.from_driver:
                values[place] = convert(values[place])
            found = values
        return self.columns(*found)


@lru_cache(KEPT)
def _made(statement: Any, dialect: Dialect) -> _Made:
    if dialect.name == "postgresql":
        dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect)
    to_driver = {}
    for name, parameter in compiled.binds.items():
        if convert := parameter.type.dialect_impl(dialect).bind_processor(dialect):
            to_driver[name] = convert
    columns = list(statement.selected_columns) if hasattr(statement, "selected_columns") else []
    from_driver = []
    for place, column in enumerate(columns):
        if convert := column.type.dialect_impl(dialect).result_processor(dialect, _FLOAT):
            from_driver.append((place, convert))
    return _Made(
        text=str(compiled),
        places=tuple(compiled.positiontup),
        constants={name: one.value for name, one in compiled.binds.items() if not one.required},
        to_driver=to_driver,
        columns=namedtuple("Found", [column.key for column in columns]),
        from_driver=tuple(from_driver),
    )


class _Ids(TypeDecorator[Any]):
    """Any number of UUIDs in one parameter."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return ARRAY(Uuid()) if dialect.name == "postgresql" else String()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps([one.hex for one in value])


class among(ColumnElement[bool]):  # noqa: N801 - reads as a function
    """``among(column, "ids")``: *column* is one of the UUIDs that the parameter holds; the text is the same for any
    number of them."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: Any, name: str) -> None:
        self.column, self.parameter = column, bindparam(name, type_=_Ids())


@compiles(among, "postgresql")
def _among(element: among, compiler: Any, **more: Any) -> str:
    return f"{compiler.process(element.column, **more)} = ANY({compiler.process(element.parameter, **more)})"


@compiles(among, "sqlite")
def _among_json(element: among, compiler: Any, **more: Any) -> str:
    listed = compiler.process(element.parameter, **more)
    return f"{compiler.process(element.column, **more)} IN (SELECT value FROM json_each({listed}))"
