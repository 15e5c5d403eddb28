"""Statements run by the driver itself: values go and come as SQLAlchemy's would, and so do errors."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from core.contracts.people import Actor, MerchantView
from core.current import acting
from core.db import add, all_of, among, ask, change, fetch, flush, reading, transaction
from core.models import Product, Warehouse
from core.services import merchants
from tests import walls
from tests.walls import count_statements

pytestmark = pytest.mark.both_databases
NOW = datetime(2026, 1, 1, 12, 0, 0, 5, tzinfo=UTC)
_mine = Warehouse.merchant_id == bindparam("merchant")
BY_ID = select(Warehouse.id, Warehouse.code).where(_mine, among(Warehouse.id, "ids")).order_by(Warehouse.code)
OPEN = select(
    Warehouse.code, Warehouse.regions, Warehouse.enabled, Warehouse.latitude, Warehouse.return_address, Warehouse.id
).where(_mine, Warehouse.enabled)
RENAME = update(Warehouse).where(_mine, Warehouse.code == bindparam("code_now")).values(name=bindparam("name_new"))
MADE = select(Product.created_at, Product.id).where(Product.merchant_id == bindparam("merchant"))
SAME_TWICE = select(Warehouse.code).where(
    _mine, (Warehouse.code == bindparam("x")) | (Warehouse.name == bindparam("x"))
)


@pytest.fixture
def inside(app: Flask) -> Iterator[MerchantView]:
    """The merchant ``acme`` with three warehouses, acting, with no scope open."""
    with app.app_context():
        with transaction():
            view = merchants.view(merchants.create_merchant("acme", "Acme"))
        with acting(view, Actor("system", None, "test", "cli", "test")):
            with transaction():
                for code in ("a", "b", "c"):
                    values = {"regions": [code], "latitude": 1.5, "return_address": None, "enabled": code != "c"}
                    add(Warehouse(merchant_id=1, code=code, name=code.upper(), **values))
                add(Product(merchant_id=1, code="tea", title="Tea", pictures=[], created_at=NOW))
            yield view


def ids() -> dict[str, UUID]:
    with reading():
        return {row.code: row.id for row in all_of(Warehouse, 1)}


def test_values_come_back_in_the_types_of_their_columns(inside: MerchantView) -> None:
    (first, second) = sorted(ask(OPEN, merchant=1), key=lambda row: row.code)
    assert (first.code, first.regions, first.enabled, first.latitude) == ("a", ["a"], True, 1.5)
    assert first.return_address is None and isinstance(first.id, UUID) and second.code == "b"
    with reading():
        (made,) = fetch(MADE, merchant=1)
    assert made.created_at == NOW and made.created_at.tzinfo is UTC and made.id.version == 7


def test_a_list_of_ids_is_one_parameter_whatever_its_length(app: Flask, inside: MerchantView) -> None:
    known = ids()
    texts = set()
    for wanted in ([], ["a"], ["c", "a"], ["a", "b", "c"]):
        with count_statements(app) as counted:
            found = ask(BY_ID, merchant=1, ids=[known[code] for code in wanted])
        texts |= set(counted.statements)
        assert [row.code for row in found] == sorted(wanted)
    assert ask(BY_ID, merchant=1, ids=[uuid4()]) == [] and ask(BY_ID, merchant=2, ids=list(known.values())) == []
    assert len(texts) == 1


def test_one_value_may_stand_in_several_places(inside: MerchantView) -> None:
    assert [row.code for row in ask(SAME_TWICE, merchant=1, x="A")] == ["a"]
    assert [row.code for row in ask(SAME_TWICE, merchant=1, x="b")] == ["b"]


def test_a_change_says_how_many_rows_it_met(inside: MerchantView) -> None:
    with transaction():
        assert change(RENAME, merchant=1, code_now="a", name_new="new") == 1
        assert change(RENAME, merchant=1, code_now="z", name_new="new") == 0
    with reading():
        assert sorted(row.name for row in all_of(Warehouse, 1)) == ["B", "C", "new"]


def test_errors_are_sqlalchemys_with_the_drivers_own_inside(inside: MerchantView) -> None:
    with pytest.raises(IntegrityError) as refused, transaction():
        add(Warehouse(merchant_id=1, code="a", name="again", regions=[]))
        flush()
    assert refused.value.orig is not None and "code" in str(refused.value.orig)
    with pytest.raises(DBAPIError), transaction():
        change(RENAME, merchant="no number", code_now="a", name_new=object())
    assert len(ids()) == 3


def test_a_missing_value_is_an_error_before_anything_is_sent(app: Flask, inside: MerchantView) -> None:
    with count_statements(app) as counted, pytest.raises(KeyError, match="ids"):
        ask(BY_ID, merchant=1)
    assert len(counted) == 0


def test_the_walls_are_guarded_here_too(inside: MerchantView) -> None:
    with pytest.raises(walls.OverTheWall), reading():
        fetch(select(Warehouse.code))
    walls.breaches.found.clear()


@pytest.mark.on_postgres
def test_a_connection_that_is_lost_under_way_is_let_go(inside: MerchantView) -> None:
    with pytest.raises(OperationalError, match="(?i)terminat|closed|lost"), transaction() as session:
        change(RENAME, merchant=1, code_now="a", name_new="never")
        session.connection().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert sorted(ids()) == ["a", "b", "c"]
    with transaction():
        assert change(RENAME, merchant=1, code_now="a", name_new="at last") == 1
