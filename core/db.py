"""The database: column types, tenant walls, and the only two ways in: transaction() and reading()."""

import contextlib
import json
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
    Uuid,
    event,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedColumn,
    Session,
    make_transient_to_detached,
    mapped_column,
    registry,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from core.errors import NotFound
from core.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which forgets time zones, gets it back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; use core.clock.now()")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """What every table is made from; never ``db.Model``, which mypy cannot read."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime,
            dict[str, Any]: Json,
            list[Any]: Json,
            UUID: Uuid,
            str: String(200),
        },
    )


Row = TypeVar("Row", bound=Base)

db = SQLAlchemy(model_class=Base, session_options={"autobegin": False, "autoflush": False, "expire_on_commit": False})


# ---------------------------------------------------------------------------------------------- columns
def money(*, default: int | None = None) -> MappedColumn[int]:
    """A column of minor units."""
    return mapped_column(BigInteger, default=default)


def one_of(*values: str, default: str | None = None, index: bool = False) -> MappedColumn[Any]:
    """A text column that takes only *values*; a CHECK says so."""
    return mapped_column(String(40), default=default, info={"one_of": values, "walled_index": index})


def belongs_to(table: str, *, index: bool = True) -> MappedColumn[Any]:
    """The id of a row of *table* of the same merchant: the foreign key carries merchant_id, so a row of one
    merchant can never point at another's. The annotation says whether it may be empty."""
    return mapped_column(Uuid, info={"belongs_to": table, "walled_index": index})


@event.listens_for(Column, "after_parent_attach", propagate=True)
def _build_walls(column: Column[Any], table: Any) -> None:
    # a copy that Alembic makes of a table has its walls already
    if not isinstance(table, Table) or table.metadata is not Base.metadata:
        return
    if target := column.info.get("belongs_to"):
        table.append_constraint(
            ForeignKeyConstraint(["merchant_id", column.name], [f"{target}.merchant_id", f"{target}.id"])
        )
    if values := column.info.get("one_of"):
        listed = ", ".join(f"'{value}'" for value in values)
        table.append_constraint(CheckConstraint(f"{column.name} IN ({listed})", name=column.name))
    if column.info.get("walled_index"):
        Index(None, table.c.merchant_id, column)


class Tenant:
    """A table of a merchant's own rows: primary key (merchant_id, id)."""

    merchant_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("merchants.id"), primary_key=True, sort_order=-2)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id, sort_order=-1)


class Stateful:
    """A row with a lifecycle: ``services/moves.py`` alone writes these two."""

    #: the name of the row's machine, and its subject kind in the log
    lifecycle: ClassVar[str]
    state: Mapped[str] = mapped_column(String(40))
    #: rises by one with every logged move; the ETag of an edit and the ``seq`` of its log row
    version: Mapped[int] = mapped_column(default=0)


# ---------------------------------------------------------------------------------------------- scopes
_free_of_walls: ContextVar[bool] = ContextVar("across_merchants", default=False)


@contextlib.contextmanager
def across_merchants() -> Iterator[None]:
    """Statements inside may read many merchants: for the dispatcher, the doctor and the platform only."""
    token = _free_of_walls.set(True)
    try:
        yield
    finally:
        _free_of_walls.reset(token)


def walls_are_open() -> bool:
    """Whether :func:`across_merchants` is in force (asked by the guard that runs in tests)."""
    return _free_of_walls.get()


def in_transaction() -> bool:
    """Whether this thread has a transaction() or reading() open."""
    return db.session().in_transaction()


def require_transaction() -> None:
    """:raises RuntimeError: called outside transaction(); a service never opens one of its own."""
    if not in_transaction():
        raise RuntimeError("this is a service: call it inside `with transaction():`")


def refuse_transaction() -> None:
    """:raises RuntimeError: called inside a transaction; a flow opens its own, with the network between them."""
    if in_transaction():
        raise RuntimeError("this is a flow: it talks to a network between transactions, so call it outside of one")


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """Everything inside is written, or nothing is. Not nested; opened by doors and flows only.

    Rows given to :func:`add` are written at the end; what :func:`after_commit` was given runs once they are true.
    """
    session = db.session()
    if session.in_transaction():
        raise RuntimeError("a transaction is open already; doors open one, services never do")
    session.info.clear()
    try:
        with session.begin():
            # the first statement: SQLite must BEGIN IMMEDIATE, for a later upgrade to writing fails at once
            session.connection(execution_options={"write": True})
            yield session
            flush()
        after = session.info.get("after_commit", [])
    finally:
        # the next transaction must read the rows anew: another process may have changed them
        session.expunge_all()
        session.info.clear()
    for call in after:
        call()


@contextlib.contextmanager
def reading() -> Iterator[Session]:
    """Reads one consistent picture and can write nothing.

    Ended by COMMIT on PostgreSQL, since psycopg drops its prepared statements on ROLLBACK.
    """
    session = db.session()
    if session.in_transaction():
        raise RuntimeError("a transaction is open already; read inside it")
    read_only = session.get_bind().dialect.name == "postgresql"
    try:
        with session.begin():
            session.connection(execution_options={"postgresql_readonly": True} if read_only else {})
            yield session
    finally:
        session.expunge_all()


def after_commit(call: Callable[[], None]) -> None:
    """Run *call* once this transaction is committed; if it is undone, never."""
    db.session().info.setdefault("after_commit", []).append(call)


# ---------------------------------------------------------------------------------------------- rows
def add(row: Row) -> Row:
    """Write *row* with this transaction, together with its table's other new rows in one statement."""
    mapper = row.__mapper__
    known = row.__dict__
    for key, attribute in mapper.column_attrs.items():
        if key not in known:
            default = attribute.columns[0].default
            value = None if default is None else default.arg(None) if default.is_callable else default.arg
            setattr(row, key, value)
    db.session().info.setdefault("new_rows", []).append(row)
    return row


def with_rows(parent: Row, **collections: list[Any]) -> Row:
    """Give a new *parent* the children it is written with, so that nobody reads them from the database again."""
    for name, rows in collections.items():
        set_committed_value(parent, name, rows)
    return parent


def flush() -> None:
    """Write what :func:`add` collected and what was changed: parents before children, a statement a table."""
    session = db.session()
    rows: list[Base] = session.info.pop("new_rows", [])
    by_table: dict[Table, list[Base]] = {}
    for row in rows:
        by_table.setdefault(row.__table__, []).append(row)  # type: ignore[arg-type]
    for table in sorted(by_table, key=_floor_of):
        batch = by_table[table]
        columns = batch[0].__mapper__.column_attrs.items()
        session.connection().execute(
            insert(table), [{a.columns[0].name: getattr(row, key) for key, a in columns} for row in batch]
        )
    for row in rows:
        make_transient_to_detached(row)
        session.add(row)
    session.flush()


_floors: dict[str, int] = {}


def _floor_of(table: Table) -> int:
    if table.key not in _floors:
        _floors.update({t.key: n for n, t in enumerate(Base.metadata.sorted_tables)})
    return _floors[table.key]


def find(model: type[Row], merchant_id: int, row_id: UUID | None) -> Row | None:
    """The row of this merchant, or None."""
    return None if row_id is None else db.session().get(model, (merchant_id, row_id))


def get(model: type[Row], merchant_id: int, row_id: UUID | None, *, lock: bool = False) -> Row:
    """The row of this merchant, locked and re-read if *lock*.

    :raises NotFound: there is none; another merchant's is none.
    """
    session = db.session()
    if row_id is None:
        row = None
    elif lock:
        flush()
        row = session.get(model, (merchant_id, row_id), with_for_update=True, populate_existing=True)
    else:
        row = session.get(model, (merchant_id, row_id))
    if row is None:
        raise NotFound(f"There is no such {model.__name__.lower()} here.")
    return row


def all_of(model: type[Row], merchant_id: int, *where: Any, order_by: Any = None) -> list[Row]:
    """The rows of this merchant that meet *where*, oldest first unless *order_by* says otherwise."""
    columns: Any = model
    query = select(model).where(columns.merchant_id == merchant_id, *where)
    order = (order_by,) if order_by is not None else (columns.id,)
    return list(db.session().scalars(query.order_by(*order)))


# ---------------------------------------------------------------------------------------------- dialects
@event.listens_for(Engine, "connect")
def _open_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if type(connection).__module__.split(".")[0] != "sqlite3":
        return
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def engine_options(url: str, threads: int = 4) -> dict[str, Any]:
    """SQLAlchemy's engine options for *url*: a pool as large as the *threads* that use it, no overflow."""
    options: dict[str, Any] = {
        "json_serializer": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
        "pool_size": threads,
        "max_overflow": 0 if url.startswith("postgresql") else 10,
    }
    if url.startswith("postgresql"):
        options["pool_pre_ping"] = True
    return options
