"""The database: the only two ways in, transaction() and reading(), and how rows are written and found."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Executable, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from core import db_driver
from core.db_driver import among as among
from core.db_engine import engine_options as engine_options
from core.db_engine import unbound
from core.db_rows import fill
from core.db_writing import Waiting, insert_unless_there, write
from core.errors import NotFound
from core.tables import Base

Row = TypeVar("Row", bound=Base)

db = SQLAlchemy(model_class=Base, session_options={"autobegin": False, "autoflush": False, "expire_on_commit": False})


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


#: the session of the scope that is open here
_scope: ContextVar[Session | None] = ContextVar("scope", default=None)


def scope_is_open() -> bool:
    """Whether a transaction() or reading() is open here; asked on every network call, with or without an app."""
    return _scope.get() is not None


def current_session() -> Session:
    """The session of the scope in hand."""
    return _scope.get() or db.session()


def notes() -> dict[Any, Any]:
    """What the scope in hand keeps in mind; forgotten when it ends."""
    return current_session().info


def connection() -> Connection:
    """The connection of the scope in hand."""
    mind = notes()
    found: Connection | None = mind.get("connection")
    if found is None:
        found = mind["connection"] = current_session().connection()
    return found


def in_transaction() -> bool:
    """Whether this thread has a transaction() or reading() open."""
    return db.session().in_transaction()


def can_write() -> bool:
    """Whether this thread has a transaction() open."""
    return bool(notes().get("writes"))


def require_transaction() -> None:
    """:raises RuntimeError: called outside transaction(); a service never opens one of its own."""
    if not scope_is_open() and not in_transaction():
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
    session.info["writes"] = True
    scope = _scope.set(session)
    try:
        with session.begin():
            if session.get_bind().dialect.name != "postgresql":
                # the first statement: SQLite must BEGIN IMMEDIATE, for a later upgrade to writing fails at once
                session.connection(execution_options={"write": True})
            yield session
            flush()
            for call in session.info.pop("last", ()):
                call()
        after = session.info.get("after_commit", ())
    finally:
        # the next transaction must read the rows anew: another process may have changed them
        session.expunge_all()
        session.info.clear()
        _scope.reset(scope)
    for call in after:
        call()


@contextlib.contextmanager
def reading() -> Iterator[Session]:
    """Reads one consistent picture and can write nothing.

    Ended by COMMIT on PostgreSQL, since psycopg drops its prepared statements on ROLLBACK; rolled back on SQLite, which
    knows no READ ONLY.
    """
    session = db.session()
    if session.in_transaction():
        raise RuntimeError("a transaction is open already; read inside it")
    read_only = session.get_bind().dialect.name == "postgresql"
    scope = _scope.set(session)
    try:
        with session.begin() as begun:
            session.connection(execution_options={"postgresql_readonly": True} if read_only else {})
            yield session
            # a row that somebody changed all the same is forgotten: the end must not write it
            session.expunge_all()
            if not read_only:
                begun.rollback()
    finally:
        session.expunge_all()
        session.info.clear()
        _scope.reset(scope)


def ask(statement: Executable, **values: Any) -> list[Any]:
    """What one *statement* finds, outside of any scope: it sees one picture anyhow, and saves two round trips.

    :param statement: a constant of a module, for it is put together once and kept; so for all that take one.
    """
    with unbound(db.engine) as alone:
        return db_driver.fetch(alone, statement, values)


def fetch(statement: Executable, **values: Any) -> list[Any]:
    """What *statement* finds, rows with the names of their columns, inside a scope. See :func:`ask`."""
    return db_driver.fetch(connection(), statement, values)


def change(statement: Executable, **values: Any) -> int:
    """How many rows *statement* changed at once, inside a scope. See :func:`ask`."""
    return db_driver.change(connection(), statement, values)


def claim(row: Base) -> bool:
    """Write *row* at once, outside of any scope; False if a unique value of it is taken.

    It is on disk no later than whatever this process commits afterwards: only for what may be lost in a crash until
    then.
    """
    fill(row)
    with unbound(db.engine, write=True) as alone:
        return insert_unless_there(alone, row)


def last(call: Callable[[], None]) -> None:
    """Run *call* when everything else of this transaction is written, right before it is committed."""
    notes().setdefault("last", []).append(call)


def after_commit(call: Callable[[], None]) -> None:
    """Run *call* once this transaction is committed; if it is undone, never."""
    notes().setdefault("after_commit", []).append(call)


# ---------------------------------------------------------------------------------------------- rows
def add(row: Row) -> Row:
    """Write *row* with this transaction."""
    fill(row)
    waiting().new.append(row)
    return row


def remove(row: Base) -> None:
    """Delete *row* with this transaction; one that is not written yet will not be."""
    here = waiting()
    if any(one is row for one in here.new):
        here.new = [one for one in here.new if one is not row]
    else:
        here.gone.append(row)
        notes().get("held", {}).pop((type(row), getattr(row, "merchant_id", None), getattr(row, "id", None)), None)


def hold(rows: Iterable[Any]) -> None:
    """These were read under a lock that covers them until this transaction ends: :func:`get` locks them no more."""
    held: dict[tuple[type, int, UUID], Any] = notes().setdefault("held", {})
    held.update({(type(row), row.merchant_id, row.id): row for row in rows})


def waiting() -> Waiting:
    """What this transaction has not written yet."""
    mind = notes()
    found: Waiting | None = mind.get("waiting")
    if found is None:
        found = mind["waiting"] = Waiting()
    return found


def made(model: type[Row]) -> list[Row]:
    """The new rows of *model* of this transaction, written already or not."""
    rows = (*notes().get("made", ()), *waiting().new)
    return [row for row in rows if isinstance(row, model)]


def with_rows(parent: Row, **related: Any) -> Row:
    """Give a new *parent* the rows it is written with, so that nobody reads them from the database again."""
    for name, rows in related.items():
        set_committed_value(parent, name, rows)
    return parent


def flush() -> None:
    """Write what :func:`add` and :func:`remove` collected and what was changed: see ``core/db_writing.py``."""
    session, mind = current_session(), notes()
    here: Waiting = mind.pop("waiting", None) or Waiting()
    write(session, here, connection)
    mind.setdefault("made", []).extend(here.new)
    # whoever gave a row to the session itself has it written by the unit of work
    if session.new or session.deleted:
        session.flush()


def find(model: type[Row], merchant_id: int, row_id: UUID | None) -> Row | None:
    """The row of this merchant, or None."""
    return None if row_id is None else current_session().get(model, (merchant_id, row_id))


def get(model: type[Row], merchant_id: int, row_id: UUID | None, *, lock: bool = False) -> Row:
    """The row of this merchant, locked and re-read if *lock*; what is held already costs nothing.

    :raises NotFound: there is none; another merchant's is none.
    """
    session = current_session()
    row: Row | None
    if row_id is None:
        row = None
    elif (held := session.info.get("held", {}).get((model, merchant_id, row_id))) is not None:
        row = held
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
    return list(current_session().scalars(query.order_by(*order)))
