"""What tables are made of: column types, the tenant walls, and the two mixins every table of a merchant has."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column, registry
from sqlalchemy.types import TypeDecorator

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


#: None is NULL, never the JSON value null
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


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

    def __init__(self, **values: Any) -> None:
        """A row with these values, by attribute. Nobody watches it yet, so they are put down without telling anybody.

        :raises TypeError: there is no such column.
        """
        if not values.keys() <= (columns := _attributes(type(self))):
            raise TypeError(f"{type(self).__name__} has no column {', '.join(sorted(values.keys() - columns))}")
        self.__dict__.update(values)


@cache
def _attributes(model: type[Base]) -> frozenset[str]:
    return frozenset(attribute.key for attribute in model.__mapper__.column_attrs)


# ---------------------------------------------------------------------------------------------- columns
def minor_units(*, default: int | None = None) -> MappedColumn[int]:
    """A column of minor units."""
    return mapped_column(BigInteger, default=default)


def one_of(*values: str, default: str | None = None, index: bool = False) -> MappedColumn[Any]:
    """A text column that takes only *values*; a CHECK says so."""
    return mapped_column(String(40), default=default, info={"one_of": values, "walled_index": index})


def belongs_to(table: str, *, index: bool = True) -> MappedColumn[Any]:
    """The id of a row of *table* of the same merchant: the foreign key carries merchant_id, so a row of one
    merchant can never point at another's. The annotation says whether it may be empty."""
    return mapped_column(Uuid, info={"belongs_to": table, "walled_index": index})


def sealed_text() -> MappedColumn[Any]:
    """A secret, encrypted: ``services/sealed_texts.py`` writes and opens it, `merx secrets rotate` finds it.

    The annotation says whether it may be empty.
    """
    return mapped_column(Text, info={"sealed": True})


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
