"""How many SQL statements each request of an order's path may send: fewer is progress, more needs a reason."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.contracts.payment_channel import Receipt
from core.db import db, reading
from core.models import Account
from tests.conftest import AppMaker, Clock
from tests.vocabulary import BuyerActor, Shop
from tests.walls import Counted
from tests.wire import WORD, Wire, register, told

Counting = Callable[[], AbstractContextManager[Counted]]


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    return make_app(EXTRA_PLUGINS=[register(Wire())])


@pytest.fixture
def shop(merchant, clock: Clock) -> Shop:  # type: ignore[no-untyped-def]
    shop = Shop(merchant)
    shop.sells("tea", 4900, 1000)
    shop.sells("cup", 1500, 1000)
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    return shop.buyer("Mei")


#: what each request of an order may send; PostgreSQL writes all tables at once. Shipping asks whether the
#: number was sent to somebody else lately: a slip would follow a stranger's parcel
ON_SQLITE = {"quote": 3, "place": 13, "show": 10, "pay": 15, "confirm": 33, "ship": 13, "receive": 10}
ON_POSTGRES = {"quote": 3, "place": 6, "show": 10, "pay": 9, "confirm": 13, "ship": 5, "receive": 4}


@pytest.mark.both_databases
def test_the_order_path_sends_no_more_statements_than_it_did(
    app: Flask, shop: Shop, mei: BuyerActor, count_statements: Counting
) -> None:
    steps: dict[str, int] = {}

    def counted(name: str, step: Callable[[], object]) -> object:
        with count_statements() as statements:
            result = step()
        steps[name] = len(statements)
        return result

    counted("quote", lambda: mei.is_quoted({"tea": 2}))
    order = mei.orders({"tea": 2})
    body = mei.wishes({"tea": 2}) | {"expected_total": order.payable}
    order = counted("place", lambda: mei.asks("POST", "orders", body))
    counted("show", lambda: mei.sees(order))
    counted("pay", lambda: mei.starts_transfer(order))
    counted("confirm", lambda: shop.sees_money(order))
    counted("ship", lambda: shop.sends(order))
    counted("receive", lambda: mei.receives(order))
    with app.app_context():
        assert steps == (ON_POSTGRES if db.engine.dialect.name == "postgresql" else ON_SQLITE)


@pytest.mark.on_postgres
def test_an_order_is_placed_and_paid_by_a_notice_with_23_statements(
    shop: Shop, mei: BuyerActor, count_statements: Counting
) -> None:
    """What `make bench` measures: three requests of two goods lines, the first two with an Idempotency-Key."""
    shop.merchant.owner.post("accounts", {"plugin": "wire", "name": "main", "settings": {}})
    shop.turns_on("wire")
    for turn in ("first", "again"):
        body = mei.wishes({"tea": 1, "cup": 1}) | {"expected_total": 6400}
        with count_statements() as placing:
            order = mei.asks("POST", "orders", body, Idempotency_Key=f"order-{turn}")
        with count_statements() as paying:
            body = {"tenders": [{"channel": "wire"}]}
            payment = mei.asks("POST", f"orders/{order.number}/payments", body, Idempotency_Key=f"pay-{turn}")
        money = Receipt(payment.out_trade_no, f"w-{turn}", 6400, "CNY", clock.now(), {"box": "main box"})
        with shop.merchant.inside(), reading() as session:
            token = session.scalars(select(Account.notify_token).where(*_wire_of(shop))).one()
        with count_statements() as hearing:
            url = f"{shop.merchant.base_url}/v1/notify/{token}"
            heard = httpx.post(url, content=told(money), headers={"X-Wire-Word": WORD}, trust_env=False)
        assert heard.status_code == 204 and mei.sees(order).state == "awaiting_shipment"
    assert (len(placing), len(paying), len(hearing)) == (8, 9, 6)


def _wire_of(shop: Shop) -> tuple[Any, ...]:
    return Account.merchant_id == shop.merchant.id, Account.plugin == "wire"


def test_an_order_of_many_lines_costs_statements_for_its_stock_rows_only(
    shop: Shop, mei: BuyerActor, count_statements: Counting
) -> None:
    """Each stock row is one conditional UPDATE, in sorted order; nothing else grows with the lines."""
    with count_statements() as one:
        mei.asks("POST", "orders", mei.wishes({"tea": 1}) | {"expected_total": 4900})
    with count_statements() as two:
        mei.asks("POST", "orders", mei.wishes({"tea": 1, "cup": 1}) | {"expected_total": 6400})
    assert len(two) == len(one) + 1


def test_lists_of_orders_cost_the_same_for_any_number_of_orders(
    shop: Shop, mei: BuyerActor, count_statements: Counting
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            shop.sends(shop.sees_money(mei.orders({"tea": 1})))
        with count_statements() as bought:
            mei.own_orders()
        with count_statements() as sold:
            shop.lists("orders")
        counts.append((len(bought), len(sold)))
    assert counts[0] == counts[1]
