"""What a transaction has to write, in as few statements as the database can: one on PostgreSQL, one a table on SQLite.

Rows travel as JSON on PostgreSQL: a statement's text then depends on the tables and columns alone, never on the number
of rows, so that few texts are ever prepared, and binding a hundred rows costs as little as binding one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, update
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.db_driver import execute
from core.db_rows import Make, changed, join, make_of, settle
from core.tables import Base

#: texts that are kept; a transaction's shape beyond them is put together anew
TEXTS = 500
_quote = dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Shape:
    """One kind of change of one table: ``insert`` *columns*; ``update`` them, or ``delete``, where *match* are equal
    and *empty* are NULL."""

    kind: str
    table: str
    columns: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


@dataclass
class Part:
    """Rows of one shape, their values by column. *otherwise* is raised when an update does not meet every row."""

    shape: Shape
    rows: list[dict[str, Any]]
    otherwise: Exception | None = None


@dataclass
class Waiting:
    """What a transaction has not written yet: new rows, rows to remove, and changes by condition."""

    new: list[Base] = field(default_factory=list)
    gone: list[Base] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def write(session: Session, waiting: Waiting, connect: Callable[[], Connection]) -> None:
    """Write *waiting*, and every row of *session* that was changed, over the connection that *connect* gives.

    Nothing that is written together depends on another: a row that takes the unique value of one that goes is written
    after it went.
    """
    going = {id(row) for row in waiting.gone}
    dirty = [row for row in session.dirty if isinstance(row, Base) and id(row) not in going]
    parts = _sorted([*waiting.parts, *_inserts(waiting.new), *_updates(session, dirty), *_deletes(waiting.gone)])
    if parts:
        connection = connect()
        run = _at_once if connection.dialect.name == "postgresql" else _table_by_table
        for stage in _stages(parts):
            run(connection, stage)
    for row in waiting.new:
        join(session, row)
    for row in dirty:
        settle(session, row)
    for row in waiting.gone:
        session.expunge(row)


def insert_unless_there(connection: Connection, row: Base) -> bool:
    """Write one *row* by itself; False if it would break a unique constraint.

    PostgreSQL is not waited for until it has the row on disk. What is committed after it is not there without it.
    """
    make = make_of(type(row))
    shape, values = Shape("insert", make.table.name, tuple(make.columns.values())), make.values(row)
    if connection.dialect.name == "postgresql":
        text = f"{_branch(shape, 1)}, set_config('synchronous_commit', 'off', true) ON CONFLICT DO NOTHING"
        return bool(execute(connection, text, (orjson.dumps([values]).decode(),)).rowcount)
    statement = sqlite_insert(make.table).values(values).on_conflict_do_nothing()
    return bool(connection.execute(statement).rowcount)


# ---------------------------------------------------------------------------------------------- collecting
def _inserts(rows: Iterable[Base]) -> list[Part]:
    parts: dict[type[Base], Part] = {}
    for row in rows:
        make = make_of(type(row))
        part = parts.get(type(row))
        if part is None:
            shape = Shape("insert", make.table.name, tuple(make.columns.values()))
            part = parts[type(row)] = Part(shape, [])
        part.rows.append(make.values(row))
    return list(parts.values())


def _updates(session: Session, rows: Iterable[Base]) -> list[Part]:
    parts: dict[Shape, Part] = {}
    for row in rows:
        values = changed(session, row)
        if values:
            make = make_of(type(row))
            shape = Shape("update", make.table.name, tuple(sorted(values)), make.key_columns)
            parts.setdefault(shape, Part(shape, [])).rows.append(values | _key(make, row))
    return list(parts.values())


def _deletes(rows: Iterable[Base]) -> list[Part]:
    parts: dict[Shape, Part] = {}
    for row in rows:
        make = make_of(type(row))
        shape = Shape("delete", make.table.name, match=make.key_columns)
        parts.setdefault(shape, Part(shape, [])).rows.append(_key(make, row))
    return list(parts.values())


def _sorted(parts: list[Part]) -> list[Part]:
    """One part a shape where nobody minds, always in one order: the same work is the same text each time."""
    alike: dict[Shape, Part] = {}
    own = []
    for part in parts:
        if part.otherwise is not None:
            own.append(part)
        elif part.shape in alike:
            alike[part.shape].rows += part.rows
        else:
            alike[part.shape] = part
    return sorted([*own, *alike.values()], key=_order)


def _order(part: Part) -> tuple[Any, ...]:
    """PostgreSQL works from the last to the first; so parents come last, and it is their error that is told first."""
    shape = part.shape
    return shape.kind, -_floor_of(shape.table), shape.columns, shape.match


_floors: dict[str, int] = {}


def _floor_of(table: str) -> int:
    """How deep a table stands: parents before children."""
    if table not in _floors:
        _floors.update({one.name: floor for floor, one in enumerate(Base.metadata.sorted_tables)})
    return _floors[table]


def _key(make: Make, row: Base) -> dict[str, Any]:
    known = row.__dict__
    return {column: known[name] for name, column in zip(make.key, make.key_columns, strict=True)}


def _stages(parts: list[Part]) -> list[list[Part]]:
    fresh = {part.shape.table: part for part in parts if part.shape.kind == "insert"}
    going = [part for part in parts if part.shape.kind == "delete"]
    if any(_in_the_way(part, fresh[part.shape.table]) for part in going if part.shape.table in fresh):
        return [going, [part for part in parts if part.shape.kind != "delete"]]
    return [parts]


def _in_the_way(going: Part, fresh: Part) -> bool:
    match = going.shape.match
    if match == tuple(column.name for column in Base.metadata.tables[going.shape.table].primary_key):
        # which other unique values a row has that goes by its key, nobody has told
        return True
    gone = {tuple(row[column] for column in match) for row in going.rows}
    return any(tuple(row[column] for column in match) in gone for row in fresh.rows)


# ---------------------------------------------------------------------------------------------- PostgreSQL
def _at_once(connection: Connection, parts: Sequence[Part]) -> None:
    sizes = tuple((part.shape, _size(len(part.rows))) for part in parts)
    rows = tuple(orjson.dumps(part.rows).decode() for part in parts)
    met = execute(connection, _text(sizes), rows).fetchone()
    for part, count in zip(parts, met, strict=True):
        _require_all(part, count)


def _size(count: int) -> int:
    """The next power of two: the planner must know few from many, but not how many."""
    return 1 << (count - 1).bit_length()


@lru_cache(TEXTS)
def _text(sizes: tuple[tuple[Shape, int], ...]) -> str:
    """One statement for all: each part a branch of its own, which sees nothing of the others."""
    branches = ", ".join(f"w{n} AS ({_branch(shape, size, n + 1)})" for n, (shape, size) in enumerate(sizes))
    counts = (
        "NULL" if shape.kind == "insert" else f"(SELECT count(*) FROM w{n})" for n, (shape, _) in enumerate(sizes)
    )
    return f"WITH {branches} SELECT {', '.join(counts)}"


def _branch(shape: Shape, size: int, place: int = 1) -> str:
    table, columns = _quote(shape.table), [_quote(column) for column in shape.columns]
    rows = f"json_populate_recordset(NULL::{table}, ${place})"
    if shape.kind == "insert":
        listed = ", ".join(columns)
        return f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {rows}"
    where = [f"t.{_quote(column)} = r.{_quote(column)}" for column in shape.match]
    where += [f"t.{_quote(column)} IS NULL" for column in shape.empty]
    # without the limit a hundred rows are planned for, and a small table is read whole
    source, condition = f"(SELECT * FROM {rows} LIMIT {size}) AS r", " AND ".join(where)
    if shape.kind == "delete":
        return f"DELETE FROM {table} AS t USING {source} WHERE {condition} RETURNING 1"
    values = ", ".join(f"{column} = r.{column}" for column in columns)
    return f"UPDATE {table} AS t SET {values} FROM {source} WHERE {condition} RETURNING 1"


# ---------------------------------------------------------------------------------------------- SQLite
def _table_by_table(connection: Connection, parts: Sequence[Part]) -> None:
    for part in sorted(parts, key=_turn):
        shape, rows = part.shape, part.rows
        if shape.kind != "insert":
            rows = [{f"new_{name}": row[name] for name in shape.columns}
                    | {f"old_{name}": row[name] for name in shape.match} for row in rows]  # fmt: skip
        done = connection.execute(_statement(shape), rows)
        _require_all(part, done.rowcount)


@lru_cache(TEXTS)
def _statement(shape: Shape) -> Any:
    table = Base.metadata.tables[shape.table]
    if shape.kind == "insert":
        return insert(table)
    where = [table.c[name] == bindparam(f"old_{name}", type_=table.c[name].type) for name in shape.match]
    where += [table.c[name].is_(None) for name in shape.empty]
    if shape.kind == "delete":
        return delete(table).where(*where)
    return update(table).where(*where).values({name: bindparam(f"new_{name}") for name in shape.columns})


def _turn(part: Part) -> tuple[int, int]:
    """Parents come before children, changes after what is new, and children go before parents."""
    kind, floor = part.shape.kind, _floor_of(part.shape.table)
    return ("insert", "update", "delete").index(kind), floor if kind != "delete" else -floor


def _require_all(part: Part, met: int | None) -> None:
    """Every row of an update must be there still."""
    if part.shape.kind == "update" and met != len(part.rows):
        raise part.otherwise or StaleDataError(
            f"UPDATE of table {part.shape.table!r} was to meet {len(part.rows)} rows and met {met}."
        )
