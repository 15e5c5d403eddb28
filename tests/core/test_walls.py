"""The guard of every test: a tenant table asked without its merchant is found, whatever the statement looks like."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import across_merchants, reading
from core.models import Store
from tests import walls
from tests.actors import Merchant

GOOD = [
    "SELECT stores.id FROM stores WHERE stores.merchant_id = ?",
    "SELECT s_1.id FROM stores AS s_1 WHERE s_1.merchant_id = %(merchant_id_1)s::SMALLINT",
    "SELECT merchants.id FROM merchants WHERE merchants.code = ?",
    "UPDATE stores SET name=? WHERE stores.merchant_id = ? AND stores.id = ?",
    "SELECT stores.id FROM stores WHERE (stores.merchant_id, stores.id) IN ((?, ?))",
    "SELECT o.id FROM orders AS o JOIN stores ON stores.merchant_id = o.merchant_id WHERE o.merchant_id = ?",
    "INSERT INTO stores (merchant_id, id) VALUES (?, ?)",
]
BAD = [
    "SELECT stores.merchant_id, stores.id FROM stores",
    "SELECT stores.id FROM stores WHERE stores.id = ?",
    "SELECT stores.id FROM stores WHERE stores.merchant_id = 1",
    "DELETE FROM stores WHERE stores.code = ?",
    "UPDATE stores SET merchant_id=? WHERE stores.id = ?",
    "SELECT o.id FROM orders AS o JOIN stores ON stores.id = o.store_id WHERE o.merchant_id = ?",
]


@pytest.mark.parametrize("statement", GOOD)
def test_statements_within_the_walls_pass(app: Flask, statement: str) -> None:
    assert walls.tables_without_merchant(statement) == []


@pytest.mark.parametrize("statement", BAD)
def test_statements_over_the_walls_are_found(app: Flask, statement: str) -> None:
    assert walls.tables_without_merchant(statement)


def test_a_real_statement_over_the_wall_fails_unless_it_says_so(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(walls.OverTheWall), reading() as session:
            session.execute(select(Store))
        walls.breaches.found.clear()
        with across_merchants(), reading() as session:
            session.execute(select(Store))


def test_an_ordinary_request_asks_the_database_little(merchant: Merchant, count_statements: Callable[[], Any]) -> None:
    merchant.owner.get("me")
    with count_statements() as counted:
        merchant.owner.get("stores")
    # who asks, and what they asked for
    assert len(counted) == 2, counted.statements
