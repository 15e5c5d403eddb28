"""The books of a shop: after a day of trade every report agrees with every other, and with the orders, to the fen."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from core import clock as core_clock
from core.clock import local_date
from tests.actors import Merchant
from tests.bookkeeping import SECTIONS, Reckoning, one, read_back, report, shown_rows, sums
from tests.conftest import AppMaker, Clock
from tests.core.by_wire.words import pays, receipt, tells
from tests.plugin_yard import sample
from tests.purse import Purse
from tests.purse import register as register_purse
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import HonestWire, outcome, told
from tests.wire import register as register_wire

pytestmark = pytest.mark.both_databases
HALVES = {"good": {"halves": True}}
FORMULA = '=HYPERLINK("http://evil.example","Cup")'


@pytest.fixture
def wire() -> HonestWire:
    wire = HonestWire()
    wire.products = ()
    return wire


@pytest.fixture
def purse() -> Purse:
    return Purse()


@pytest.fixture
def app(make_app: AppMaker, database: str, wire: HonestWire, purse: Purse, request: pytest.FixtureRequest) -> Flask:
    on_rq: dict[str, Any] = {}
    if database.startswith("postgresql"):
        on_rq = {"REDIS_URL": request.getfixturevalue("valkey").url}
    return make_app(EXTRA_PLUGINS=[*sample("good"), register_wire(wire), register_purse(purse)], **on_rq)


def furnished(merchant: Merchant) -> Shop:
    """A shop of two goods and three ways to pay."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, 100)
    shop.sells("cup", 1500, 100)
    shop.api.post("accounts", {"plugin": "wire", "name": "main", "settings": {}})
    shop.turns_on("wire")
    shop.turns_on("purse")
    shop.turns_on("good", token="abc")
    return shop


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    yield furnished(merchant)


# ---------------------------------------------------------------------------------------------- trading
def wired(shop: Shop, buyer: BuyerActor, units: dict[str, int], wire: HonestWire, **more: Any) -> Told:
    """An order that is paid by wire."""
    order = buyer.orders(units, **more)
    return sends_money(shop, order, pays(buyer, order), wire)


def sends_money(shop: Shop, order: Told, payment: Told, wire: HonestWire) -> Told:
    """The wire has the money of that attempt, and says so."""
    wire.pays(payment.out_trade_no, payment.amount, past_closing=True)
    fact = receipt(payment, payment.amount, f"wire-{payment.out_trade_no}")
    assert tells(shop, told(fact)).status_code == 204
    return shop.sees(order)


def trades(shop: Shop, mei: BuyerActor, purse: Purse, wire: HonestWire, clock: Clock) -> None:
    """A day with everything: two channels and a tender, whole and partial refunds, money too late, and a kept half."""
    by_bank = shop.sees_money(mei.orders({"tea": 2, "cup": 1}))
    back = shop.refunds(by_bank, {"tea": 1}, reason="late")
    clock.settles()
    shop.transfers_back(back)

    shop.refunds(wired(shop, mei, {"cup": 3}, wire), amounts={"cup": 777})
    shop.refunds(wired(shop, mei, {"tea": 1}, wire), reason="lost")

    clock.settles()
    wire.says("refund", outcome("failed", "no money in the box"))
    broken = shop.refunds(wired(shop, mei, {"cup": 1}, wire), reason="missing_pieces")
    clock.settles()
    shop.transfers_back(shop.sees(broken))

    order = shop.sees_money(mei.orders({"tea": 1}, options=HALVES))
    order = sends_money(shop, order, pays(mei, order), wire)
    shop.refunds(order, amounts={"tea": 3001}, reason="wrong_goods")
    clock.settles()
    shop.transfers_back(shop.sees(order))

    _mixes(shop, mei, purse, wire)
    late = mei.orders({"tea": 1})
    payment = pays(mei, late)
    mei.cancels(late)
    sends_money(shop, late, payment, wire)
    mei.orders({"tea": 1})
    clock.settles()


def _mixes(shop: Shop, mei: BuyerActor, purse: Purse, wire: HonestWire) -> None:
    """One order by purse and wire, one by purse alone; of both something goes back."""
    purse.fills(shop, mei, 10_000)
    mixed = mei.orders({"tea": 1, "cup": 2})
    tenders = [{"channel": "purse", "amount": 3333}, {"channel": "wire"}]
    payment = mei.does(mixed, "payments", tenders=tenders)
    mixed = sends_money(shop, mixed, payment, wire)
    assert mixed.payment_axis == "paid"
    shop.refunds(mixed, {"cup": 1}, reason="damaged")
    alone = mei.orders({"cup": 1})
    mei.does(alone, "payments", tenders=[{"channel": "purse"}])
    shop.refunds(shop.sees(alone), reason="empty")


# ---------------------------------------------------------------------------------------------- the stories
def test_after_a_day_of_trade_all_reports_and_the_orders_say_the_same(
    shop: Shop, mei: BuyerActor, purse: Purse, wire: HonestWire, clock: Clock
) -> None:
    trades(shop, mei, purse, wire, clock)
    orders = Reckoning(shop, "Asia/Shanghai", "2026-03-02")
    assert orders.surplus > 0 and orders.spent > 0 and len(orders.by_reason) >= 6 and len(orders.by_route) == 4

    board = report(shop, "dashboard")
    day = one(board["currencies"], currency="CNY")
    assert (board["day"], board["timezone"]) == ("2026-03-02", "Asia/Shanghai")
    assert (day["income"], day["tenders_spent"], day["surplus"]) == (
        orders.cash.total(), orders.spent, orders.surplus,
    )  # fmt: skip
    assert day["refunds"] == orders.back_total
    parts = ("refunded_by_channel", "refunded_by_hand", "tenders_returned")
    assert sum(day[part] for part in parts) == day["refunds"]
    assert (day["orders_placed"], day["placed_amount"]) == (len(orders.placed), sum(orders.placed))
    assert (day["orders_paid"], day["paid_amount"]) == (len(orders.paid), sum(orders.paid))
    took = {row["method"]: (row["count"], row["amount"]) for row in board["methods"]}
    assert took == {name: (orders.paid_times[name], (orders.cash | Counter(purse=orders.spent))[name]) for name in took}
    assert sum(row["amount"] for row in board["methods"]) == day["income"] + day["tenders_spent"]
    assert sum(row["refunded"] for row in board["methods"]) == day["refunds"]

    back = report(shop, "refunds")
    assert sums(back["by_reason"], "reason") == dict(orders.by_reason)
    assert sums(back["by_method"], "method", "route") == dict(orders.by_route)
    assert sums(back["by_product"], "sku") == {sku: fen for sku, fen in orders.by_product.items() if fen}
    assert sums(back["by_day"], "day") == dict(orders.by_day)
    assert one(back["totals"], currency="CNY")["amount"] == day["refunds"]
    _the_accounts_agree(shop, orders, day)


def _the_accounts_agree(shop: Shop, orders: Reckoning, day: Any) -> None:
    trial, now = report(shop, "trial-balance"), report(shop, "balances")
    totals = one(trial["totals"], currency="CNY")
    assert totals["opening"] == totals["closing"] == 0 and totals["debit"] == totals["credit"] > 0
    assert {row["book"]: row["closing"] for row in trial["books"]} == {
        row["book"]: row["balance"] for row in now["balances"]
    }
    assert sum(row["balance"] for row in now["balances"]) == 0
    accounts = report(shop, "settlement")["accounts"]
    assert sum(row["paid"] for row in accounts) == day["income"]
    assert sum(row["refunded"] for row in accounts) == day["refunded_by_channel"]
    assert sum(row["refunded_by_hand"] for row in accounts) == day["refunded_by_hand"] > 0
    for row in accounts:
        left = row["paid"] - row["fee"] - row["refunded"] - row["split"] - row["settled"] + row["other"]
        assert row["opening"] + left == row["unsettled"]
        assert row["unsettled"] == one(now["balances"], book=f"channel:{row['account_id']}")["balance"]
    purse = one(now["balances"], book="tender:purse")
    assert purse["balance"] == -(10_000 - day["tenders_spent"] + day["tenders_returned"])
    assert purse["title"]["zh"] == "钱包：客户余额" and one(now["balances"], book="held:purse")["balance"] == 0


def test_a_buyer_is_told_the_balance_that_the_books_say(
    shop: Shop, mei: BuyerActor, purse: Purse, wire: HonestWire, clock: Clock
) -> None:
    trades(shop, mei, purse, wire, clock)
    booked = one(report(shop, "balances")["balances"], book="tender:purse")["balance"]
    assert one(mei.api.get("payment-methods")["data"], channel="purse")["balance"] == -booked


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends"),
    [
        ("Asia/Shanghai", "2026-03-04", "2026-03-03T16:00:00", "2026-03-04T16:00:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00", "2026-03-29T22:00:00"),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00", "2026-03-09T04:00:00"),
    ],
)
def test_a_day_ends_where_the_merchant_lives(
    app: Flask, server: str, clock: Clock, zone: str, day: str, begins: str, ends: str
) -> None:
    """Berlin's and New York's days have 23 hours here."""
    start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begins, ends))
    tick = timedelta(microseconds=1)
    with Merchant(app, server, "zoned", timezone=zone) as merchant:
        shop = furnished(merchant)
        mei, fen = shop.buyer(), {}
        for units, at in enumerate((start - tick, start, end - tick, end), 1):
            clock.passes(seconds=(at - core_clock.now()).total_seconds())
            assert core_clock.now() == at
            fen[at] = shop.sees_money(mei.orders({"tea": units})).paid
        inside = fen[start] + fen[end - tick]
        told_of = one(report(shop, "dashboard", day=day)["currencies"], currency="CNY")
        assert (told_of["income"], told_of["orders_placed"], told_of["paid_amount"]) == (inside, 2, inside)
        books = report(shop, "trial-balance", **{"from": day, "to": day})["books"]
        assert one(books, book="orders") | {"title": None} == {
            "book": "orders", "title": None, "currency": "CNY", "opening": -fen[start - tick], "debit": 0,
            "credit": inside, "closing": -fen[start - tick] - inside,
        }  # fmt: skip
        following = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
        assert one(report(shop, "dashboard")["currencies"], currency="CNY")["income"] == fen[end]
        assert report(shop, "dashboard")["day"] == following


def test_refunds_of_many_days_stand_each_at_its_own(
    shop: Shop, mei: BuyerActor, wire: HonestWire, clock: Clock
) -> None:
    expected: Counter[str] = Counter()
    for fen in (100, 7, 200, 7, 300, 7):
        shop.refunds(wired(shop, mei, {"tea": 1}, wire), amounts={"tea": fen})
        clock.settles()
        expected[local_date(core_clock.now(), "Asia/Shanghai").isoformat()] += fen
        clock.passes(hours=12)
    back = report(shop, "refunds", **{"from": "2026-03-01", "to": "2026-03-31"})
    assert sums(back["by_day"], "day") == expected and len(expected) == 3
    assert one(back["totals"], currency="CNY") == {"currency": "CNY", "count": 6, "amount": 621}


def test_what_is_downloaded_is_what_is_shown_and_runs_in_no_spreadsheet(
    shop: Shop, mei: BuyerActor, purse: Purse, wire: HonestWire, clock: Clock
) -> None:
    shop.api.patch("products/cup", {"title": FORMULA}, shop.api.get("products/cup").etag)
    trades(shop, mei, purse, wire, clock)
    for name, sections in SECTIONS.items():
        shown = report(shop, name)
        by_name = shop.api.send("GET", f"reports/{name}", params={"format": "csv"})
        by_header = shop.api.send("GET", f"reports/{name}", headers={"Accept": "text/csv"})
        assert by_name.body == by_header.body and by_name.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert by_name.headers["Content-Disposition"].startswith("attachment; filename=")
        assert by_name.body.startswith(b"\xef\xbb\xbf")
        assert read_back(by_name.body.decode("utf-8-sig"), sections) == {
            key: shown_rows(shown[key]) for key in sections
        }
    table = shop.api.send("GET", "reports/refunds", params={"format": "csv"}).body.decode("utf-8-sig")
    assert f"'{FORMULA}" in {cell for row in csv.reader(io.StringIO(table)) for cell in row}
