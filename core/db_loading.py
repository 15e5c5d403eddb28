"""Rows of many tables in one statement: they come as JSON, and become the same objects that the mapper makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import JSON, Boolean, Column, Connection, Uuid
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state

from core.db_driver import execute
from core.db_rows import make_of
from core.tables import Base, UtcDateTime


@dataclass(frozen=True)
class Branch:
    """All rows of *model* that meet *where*: SQL over ``t``, with parameters ``?1``, ``?2`` ..."""

    model: type[Base]
    where: str


def read_branches(
    session: Session, connection: Connection, branches: Sequence[Branch], *values: Any
) -> dict[type[Base], list[Any]]:
    """model -> its rows, in no order. What the session knew of them before is replaced by what stands there now.

    :param values: what ``?1``, ``?2`` ... of the conditions stand for.
    """
    text = _text(tuple(branches), connection.dialect.name)
    if connection.dialect.name != "postgresql":
        values = tuple(value.hex if isinstance(value, UUID) else value for value in values)
    found = orjson.loads(execute(connection, text, values).fetchone()[0])
    return {
        branch.model: [place(session, branch.model, one) for one in found[branch.model.__tablename__] or ()]
        for branch in branches
    }


def place(session: Session, model: type[Base], values: Mapping[str, Any]) -> Any:
    """The row with these values, by column as JSON has them, as an object of *session*."""
    known = {name: convert(values[column]) if convert else values[column] for name, column, convert in _fields(model)}
    make = make_of(model)
    key = make.mapper.identity_key_from_primary_key(tuple(known[name] for name in make.key))
    row: Any = session.identity_map.get(key)
    if row is None:
        row = make.mapper.class_manager.new_instance()
    state: Any = instance_state(row)
    row.__dict__.update(known)
    if state.key is None:
        state.key, state.session_id = key, session.hash_key
        session.identity_map.add(state)
    state._commit_all(row.__dict__, session.identity_map)
    return row


@cache
def _fields(model: type[Base]) -> tuple[tuple[str, str, Callable[[Any], Any] | None], ...]:
    """(attribute, column, what makes its value out of JSON) of each column."""
    make = make_of(model)
    return tuple((name, column, _converter(make.table.c[column])) for name, column in make.columns.items())


def _converter(column: Column[Any]) -> Callable[[Any], Any] | None:
    if isinstance(column.type, Uuid):
        return _uuid
    if isinstance(column.type, UtcDateTime):
        return _moment
    return _truth if isinstance(column.type, Boolean) else None


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


# ---------------------------------------------------------------------------------------------- the statement
@cache
def _text(branches: tuple[Branch, ...], dialect: str) -> str:
    postgres = dialect == "postgresql"
    parts = []
    for branch in branches:
        table = branch.model.__tablename__
        rows = "json_agg(t)" if postgres else f"json_group_array({_object(branch.model)})"
        parts.append(f"'{table}', (SELECT {rows} FROM {table} AS t WHERE {branch.where})")
    if not postgres:
        return f"SELECT json_object({', '.join(parts)})"
    text = f"SELECT CAST(json_build_object({', '.join(parts)}) AS text)"
    return text.replace("?", "$")


def _object(model: type[Base]) -> str:
    pairs = []
    for column in make_of(model).table.columns:
        value = f't."{column.name}"'
        pairs.append(f"'{column.name}', " + (f"json({value})" if isinstance(column.type, JSON) else value))
    return f"json_object({', '.join(pairs)})"
