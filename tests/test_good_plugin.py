"""The plugin `good` over real HTTP: every promise of the hooks at merchant a, and nothing of it at merchant b."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from core import clock, queue
from core.db import Base, add, db, flush, reading, transaction
from core.errors import InUse
from core.ids import hash_token
from core.models import (
    ApiKey,
    Customer,
    Event,
    Instalment,
    Merchant,
    MoveLog,
    Order,
    Product,
    Session,
    Stock,
    Variant,
    Warehouse,
)
from core.services import moves, plugin_settings
from tests.plugin_yard import at, sample, switch_on

THEN = datetime(2026, 1, 1, tzinfo=UTC)
RECEIVER = {"name": "Li", "phone": "13800000000", "region": "310000", "address": "Road 1"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    extra = sample("good", "raises", "raises_late", "misspelt", "badmove", "incompatible")
    app = create_app({"VAR": str(tmp_path), "EXTRA_PLUGINS": extra})
    with app.app_context():
        Base.metadata.create_all(db.engine)
        for number, code in enumerate("ab", 1):
            with transaction():
                furnish(number, code)
    with app.app_context():
        yield app
        db.engine.dispose()


def furnish(number: int, code: str) -> None:
    """A merchant with a key, a buyer, a warehouse, and ten of one thing for 100.00."""
    add(
        Merchant(
            id=number, code=code, name=code, currency="CNY", timezone="UTC", language="en", settings={}, created_at=THEN
        )
    )
    flush()
    mine: dict[str, Any] = {"merchant_id": number}
    add(ApiKey(**mine, name="k", token_hash=hash_token(f"sk_{code}"), last4="aaaa", scopes=["*"], created_at=THEN))
    customer = add(Customer(**mine, created_at=THEN))
    add(Session(**mine, kind="buyer", customer_id=customer.id, token_hash=hash_token(f"buyer_{code}"), created_at=THEN))
    product = add(Product(**mine, code="tea", title="Tea", pictures=[], created_at=THEN))
    variant = add(Variant(**mine, product_id=product.id, sku="tea", title="Tea", price=10_000, weight_grams=100))
    for name in ("east", "west"):
        house = add(Warehouse(**mine, code=name, name=name, regions=[]))
        add(Stock(**mine, warehouse_id=house.id, variant_id=variant.id, on_hand=10))


class Shop:
    """A buyer and a key of one merchant."""

    def __init__(self, app: Flask, code: str) -> None:
        self.client, self.code = app.test_client(), code
        with reading() as session:
            number = {"a": 1, "b": 2}[code]
            self.variant = str(session.query(Variant.id).filter_by(merchant_id=number).scalar())

    def ask(self, door: str, method: str, path: str, body: Any = None) -> TestResponse:
        token = f"sk_{self.code}" if door == "admin" else f"buyer_{self.code}"
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.open(f"/v1/{door}/{self.code}/{path}", method=method, json=body, headers=headers)

    def wish(self, **changes: Any) -> dict[str, Any]:
        lines = [{"variant_id": self.variant, "quantity": 1}]
        return {"entry": "buy_now", "lines": lines, "delivery": {"method": "courier", "receiver": RECEIVER}, **changes}

    def quote(self, **changes: Any) -> TestResponse:
        return self.ask("shop", "POST", "quotes", self.wish(**changes))

    def order(self, **changes: Any) -> Any:
        quoted = self.quote(**changes)
        assert quoted.status_code == 200, quoted.get_data(as_text=True)
        body = self.wish(**changes) | {"expected_total": quoted.get_json()["payable"]}
        placed = self.ask("shop", "POST", "orders", body)
        assert placed.status_code == 201, placed.get_data(as_text=True)
        return placed.get_json()


@pytest.fixture
def a(app: Flask) -> Shop:
    switch_on(1, "good", token="12345678")
    return Shop(app, "a")


@pytest.fixture
def b(app: Flask) -> Shop:
    return Shop(app, "b")


def good(**options: Any) -> dict[str, Any]:
    return {"options": {"good": options}}


def test_prices_freight_methods_and_entries_are_the_plugins_to_give(a: Shop) -> None:
    plain = a.quote().get_json()["payable"]
    assert a.quote(**good(member=True)).get_json()["payable"] == plain - 1_000
    freight = a.quote().get_json()["freight_amount"]
    assert a.quote(**good(freight=123)).get_json()["payable"] == plain - freight + 123
    flown = a.quote(entry="good_gift", delivery={"method": "good_drone", "receiver": RECEIVER})
    assert flown.get_json()["freight_amount"] == 990


def test_options_routes_and_entries_of_a_plugin_that_is_off_are_refused(a: Shop, b: Shop) -> None:
    assert b.quote().status_code == 200
    assert b.quote(**good(member=True)).status_code == 422
    assert b.quote(entry="good_gift").status_code == 422
    assert b.quote(delivery={"method": "good_drone", "receiver": RECEIVER}).status_code == 422
    for door, path in (("shop", "good/hello"), ("admin", "good/look")):
        assert a.ask(door, "GET", path).status_code == 200
        assert b.ask(door, "GET", path).status_code == 404


def test_unknown_options_are_refused_by_field(a: Shop) -> None:
    refused = a.quote(**good(memberr=True))
    assert refused.status_code == 422 and "memberr" in str(refused.get_json()["errors"])


def test_a_plugin_refuses_checkout_and_nothing_is_written(a: Shop) -> None:
    total = a.quote().get_json()["payable"]
    refused = a.ask("shop", "POST", "orders", a.wish(**good(refuse="checkout")) | {"expected_total": total})
    assert refused.status_code == 409 and refused.get_json()["code"] == "good_refuses"
    with reading() as session:
        assert session.query(Order).filter_by(merchant_id=1).count() == 0


def test_a_plugin_cuts_instalments_sets_deadlines_and_chooses_the_warehouse(a: Shop) -> None:
    placed = a.order(**good(halves=True, wake_minutes=5, pay_minutes=60, warehouse="west"))
    with reading() as session:
        order = session.query(Order).filter_by(merchant_id=1, number=placed["number"]).one()
        amounts = [i.amount for i in session.query(Instalment).filter_by(merchant_id=1, order_id=order.id)]
        kinds = {row.kind: round((row.due_at - order.placed_at).total_seconds()) for row in order.deadlines}
        taken = {w.code: s.reserved for w, s in session.query(Warehouse, Stock).filter(
            Warehouse.merchant_id == 1, Stock.merchant_id == 1, Stock.warehouse_id == Warehouse.id)}  # fmt: skip
    assert len(amounts) == 2 and sum(amounts) == placed["payable"]
    assert kinds["good.wake"] == 300 and kinds["pay"] == 3600
    assert taken == {"east": 0, "west": 1}
    refused = a.ask("admin", "POST", "plugins/good/disable")
    assert refused.status_code == 409 and refused.get_json()["code"] == "in_use"
    assert refused.get_json()["in_use"] == [{"order": placed["number"], "what": "deadline good.wake"}]


def test_a_held_order_waits_until_staff_stamp_it(a: Shop, app: Flask) -> None:
    number = a.order(**good(hold=True))["number"]
    with at(1), transaction():
        order = moves.lock_numbered(number)
        order.paid, order.payment_axis = order.payable, "paid"
        for instalment in order.instalments:
            instalment.paid, instalment.settled_at = instalment.amount, THEN
        moves.move(order, "pay", by="payment")
        moves.follow(order)
        assert order.state == "paid"
    with at(1):
        with transaction(), pytest.raises(InUse) as refusal:
            plugin_settings.disable("good")
        assert refusal.value.extra["in_use"] == [{"order": number, "what": "hold good.look"}]
        with transaction():
            order = moves.lock_numbered(number)
            moves.move(order, "good_stamp", by="staff")
            moves.follow(order)
            assert order.state == "awaiting_shipment"
    with at(1), transaction():
        plugin_settings.disable("good")


def test_a_plugins_deadline_takes_its_own_row(a: Shop) -> None:
    number = a.order(**good(wake_minutes=5))["number"]
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        while queue.run_due():
            pass
    with reading() as session:
        order = session.query(Order).filter_by(merchant_id=1, number=number).one()
        log = session.query(MoveLog).filter_by(merchant_id=1, subject_id=order.id, move="good_wake").all()
        assert [(row.actor_kind, row.target_state) for row in log] == [("clock", "pending_payment")]


def test_it_hears_of_the_order_after_commit(a: Shop) -> None:
    a.order()
    while queue.run_due():
        pass
    with reading() as session:
        heard = [e.data["what"] for e in session.query(Event).filter_by(merchant_id=1, name="good.heard")]
    assert "move place" in heard and "order.placed" in heard


def test_a_raising_plugin_stops_the_shop_that_wants_it_and_no_other(a: Shop, b: Shop) -> None:
    switch_on(1, "raises")
    trouble = a.quote()
    assert trouble.status_code == 500 and trouble.get_json()["code"] == "plugin_trouble"
    assert "raises" in trouble.get_json()["detail"] and "4711" not in trouble.get_data(as_text=True)
    assert b.order()["number"]
    assert a.ask("admin", "POST", "plugins/raises/disable").status_code == 200
    assert a.order()["number"]


def test_a_plugin_that_raises_after_commit_harms_no_order(a: Shop) -> None:
    switch_on(1, "raises_late")
    number = a.order()["number"]
    while queue.run_due():
        pass
    assert a.ask("shop", "GET", f"orders/{number}").get_json()["state"] == "pending_payment"


def test_the_switch_works_at_the_next_request(a: Shop) -> None:
    assert a.ask("shop", "GET", "good/hello").status_code == 200
    assert a.ask("admin", "POST", "plugins/good/disable").status_code == 200
    assert a.ask("shop", "GET", "good/hello").status_code == 404
    with at(1):
        pass
    assert a.ask("admin", "POST", "plugins/good/enable").status_code == 200
    assert a.ask("shop", "GET", "good/hello").status_code == 200


def test_merx_plugins_does_the_same_from_the_command_line(app: Flask) -> None:
    from core.commands.plugins import command

    def run(*words: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(command, list(words))
        return result.exit_code, result.output

    # the runner brings its own app context
    assert "QUARANTINED" in run("list")[1]
    assert run("enable", "--merchant", "a", "good")[0] == 1
    code, said = run("configure", "--merchant", "a", "good", "token=abcdefgh", "member_percent=20")
    assert code == 0 and "abcdefgh" not in said and '"member_percent": 20' in said
    assert run("enable", "--merchant", "a", "good") == (0, "good is on for a.\n")
    assert run("enable", "--merchant", "a", "raises_late")[0] == 0
    assert run("order", "--merchant", "a", "raises_late", "good")[0] == 0
    assert run("check", "--merchant", "a", "good") == (0, "good: all is well.\n")
    assert "raises_late\ton, 1\ngood\ton, 2" in run("list", "--merchant", "a")[1]
    assert run("disable", "--merchant", "a", "good")[0] == 0
    assert run("list", "--merchant", "nobody")[0] == 1
