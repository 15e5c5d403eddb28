"""How a transaction is written: everything at once on PostgreSQL, a table at a time on SQLite, alike in the end."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from core import queue
from core.contracts.people import Actor, MerchantView
from core.current import acting
from core.db import add, all_of, db, flush, get, reading, remove, transaction, waiting
from core.db_writing import Part, Shape
from core.errors import StillRunning
from core.models import CartLine, Customer, Job, Product, Store, Variant, Warehouse
from core.services import merchants
from tests.walls import count_statements

pytestmark = pytest.mark.both_databases
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def inside(app: Flask) -> Iterator[MerchantView]:
    """The merchant ``acme``, acting, with no scope open."""
    with app.app_context():
        with transaction():
            view = merchants.view(merchants.create_merchant("acme", "Acme"))
        with acting(view, Actor("system", None, "test", "cli", "test")):
            yield view


def on_postgres() -> bool:
    return bool(db.engine.dialect.name == "postgresql")


def product(code: str, **more: Any) -> Product:
    return Product(merchant_id=1, code=code, title=code, **{"created_at": NOW, "pictures": [], **more})


def store(code: str, **more: Any) -> Store:
    return Store(merchant_id=1, code=code, name=code, **more)


def test_what_is_new_changed_and_gone_is_written_together(app: Flask, inside: MerchantView) -> None:
    with transaction():
        stays, goes = add(store("stays")), add(store("goes"))
        queue.later("core.deadline", NOW, key="old")
    with transaction():
        stays, goes = get(Store, 1, stays.id), get(Store, 1, goes.id)
        with count_statements(app) as counted:
            stays.name, stays.version = "renamed", 7
            remove(goes)
            add(product("tea"))
            queue.forget("old")
            flush()
        assert len(counted) == (1 if on_postgres() else 4)
    with reading():
        assert [(row.code, row.name, row.version) for row in all_of(Store, 1)] == [("stays", "renamed", 7)]
        assert [row.code for row in all_of(Product, 1)] == ["tea"]
        assert all_of(Job, 1) == []


def test_every_kind_of_value_comes_back_as_it_was_given(inside: MerchantView) -> None:
    odd = 'both "quotes", \\, 茶, 🫖 and\nlines'
    nested = {"deep": [{"a": None, "b": [1, 2.5, True, odd]}], "": {}, "many": 2**53 - 1}
    there = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with transaction():
        row = add(Warehouse(merchant_id=1, code="w", name=odd, regions=["1", odd], latitude=0.1 + 0.2, enabled=False))
        other = add(product("tea", description=odd, category=odd, pictures=[nested], created_at=there))
        assert row.return_address is None
    with reading():
        row, other = get(Warehouse, 1, row.id), get(Product, 1, other.id)
        assert (row.name, row.regions, row.latitude, row.enabled) == (odd, ["1", odd], 0.1 + 0.2, False)
        assert (other.description, other.pictures) == (odd, [nested])
        assert other.created_at == there and other.created_at.tzinfo is UTC
    with transaction():
        get(Warehouse, 1, row.id).return_address = nested
        get(Product, 1, other.id).category = None
    with reading():
        assert get(Warehouse, 1, row.id).return_address == nested and get(Product, 1, other.id).category is None


def test_no_value_is_null_in_json_columns_too(inside: MerchantView) -> None:
    with transaction():
        add(Warehouse(merchant_id=1, code="w", name="w", regions=[], return_address=None))
    with reading() as session:
        query = text("SELECT count(*) FROM warehouses WHERE warehouses.merchant_id = :m AND return_address IS NULL")
        assert session.execute(query, {"m": 1}).scalar_one() == 1


def test_a_thousand_rows_are_no_more_statements_than_one(app: Flask, inside: MerchantView) -> None:
    with count_statements(app) as counted, transaction():
        tea = add(product("tea"))
        for n in range(1000):
            add(Variant(merchant_id=1, product_id=tea.id, sku=f"t{n}", price=n))
    assert len(counted) == (1 if on_postgres() else 2)
    with transaction():
        rows = all_of(Variant, 1)
        with count_statements(app) as counted:
            for row in rows:
                row.price += 1
            flush()
        assert len(counted) == 1
    with reading():
        assert sorted(row.price for row in all_of(Variant, 1)) == list(range(1, 1001))


def test_what_was_written_is_not_written_again(app: Flask, inside: MerchantView) -> None:
    with transaction():
        row = add(store("one"))
        flush()
        row.name = "changed"
        flush()
        with count_statements(app) as counted:
            flush()
            row.name = "changed"
            flush()
        assert len(counted) == 0
        row.name = "changed again"
    with reading():
        assert get(Store, 1, row.id).name == "changed again"


def test_a_row_may_take_the_unique_value_of_one_that_goes(inside: MerchantView) -> None:
    with transaction():
        old = add(store("one"))
        queue.later("core.deadline", NOW, key="kept")
    with transaction():
        remove(get(Store, 1, old.id))
        add(store("one", phone="1"))
        queue.later("core.deadline", NOW + timedelta(days=1), key="kept")
    with reading():
        assert [row.phone for row in all_of(Store, 1)] == ["1"]
        assert [row.due_at for row in all_of(Job, 1)] == [NOW + timedelta(days=1)]


def test_a_row_that_was_never_written_need_not_be_deleted(app: Flask, inside: MerchantView) -> None:
    with count_statements(app) as counted, transaction():
        remove(add(store("one")))
    assert len(counted) == 0


def test_a_changed_row_that_is_gone_meanwhile_undoes_all(inside: MerchantView) -> None:
    with transaction():
        row = add(store("one"))
    with pytest.raises(StaleDataError, match="stores"), transaction() as session:
        row = get(Store, 1, row.id)
        query = text("DELETE FROM stores WHERE stores.merchant_id = :m")
        session.connection().execute(query, {"m": 1})
        row.name = "of nobody"
        add(product("tea"))
    with reading():
        assert [found.name for found in all_of(Store, 1)] == ["one"] and all_of(Product, 1) == []


def test_a_change_by_condition_says_in_its_own_words_that_it_came_too_late(inside: MerchantView) -> None:
    shape = Shape("update", "stores", ("name",), ("merchant_id", "id", "version"), ("phone",))
    with transaction():
        row = add(store("one"))

    def change(version: int) -> None:
        with transaction():
            values = {"name": "new", "merchant_id": 1, "id": row.id, "version": version}
            waiting().parts.append(Part(shape, [values], StillRunning("too late", retry_after=1)))

    with pytest.raises(StillRunning, match="too late"):
        change(version=3)
    change(version=0)
    with transaction():
        found = get(Store, 1, row.id)
        assert found.name == "new"
        found.phone = "1"
    with pytest.raises(StillRunning, match="too late"):
        change(version=0)


def test_a_moment_without_a_time_zone_is_refused(inside: MerchantView) -> None:
    with pytest.raises(ValueError, match=r"no time zone; use core\.clock\.now"), transaction():
        add(product("tea", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    with transaction():
        tea = add(product("tea"))
    with pytest.raises(ValueError, match="no time zone"), transaction():
        get(Product, 1, tea.id).created_at = datetime(2026, 1, 2)  # noqa: DTZ001


def test_the_database_still_refuses_by_the_name_of_its_rule(inside: MerchantView) -> None:
    orphan = CartLine(merchant_id=1, customer_id=uuid4(), variant_id=uuid4(), quantity=1)
    with pytest.raises(IntegrityError, match="(?i)foreign key"), transaction():
        add(orphan)
    with pytest.raises(IntegrityError) as refused, transaction():
        add(store("one"))
        add(store("one"))
    assert "stores" in str(refused.value.orig) and "code" in str(refused.value.orig)


def test_parents_and_children_go_together(inside: MerchantView) -> None:
    with transaction():
        customer = add(Customer(merchant_id=1, created_at=NOW))
        tea = add(product("tea"))
        leaf = add(Variant(merchant_id=1, product_id=tea.id, sku="t", price=1))
        line = add(CartLine(merchant_id=1, customer_id=customer.id, variant_id=leaf.id, quantity=1))
    with transaction():
        for model, row in ((Product, tea), (Variant, leaf), (Customer, customer), (CartLine, line)):
            remove(get(model, 1, row.id))
    with reading():
        assert [all_of(model, 1) for model in (Product, Variant, Customer, CartLine)] == [[], [], [], []]


def test_threads_write_beside_each_other(app: Flask, inside: MerchantView) -> None:
    trouble: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with app.app_context(), acting(inside, Actor("system", None, "test", "cli", "test")):
                for turn in range(10):
                    with transaction():
                        row = add(store(f"{number}-{turn}"))
                        flush()
                        row.name = "done"
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    with reading():
        assert [row.name for row in all_of(Store, 1)] == ["done"] * 40
