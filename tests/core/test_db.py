"""The two ways to the database: everything or nothing, never nested, and what each lets through."""

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from inspect import isfunction
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import bindparam, create_engine, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError

from core.contracts.payment_channel import PaymentStatus
from core.contracts.people import Actor, MerchantView
from core.current import acting
from core.db import (
    across_merchants,
    add,
    after_commit,
    all_of,
    ask,
    claim,
    db,
    find,
    flush,
    get,
    in_transaction,
    reading,
    require_transaction,
    scope_is_open,
    transaction,
)
from core.errors import NotFound
from core.flows import close, money, notices, offline, pay, plugin_check, refund
from core.models import CartLine, Customer, Merchant, Product, StaffStore, Store, Variant
from core.services import cart, merchants, moves
from core.services.payments import Wish
from tests import walls
from tests.walls import count_statements

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = uuid4()


@pytest.fixture
def inside(app: Flask) -> Iterator[MerchantView]:
    """The merchant ``acme``, acting, with no scope open."""
    with app.app_context():
        with transaction():
            view = merchants.view(merchants.create_merchant("acme", "Acme"))
        with acting(view, Actor("system", None, "test", "cli", "test")):
            yield view


def store(code: str) -> Store:
    return Store(merchant_id=1, code=code, name=code)


def codes() -> list[str]:
    with reading():
        return [row.code for row in all_of(Store, 1)]


# ---------------------------------------------------------------------------------------------- all or nothing
@pytest.mark.both_databases
def test_everything_is_written_or_nothing(inside: MerchantView) -> None:
    with transaction():
        add(store("one"))
    with pytest.raises(ZeroDivisionError), transaction():
        all_of(Store, 1)[0].name = "changed"
        add(store("two"))
        flush()
        _ = 1 / 0
    with reading():
        assert [(row.code, row.name) for row in all_of(Store, 1)] == [("one", "one")]


@pytest.mark.both_databases
def test_a_refusal_of_the_database_at_the_end_undoes_all(inside: MerchantView) -> None:
    heard: list[str] = []
    with pytest.raises(IntegrityError), transaction():
        after_commit(lambda: heard.append("never"))
        add(store("one"))
        add(store("one"))
    assert codes() == [] and heard == []


@pytest.mark.parametrize("outer", [transaction, reading])
@pytest.mark.parametrize("inner", [transaction, reading])
@pytest.mark.both_databases
def test_scopes_are_not_nested(inside: MerchantView, outer: Callable[[], Any], inner: Callable[[], Any]) -> None:
    with outer():
        with pytest.raises(RuntimeError, match="open already"), inner():
            pass
        # the outer one goes on as if nothing had been asked
        assert in_transaction() and scope_is_open()
        assert all_of(Store, 1) == []
    assert not in_transaction() and not scope_is_open()


@pytest.mark.both_databases
def test_outside_of_a_scope_the_database_cannot_be_asked(inside: MerchantView) -> None:
    with pytest.raises(InvalidRequestError, match="(?i)autobegin"):
        all_of(Store, 1)


# ---------------------------------------------------------------------------------------------- services and flows
def test_services_refuse_outside_of_a_transaction(inside: MerchantView) -> None:
    for call in (
        require_transaction,
        lambda: moves.lock_order(ID),
        lambda: moves.lock_numbered("SO1"),
        lambda: cart.add_line(ID, {"sku": "x", "quantity": 1}),
        lambda: cart.remove_lines(ID, [ID]),
    ):
        with pytest.raises(RuntimeError, match="this is a service"):
            call()
    with transaction(), pytest.raises(NotFound):
        moves.lock_order(ID)


FLOWS: dict[str, Callable[[], Any]] = {
    "pay.start_payment": lambda: pay.start_payment("SO1", Wish("bank_transfer"), customer_id=None, answer=str),
    "pay.query": lambda: pay.query(ID, ID),
    "pay.look_up": lambda: pay.look_up(ID, ID, 0),
    "close.close_all": lambda: close.close_all((ID, ID)),
    "close.close_attempts": lambda: close.close_attempts(ID),
    "close.close_one": lambda: close.close_one(ID, ID),
    "close.close_unpaid": lambda: close.close_unpaid("SO1", "close", customer_id=None, reason="other"),
    "close.ring": lambda: close.ring(ID, ID),
    "close.note_status": lambda: close.note_status(ID, ID, PaymentStatus("waiting")),
    "close.before_reprice": lambda: close.before_reprice("SO1", 0, 0),
    "money.receive": lambda: money.receive(ID, ID, None),  # type: ignore[arg-type]
    "money.conclude": lambda: money.conclude(ID, ID),
    "money.contradicted": lambda: money.contradicted(ID, ID, None, None),  # type: ignore[arg-type]
    "notices.hear": lambda: notices.hear("token", {}, b"", "request"),
    "notices.take": lambda: notices.take(ID, "channel", None, b""),  # type: ignore[arg-type]
    "notices.apply": lambda: notices.apply(ID, 0),
    "offline.confirm_offline": lambda: offline.confirm_offline("SO1", channel="x", amount=1, reference="r", note="n"),
    "offline.refund_done": lambda: offline.refund_done("SO1", "R1", reference="r", note="n", file_id=None),
    "plugin_check.enable_plugin": lambda: plugin_check.enable_plugin("bank_transfer"),
    "plugin_check.check_plugin": lambda: plugin_check.check_plugin("bank_transfer"),
    "plugin_check.check_account": lambda: plugin_check.check_account(ID),
    "refund.send_refund": lambda: refund.send_refund(ID, ID),
    "refund.query_refund": lambda: refund.query_refund(ID, ID),
    "refund.note": lambda: refund.note(ID, ID, None),  # type: ignore[arg-type]
    "refund.conclude": lambda: refund.conclude(ID, ID),
    "refund.redirect": lambda: refund.redirect("SO1", "R1", "balance"),
    "refund.resume_refund": lambda: refund.resume_refund(ID, ID),
    "refund.look_up": lambda: refund.look_up(ID, ID, 0),
}


@pytest.mark.parametrize("name", FLOWS)
def test_flows_refuse_inside_of_a_transaction(inside: MerchantView, name: str) -> None:
    for scope in (transaction, reading):
        with scope(), pytest.raises(RuntimeError, match="this is a flow|open already"):
            FLOWS[name]()


def test_every_flow_is_tried() -> None:
    there = {
        f"{module.__name__.rsplit('.', 1)[1]}.{name}"
        for module in (pay, close, money, notices, offline, plugin_check, refund)
        for name, value in vars(module).items()
        if isfunction(value) and not name.startswith("_") and value.__module__ == module.__name__
    }
    assert there == set(FLOWS)


# ---------------------------------------------------------------------------------------------- reading
@pytest.mark.on_postgres
def test_reading_can_write_nothing(inside: MerchantView) -> None:
    for statement in (
        "UPDATE merchants SET name = 'x' WHERE id = 1",
        "INSERT INTO counters_of_nobody VALUES (1)",
        "CREATE TABLE nothing (x int)",
        "SELECT id FROM merchants WHERE id = 1 FOR UPDATE",
    ):
        with pytest.raises(DBAPIError, match="read-only transaction|does not exist"), reading() as session:
            session.execute(text(statement))
    # the connection goes back clean: the next transaction on it may write
    with transaction():
        add(store("one"))
    assert codes() == ["one"]


@pytest.mark.both_databases
def test_what_is_changed_while_reading_is_lost(inside: MerchantView) -> None:
    with transaction():
        add(store("one"))
    with reading():
        all_of(Store, 1)[0].name = "changed"
        add(store("two"))
    with transaction():
        pass
    with reading():
        assert [(row.code, row.name) for row in all_of(Store, 1)] == [("one", "one")]


@pytest.mark.both_databases
def test_what_is_written_by_hand_while_reading_is_lost_or_refused(inside: MerchantView) -> None:
    with contextlib.suppress(DBAPIError), reading() as session:
        session.execute(text("UPDATE merchants SET name = 'x' WHERE id = 1"))
    with reading() as session:
        assert session.get_one(Merchant, 1).name == "Acme"


# ---------------------------------------------------------------------------------------------- writing rows
@pytest.mark.both_databases
def test_rows_are_written_in_one_statement_or_parents_first_one_a_table(app: Flask, inside: MerchantView) -> None:
    with count_statements(app) as counted, transaction():
        # children before parents, tables mixed: the order of adding is nobody's business
        lines, variants, products = [], [], []
        customer = Customer(id=uuid4(), merchant_id=1, created_at=NOW)
        for n in range(5):
            product = Product(id=uuid4(), merchant_id=1, code=f"p{n}", title="p", pictures=[], created_at=NOW)
            variant = Variant(id=uuid4(), merchant_id=1, product_id=product.id, sku=f"s{n}", price=1)
            lines.append(add(CartLine(merchant_id=1, customer_id=customer.id, variant_id=variant.id, quantity=1)))
            variants.append(add(variant))
            products.append(add(product))
        add(customer)
    tables = re.findall(r"INSERT INTO (\w+)", "\n".join(counted.statements))
    assert sorted(tables) == ["cart_lines", "customers", "products", "variants"], counted.statements
    with reading() as session:
        assert len(all_of(CartLine, 1)) == len(all_of(Variant, 1)) == 5
        if session.get_bind().dialect.name == "postgresql":
            assert len(counted) == 1
            return
    assert len(counted) == 4
    assert tables.index("products") < tables.index("variants") < tables.index("cart_lines")
    assert tables.index("customers") < tables.index("cart_lines")


@pytest.mark.both_databases
def test_an_added_row_has_its_defaults_at_once_and_is_found_once_flushed(inside: MerchantView) -> None:
    with transaction():
        row = add(store("one"))
        assert row.id.version == 7 and row.enabled is True and row.version == 0 and row.phone is None
        assert all_of(Store, 1) == []
        flush()
        assert find(Store, 1, row.id) is row and all_of(Store, 1) == [row]
        row.name = "changed before the end"
    with reading():
        assert get(Store, 1, row.id).name == "changed before the end"


@pytest.mark.both_databases
def test_another_merchants_row_is_not_found_by_its_id(inside: MerchantView) -> None:
    with transaction():
        merchants.create_merchant("bolt", "Bolt")
        row = add(Store(merchant_id=2, code="two", name="two"))
    with reading():
        assert find(Store, 1, row.id) is None and find(Store, 2, row.id) is not None and find(Store, 1, None) is None
        with pytest.raises(NotFound):
            get(Store, 1, row.id)
        with pytest.raises(NotFound):
            get(Store, 1, None)


# ---------------------------------------------------------------------------------------------- outside of a scope
@pytest.mark.both_databases
def test_one_statement_may_ask_outside_of_a_scope(app: Flask, inside: MerchantView) -> None:
    query = select(Merchant.name).where(Merchant.code == bindparam("code"))
    with count_statements(app) as counted:
        assert [row.name for row in ask(query, code="acme")] == ["Acme"]
        assert ask(query, code="bolt") == []
    assert len(counted) == 2
    # the connection goes back clean: a scope on it is all or nothing again
    with pytest.raises(ZeroDivisionError), transaction():
        add(store("one"))
        flush()
        _ = 1 / 0
    assert codes() == []


@pytest.mark.both_databases
def test_a_row_is_claimed_by_one_only_and_at_once(inside: MerchantView) -> None:
    assert claim(store("one")) is True
    assert codes() == ["one"]
    assert claim(store("one")) is False
    with pytest.raises(IntegrityError):
        claim(StaffStore(merchant_id=1, staff_id=ID, store_id=ID))
    with pytest.raises(ZeroDivisionError), transaction():
        add(store("two"))
        flush()
        _ = 1 / 0
    assert codes() == ["one"]


@pytest.mark.on_postgres
def test_connections_that_the_server_has_closed_are_noticed_before_they_are_used(inside: MerchantView) -> None:
    with transaction():
        add(store("one"))
    end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
               "pg_backend_pid()")  # fmt: skip
    for look in (codes, lambda: [row.code for row in ask(select(Store.code).where(Store.merchant_id == 1))]):
        other = create_engine(db.engine.url)
        with other.begin() as connection:
            connection.execute(end)
        other.dispose()
        assert look() == ["one"]
    with transaction():
        add(store("two"))
    assert codes() == ["one", "two"]


# ---------------------------------------------------------------------------------------------- after the end
@pytest.mark.both_databases
def test_what_comes_after_commit_comes_after_commit_and_once(inside: MerchantView) -> None:
    seen: list[list[str]] = []
    with transaction():
        add(store("one"))
        after_commit(lambda: seen.append(codes()))
        assert seen == []
    assert seen == [["one"]], "it opens a scope of its own and sees what was written"
    with transaction():
        pass
    assert len(seen) == 1


@pytest.mark.both_databases
def test_rows_stay_readable_after_the_scope_and_belong_to_nobody(inside: MerchantView) -> None:
    with transaction():
        row = add(store("one"))
        flush()
        assert not inspect(row).detached
    assert inspect(row).detached and row.code == "one"
    row.name = "written to nobody"
    with transaction() as session:
        assert list(session) == []
        fresh = get(Store, 1, row.id)
        assert fresh is not row and fresh.name == "one"


@pytest.mark.both_databases
def test_what_another_process_wrote_is_seen_by_the_next_scope(inside: MerchantView) -> None:
    with transaction():
        row = add(store("one"))
    with reading():
        get(Store, 1, row.id)
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE stores SET name = 'elsewhere' WHERE stores.merchant_id = :m"), {"m": 1})
        connection.commit()
    with transaction():
        assert get(Store, 1, row.id, lock=True).name == "elsewhere"


def test_across_merchants_opens_the_walls_for_its_block_only(inside: MerchantView) -> None:
    with across_merchants(), reading() as session:
        assert len(list(session.scalars(select(Merchant)))) == 1
        assert list(session.scalars(select(Store))) == []
    with reading() as session, pytest.raises(AssertionError, match="no merchant condition"):
        list(session.scalars(select(Store)))
    walls.breaches.found.clear()
