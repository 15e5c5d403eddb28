"""The database itself refuses a row of one merchant that points at a row of another, in every table there is."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Table, insert
from sqlalchemy.exc import IntegrityError

from core.db import Base, db
from core.lifecycles import MACHINES

_numbers = count(1)
START = {"orders": "order", "payments": "payment", "refund_parts": "refund", "shipments": "shipment"}
#: a share is of an adjustment, of a payment or of a refund: it wants one of them
ONE_OF_THEM = ("adjustment_id",)
#: where the columns of a row must fit each other
FITTING: Mapping[str, Mapping[str, Any]] = {
    "presale_activities": {"kind": "full", "ship_days": 1},
    "presale_items": {"price": 2},
}
Made = Mapping[tuple[str, int], UUID]


def pointers(table: Table) -> list[tuple[str, str]]:
    """(column, table it points at) of the table's walled foreign keys."""
    found = [one for one in table.constraints if isinstance(one, ForeignKeyConstraint) and len(one.columns) == 2]
    return [(one.column_keys[1], one.referred_table.name) for one in found]


def value_of(column: Column[Any], table: Table) -> Any:
    """Anything that fits the column."""
    if column.name == "state":
        return MACHINES[START[table.name]].start
    if allowed := column.info.get("one_of"):
        return allowed[0]
    if column.default is not None and not column.default.is_callable:
        return column.default.arg  # type: ignore[attr-defined]
    if isinstance(column.type, Boolean):
        return False
    kind = column.type.python_type if not hasattr(column.type, "process_bind_param") else datetime
    made: dict[Any, Any] = {str: _text(column), int: 1, datetime: datetime(2026, 1, 1, tzinfo=UTC)}
    made[date] = date(2026, 1, 1)
    return made.get(kind, uuid4() if kind is UUID else {})


def _text(column: Column[Any]) -> str:
    return str(next(_numbers)).zfill(3)[: getattr(column.type, "length", None)]


def row_of(table: Table, merchant_id: int, made: Made, *wanted: str) -> dict[str, Any]:
    """A row of that merchant which points at its own rows only, with those pointers that may be empty as *wanted*."""
    row = {column.name: value_of(column, table) for column in table.columns if not column.nullable}
    # what must end after it begins has its columns in that order
    moments = [name for name, value in row.items() if isinstance(value, datetime)]
    row |= {name: row[name] + timedelta(hours=n) for n, name in enumerate(moments)} | FITTING.get(table.name, {})
    needed = {name: target for name, target in pointers(table) if not table.c[name].nullable or name in wanted}
    if table.name == "payments":
        # what lowers the price belongs to an adjustment, any other money to an instalment
        row["role"] = "adjustment" if "adjustment_id" in needed else "cash"
        needed |= {"instalment_id": "instalments"} if row["role"] == "cash" else {}
    row |= {name: made[target, merchant_id] for name, target in needed.items()}
    return row | {"merchant_id": merchant_id, "id": uuid4()}


@pytest.mark.both_databases
def test_no_foreign_key_reaches_over_the_wall(app: Flask) -> None:
    made: dict[tuple[str, int], UUID] = {}
    tenants = [table for table in Base.metadata.sorted_tables if "merchant_id" in table.columns]
    refused = 0
    with app.app_context(), db.engine.connect() as connection:
        for merchant_id in (1, 2):
            merchants = Base.metadata.tables["merchants"]
            row = {column.name: value_of(column, merchants) for column in merchants.columns}
            connection.execute(insert(merchants), [row | {"id": merchant_id}])
        for table in tenants:
            made[table.name, 2] = (theirs := row_of(table, 2, made, *ONE_OF_THEM))["id"]
            connection.execute(insert(table), [theirs])
            for column, target in pointers(table):
                wanted = [column] if table.c[column].nullable else ONE_OF_THEM
                over = row_of(table, 1, made, *wanted) | {column: made[target, 2]}
                before = connection.begin_nested()
                with pytest.raises(IntegrityError, match="(?i)foreign key"):
                    connection.execute(insert(table), [over])
                before.rollback()
                refused += 1
            made[table.name, 1] = (own := row_of(table, 1, made, *ONE_OF_THEM))["id"]
            connection.execute(insert(table), [own])
        connection.rollback()
    assert refused >= 50


def test_every_pointer_between_tables_of_merchants_carries_the_merchant() -> None:
    for table in Base.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            if constraint.referred_table.name != "merchants":
                assert constraint.column_keys[0] == "merchant_id", f"{table.name}: {constraint.column_keys}"
