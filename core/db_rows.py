"""What each model is made of, looked up once; and how its rows join a session without asking the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state

from core.tables import Base, UtcDateTime


@dataclass(frozen=True)
class Make:
    """The make of one model: its table, and what of it a row is written and found by."""

    mapper: Mapper[Any]
    table: Table
    #: attribute -> column, by name
    columns: Mapping[str, str]
    #: attribute -> what gives the value it has when nobody said one
    defaults: Mapping[str, Callable[[], Any]]
    #: attributes of the primary key, and their columns
    key: tuple[str, ...]
    key_columns: tuple[str, ...]
    #: columns that hold moments
    moments: tuple[str, ...] = field(default=())

    def values(self, row: Base) -> dict[str, Any]:
        """The values of a whole row, by column."""
        known = row.__dict__
        return self.checked({column: known[name] for name, column in self.columns.items()})

    def checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """*values*, whose moments have a time zone."""
        for column in self.moments:
            moment = values.get(column)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{moment!r} has no time zone; use core.clock.now()")
        return values

    def identity(self, row: Base) -> Any:
        """What a session knows the row by."""
        known = row.__dict__
        return self.mapper.identity_key_from_primary_key(tuple(known[name] for name in self.key))


@cache
def make_of(model: type[Base]) -> Make:
    """The make of *model*."""
    mapper = model.__mapper__
    columns, defaults, moments = {}, {}, []
    for name, attribute in mapper.column_attrs.items():
        column = attribute.columns[0]
        columns[name] = column.name
        defaults[name] = _maker(column.default)
        if isinstance(column.type, UtcDateTime):
            moments.append(column.name)
    key = tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
    table = mapper.local_table
    assert isinstance(table, Table)
    return Make(mapper, table, columns, defaults, key, tuple(columns[name] for name in key), tuple(moments))


def _maker(default: Any) -> Callable[[], Any]:
    if default is None:
        return lambda: None
    if default.is_callable:
        return lambda: default.arg(None)
    return lambda: default.arg


def fill(row: Base) -> None:
    """Give a new *row* the values that nobody gave it."""
    known = row.__dict__
    for name, maker in make_of(type(row)).defaults.items():
        if name not in known:
            known[name] = maker()


def join(session: Session, row: Base) -> None:
    """Let *session* know a row that stands in the database as it stands here, as if it had just been read."""
    state: Any = instance_state(row)
    state.key = make_of(type(row)).identity(row)
    state.session_id = session.hash_key
    state._commit_all(state.dict)
    session.identity_map.add(state)


def changed(session: Session, row: Base) -> dict[str, Any]:
    """The columns of a known *row* whose values are not those that were read."""
    make = make_of(type(row))
    known = row.__dict__
    before: Mapping[str, Any] = instance_state(row).committed_state
    found = {
        make.columns[name]: known[name]
        for name, old in before.items()
        if name in make.columns and name in known and known[name] != old
    }
    return make.checked(found)


def settle(session: Session, row: Base) -> None:
    """The changes of *row* are written: it is as it was read again."""
    state: Any = instance_state(row)
    state._commit_all(state.dict, session.identity_map)
