"""The floor: the rows that one order leaves behind, request by request, written by hand with nothing in between."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import URL, Engine, String, UniqueConstraint, select
from sqlalchemy.engine import make_url

from benchmarks.load import Measured, measure
from core.db import Base

#: shelves with no more units than this are not written to: they could run out
FEW = 10_000
Picture = dict[str, dict[Any, dict[str, Any]]]


@dataclass(frozen=True)
class Text:
    """A parameter that is new for each order: pieces of text, and between them numbers of new names."""

    pieces: tuple[str | int, ...]


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters: constants, :class:`Fresh`, :class:`Text` and :class:`Shelf`."""

    sql: str
    parameters: tuple[Any, ...]


@dataclass(frozen=True)
class Fresh:
    """The id with this number, new for each order."""

    number: int


@dataclass(frozen=True)
class Shelf:
    """The id of a row of stock: each connection has its own, as buyers who want different things."""

    number: int


@dataclass
class Recording:
    """What one order writes: a list of statements a request.

    *ids* and *texts* are new for each order; *shelves* are the rows of stock it took from, *stock* all there are.
    """

    requests: list[list[Statement]] = field(default_factory=list)
    ids: dict[UUID, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    shelves: dict[UUID, int] = field(default_factory=dict)
    stock: list[UUID] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows written by one order."""
        return sum(len(request) for request in self.requests)


def picture(engine: Engine) -> Picture:
    """Every row of every table: primary key -> values."""
    found: Picture = {}
    with engine.connect() as connection:
        connection.begin()
        for table in Base.metadata.sorted_tables:
            keys = [column.name for column in table.primary_key]
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
            found[table.name] = {tuple(row[key] for key in keys): row for row in rows}
    return found


def record(pictures: Sequence[Picture]) -> Recording:
    """What was written between each two of these pictures."""
    recording = Recording()
    for before, after in zip(pictures, pictures[1:], strict=False):
        _name_new_things(recording, before, after)
    shelves = pictures[-1]["stock"]
    recording.stock = sorted(row["id"] for row in shelves.values() if row["on_hand"] > FEW)
    taken = sorted(row["id"] for key, row in shelves.items() if row != pictures[0]["stock"][key])
    recording.shelves = {one: number for number, one in enumerate(taken)}
    for before, after in zip(pictures, pictures[1:], strict=False):
        recording.requests.append(list(_statements(recording, before, after)))
    return recording


def _name_new_things(recording: Recording, before: Picture, after: Picture) -> None:
    for table in Base.metadata.sorted_tables:
        unique = {
            column.name
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
            for column in constraint.columns
            if isinstance(column.type, String)
        }
        for key, row in after[table.name].items():
            old = before[table.name].get(key)
            if old is None and isinstance(row.get("id"), UUID):
                recording.ids.setdefault(row["id"], len(recording.ids))
            # a row may get a unique text later: the gateway's number of a payment comes with its notice
            for column in unique:
                if old is None or row[column] != old[column]:
                    _name(recording, row[column])


def _name(recording: Recording, text: str | None) -> None:
    # short ones are words such as "pay"; a key that holds an id is new with the id
    if text and len(text) > 16 and not any(str(one) in text for one in recording.ids):
        recording.texts.setdefault(text, len(recording.texts))


def _statements(recording: Recording, before: Picture, after: Picture) -> Iterator[Statement]:
    # what goes goes first: a row may take the unique name of one that is gone
    for table in reversed(Base.metadata.sorted_tables):
        where = " AND ".join(f"{key.name} = %s" for key in table.primary_key)
        for key in before[table.name].keys() - after[table.name].keys():
            gone = tuple(_parameter(recording, value) for value in key)
            yield Statement(f"DELETE FROM {table.name} WHERE {where}", gone)
    # stock is taken last, in sorted order
    for table in sorted(Base.metadata.sorted_tables, key=lambda table: table.name == "stock"):
        keys = [column.name for column in table.primary_key]
        old, new = before[table.name], after[table.name]
        where = " AND ".join(f"{key} = %s" for key in keys)
        for key, row in sorted(new.items()):
            if key not in old:
                names = ", ".join(row)
                sql = f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('%s' for _ in row)})"
                yield Statement(sql, tuple(_parameter(recording, value) for value in row.values()))
            elif row != old[key]:
                changed = {name: value for name, value in row.items() if value != old[key][name]}
                sql = f"UPDATE {table.name} SET {', '.join(f'{name} = %s' for name in changed)} WHERE {where}"
                values = (*changed.values(), *key)
                yield Statement(sql, tuple(_parameter(recording, value) for value in values))


def _parameter(recording: Recording, value: Any) -> Any:
    if isinstance(value, UUID):
        if value in recording.shelves:
            return Shelf(recording.shelves[value])
        return Fresh(recording.ids[value]) if value in recording.ids else value
    if isinstance(value, dict | list):
        return Jsonb(value)
    if not isinstance(value, str):
        return value
    pieces: list[str | int] = [value]
    marks = {**{str(one): number for one, number in recording.ids.items()}}
    marks |= {text: -1 - number for text, number in recording.texts.items()}
    for mark, number in marks.items():
        pieces = [part for piece in pieces for part in _cut(piece, mark, number)]
    return value if pieces == [value] else Text(tuple(pieces))


def _cut(piece: str | int, mark: str, number: int) -> list[str | int]:
    if isinstance(piece, int) or mark not in piece:
        return [piece]
    parts: list[str | int] = []
    for text in piece.split(mark):
        parts += [text, number]
    return [part for part in parts[:-1] if part != ""]


def batched(recording: Recording) -> Recording:
    """The same rows, the inserts of a table in one statement."""
    return replace(recording, requests=[list(_joined(request)) for request in recording.requests])


def _joined(request: Sequence[Statement]) -> Iterator[Statement]:
    waiting: list[Statement] = []
    for statement in [*request, None]:
        if statement and waiting and statement.sql == waiting[0].sql and statement.sql.startswith("INSERT"):
            waiting.append(statement)
            continue
        if waiting:
            head, values = waiting[0].sql.split(" VALUES ") if len(waiting) > 1 else (waiting[0].sql, "")
            sql = f"{head} VALUES {', '.join([values] * len(waiting))}" if values else head
            yield Statement(sql, tuple(value for one in waiting for value in one.parameters))
        waiting = [statement] if statement else []


def orders_by_hand(url: str, recording: Recording, connections: int, seconds: float) -> Measured:
    """Write the recorded rows for *seconds* with so many connections: a transaction a request, the order locked."""
    place = make_url(url)
    return measure(connections, seconds, lambda number: _Hand(place, recording, number).order)


class _Hand:
    def __init__(self, place: URL, recording: Recording, number: int) -> None:
        where: dict[str, Any] = dict(place.query)
        self._connection = psycopg.connect(dbname=place.database, user="postgres", autocommit=True, **where)
        self._connection.prepare_threshold = 1
        self._recording = recording
        count, stock = len(recording.shelves), recording.stock
        self._shelves = [stock[(number * count + step) % len(stock)] for step in range(count)]

    def order(self, _: int) -> dict[str, float]:
        ids = [uuid4() for _ in self._recording.ids]
        texts = [uuid4().hex for _ in self._recording.texts]
        begin = time.perf_counter()
        for statements in self._recording.requests:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement.sql, [self._value(one, ids, texts) for one in statement.parameters])
        return {"order": (time.perf_counter() - begin) * 1000}

    def _value(self, parameter: Any, ids: Sequence[UUID], texts: Sequence[str]) -> Any:
        if isinstance(parameter, Fresh):
            return ids[parameter.number]
        if isinstance(parameter, Shelf):
            return self._shelves[parameter.number]
        if isinstance(parameter, Text):
            parts = [
                part if isinstance(part, str) else str(ids[part]) if part >= 0 else texts[-1 - part]
                for part in parameter.pieces
            ]
            return "".join(parts)
        return parameter
