"""The laws of the tables, asked of SQLAlchemy's own picture of them."""

from collections.abc import Iterator

from sqlalchemy import Float, ForeignKeyConstraint, MetaData, Numeric, Table, UniqueConstraint
from sqlalchemy.orm import Mapper

#: tables that belong to no merchant
SHARED = {"merchants"}
#: the only columns that are not whole numbers
PLACES = {"latitude", "longitude"}


def _tenants(metadata: MetaData) -> list[Table]:
    tables = (table for name, table in sorted(metadata.tables.items()) if name not in SHARED)
    return [table for table in tables if not table.name.startswith("alembic_version")]


def missing_walls(metadata: MetaData) -> Iterator[str]:
    """Every way in which a row of one merchant could touch another's, or a table could not be distributed (Citus asks
    for the distribution column in each key and unique constraint, and in each foreign key between such tables)."""
    for table in _tenants(metadata):
        key = [column.name for column in table.primary_key.columns]
        if key != ["merchant_id", "id"]:
            yield f"{table.name}: the primary key is ({', '.join(key)}), not (merchant_id, id)"
        for constraint in table.constraints:
            names = [column.name for column in getattr(constraint, "columns", [])]
            if isinstance(constraint, UniqueConstraint) and "merchant_id" not in names:
                yield f"{table.name}: unique ({', '.join(names)}) does not carry merchant_id"
            elif isinstance(constraint, ForeignKeyConstraint):
                yield from _open_foreign_key(table, constraint)
        for index in table.indexes:
            if index.unique and "merchant_id" not in [column.name for column in index.columns]:
                yield f"{table.name}: unique index {index.name} does not carry merchant_id"


def _open_foreign_key(table: Table, constraint: ForeignKeyConstraint) -> Iterator[str]:
    pairs = [(element.parent.name, element.target_fullname.split(".")) for element in constraint.elements]
    if {target[0] for _, target in pairs} <= SHARED:
        return
    if ("merchant_id", "merchant_id") not in [(name, target[1]) for name, target in pairs]:
        yield f"{table.name}: the foreign key on {pairs[0][0]} does not carry merchant_id; use belongs_to()"


def inexact_columns(metadata: MetaData) -> Iterator[str]:
    """Columns that cannot hold a whole number of minor units exactly."""
    for name, table in sorted(metadata.tables.items()):
        for column in table.columns:
            if isinstance(column.type, Float | Numeric) and column.name not in PLACES:
                yield f"{name}.{column.name} is {column.type!r}: money is BigInteger minor units (core.db.money)"


def told_by_the_database(metadata: MetaData) -> Iterator[str]:
    """Columns that ask the database for a value (a time, mostly) instead of us."""
    for name, table in sorted(metadata.tables.items()):
        for column in table.columns:
            if column.server_default is not None or column.server_onupdate is not None:
                yield f"{name}.{column.name} has a server default: set it in Python, so that a test can freeze it"


def writing_relationships(mappers: list[Mapper]) -> Iterator[str]:
    """Relationships through which the session could write behind add()'s back."""
    for mapper in sorted(mappers, key=lambda one: one.class_.__name__):
        for relation in mapper.relationships:
            if not relation.viewonly:
                yield f"{mapper.class_.__name__}.{relation.key} is not viewonly"
