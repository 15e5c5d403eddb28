"""Every row that holds something sealed: found in batches, opened, and sealed anew with the newest key."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from core import plugins, vault
from core.db import db
from core.models import Account, IdempotencyKey, MerchantPlugin
from core.services import accounts, sealed_texts

#: rows that one transaction locks
BATCH: Final = 50


@dataclass(frozen=True)
class Kind:
    """One kind of row that holds something sealed.

    :param column: where. :param purpose: what it was sealed for. :param told: how a person finds the row.
    """

    name: str
    model: Any
    column: str
    purpose: Callable[[Any], str]
    told: Callable[[Any], str]


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "plugin settings", MerchantPlugin, "settings",
        lambda row: plugins.settings_purpose(row.merchant_id, row.name), lambda row: f"the settings of {row.name}",
    ),
    Kind("accounts", Account, "settings", accounts.purpose, lambda row: f"account {row.name!r} of {row.plugin}"),
    # kept for a day for whoever repeats a request whose answer held a token
    Kind("kept answers", IdempotencyKey, "body", lambda row: "idempotency", lambda row: f"the kept answer {row.id}"),
)  # fmt: skip


def kinds() -> tuple[Kind, ...]:
    """Core's own kinds, and every column of a plugin's table that says it is sealed."""
    return (*KINDS, *(_of_a_column(model, column) for model, column in sealed_texts.columns()))


def _of_a_column(model: Any, column: str) -> Kind:
    table = model.__tablename__
    return Kind(
        table, model, column,
        purpose=lambda row: sealed_texts.purpose(row, column), told=lambda row: f"{column} of {table} {row.id}",
    )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One sealed thing.

    :param position: of the key that opens it, 0 = the newest; None = none does.
    :param why: it cannot be opened; never what is in it.
    """

    row: Any
    position: int | None
    why: str = ""


def batch(kind: Kind, merchant_id: int, after: UUID | None, *, lock: bool = False) -> list[Any]:
    """The next sealed rows of *kind* behind the id *after*."""
    query: Select[Any] = select(kind.model).where(
        kind.model.merchant_id == merchant_id, getattr(kind.model, kind.column).startswith(vault.PREFIX)
    )
    if after is not None:
        query = query.where(kind.model.id > after)
    query = query.order_by(kind.model.id).limit(BATCH)
    # what somebody is changing right now is read when they are done, never from before
    query = query.with_for_update() if lock else query
    return list(db.session().scalars(query.execution_options(populate_existing=True)))


def look(kind: Kind, rows: list[Any]) -> Iterator[Found]:
    """Which key opens each of *rows*."""
    for row in rows:
        try:
            yield Found(row, vault.key_position(getattr(row, kind.column), kind.purpose(row)))
        except vault.VaultTrouble as trouble:
            yield Found(row, None, trouble.detail)


def renew(kind: Kind, rows: list[Any]) -> Mapping[str, Any]:
    """Seal anew those of *rows*, which are locked, that an older key sealed.

    :returns: how many were ``renewed``, and the ``closed`` ones, which no key opens.
    """
    renewed, closed = 0, []
    for found in look(kind, rows):
        if found.position is None:
            closed.append(f"{kind.told(found.row)}: {found.why}")
        elif found.position > 0:
            setattr(found.row, kind.column, vault.renew(getattr(found.row, kind.column), kind.purpose(found.row)))
            renewed += 1
    return {"renewed": renewed, "closed": closed}
