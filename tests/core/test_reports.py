"""The reports' doors: who may ask, for which days, at what cost; and that any books at all come to nothing."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock as core_clock
from core.api.tables import decimal
from core.db import reading, transaction
from core.services import ledger
from core.services.reports.days import Days
from core.services.reports.trial_balance import trial_balance
from tests.actors import Merchant
from tests.bookkeeping import SECTIONS, one, report
from tests.conftest import AppMaker, Clock
from tests.vocabulary import Shop
from tests.walls import Counted
from tests.wire import Wire, register

Counting = Callable[[], AbstractContextManager[Counted]]
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia")


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    return make_app(EXTRA_PLUGINS=[register(Wire())])


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    shop = Shop(merchant)
    shop.sells("tea", 4900, 1000)
    shop.sells("cup", 1500, 1000)
    return shop


def trades(shop: Shop, clock: Clock, times: int) -> None:
    mei = shop.buyer()
    for _ in range(times):
        order = shop.refunds(shop.sees_money(mei.orders({"tea": 1, "cup": 1})), {"cup": 1})
        clock.settles()
        shop.transfers_back(order)


#: one statement finds the caller; the others are the report's own, whatever it covers
STATEMENTS = {"trial-balance": 3, "balances": 3, "dashboard": 5, "refunds": 6, "settlement": 4}


@pytest.mark.both_databases
def test_a_report_costs_the_same_statements_for_any_number_of_orders(
    shop: Shop, clock: Clock, count_statements: Counting
) -> None:
    for times in (1, 5):
        trades(shop, clock, times)
        sent = {}
        for name in SECTIONS:
            with count_statements() as counted:
                report(shop, name)
            sent[name] = len(counted)
        assert sent == STATEMENTS


def test_reports_are_for_those_who_keep_the_books(shop: Shop) -> None:
    clerk, finance, server = shop.employs("clerk"), shop.employs("finance"), shop.merchant.api_key("reports.read")
    for name in SECTIONS:
        assert clerk.is_refused(403).asks("GET", f"reports/{name}").code == "forbidden"
        assert shop.merchant.visitor.send("GET", f"/v1/admin/acme/reports/{name}").status == 401
        assert finance.asks("GET", f"reports/{name}").told == server.get(f"reports/{name}").body


def test_a_neighbour_sees_nothing_of_our_books(shop: Shop, clock: Clock, other_merchant: Merchant) -> None:
    trades(shop, clock, 1)
    bolt = Shop(other_merchant)
    for name, sections in SECTIONS.items():
        shown = report(bolt, name)
        assert [shown[section] for section in sections if shown[section]] in ([], [{"opened": 0, "open": 0}])
        assert report(shop, name)[sections[0]]
        assert bolt.api.send("GET", f"/v1/admin/acme/reports/{name}").status in (401, 404)


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ("from=2026-03-02&to=2026-03-01", "from", "bad_range"),
        ("from=2025-03-01&to=2026-03-02", "from", "too_long"),
        ("from=2026-03-03", "from", "bad_range"),
        ("from=2026-02-30", "from", "bad_day"),
        ("to=20260302", "to", "bad_day"),
        ("to=2026-W10-1", "to", "bad_day"),
        ("to=9999-12-31", "to", "bad_day"),
        ("to=0001-01-01", "to", "bad_day"),
        ("format=xlsx", "format", "unknown_choice"),
        ("since=2026-03-01", "since", "unknown_field"),
    ],
)
def test_days_that_cannot_be_are_refused_by_name(shop: Shop, asked: str, pointer: str, code: str) -> None:
    problem = shop.is_refused(422).asks("GET", f"reports/refunds?{asked}")
    assert [(error.pointer, error.code, error.location) for error in problem.errors] == [(pointer, code, "query")]


def test_a_report_covers_a_leap_year_and_no_day_more(shop: Shop, clock: Clock) -> None:
    trades(shop, clock, 1)
    whole = report(shop, "refunds", **{"from": "2026-01-01", "to": "2027-01-01"})
    assert one(whole["by_day"], day="2026-03-02")["amount"] == 1500
    assert (
        shop.is_refused(422).asks("GET", "reports/refunds?from=2026-01-01&to=2027-01-02").errors[0].code == "too_long"
    )


def test_format_wins_over_the_header(shop: Shop) -> None:
    asked = shop.api.send("GET", "reports/balances", headers={"Accept": "text/csv"}, params={"format": "json"})
    assert asked.body == {"balances": []}
    table = shop.api.send("GET", "reports/balances", headers={"Accept": "text/csv"}).body.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(table))) == [["book", "kind", "account_id", "title", "currency", "balance"]]


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [(0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (123456, 2, "1234.56"), (-7, 0, "-7"), (7, 3, "0.007")],
)
def test_money_is_downloaded_as_plain_decimals(amount: int, places: int, text: str) -> None:
    assert decimal(amount, places) == text


# ---------------------------------------------------------------------------------------------- any books at all
BOOKS = st.sampled_from(["orders", "surplus", "channel:1", "tender:purse", "held:purse", "fees"])
MOMENTS = st.integers(0, 20 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=minutes)
)
GROUPS = st.lists(
    st.tuples(MOMENTS, st.sampled_from(["CNY", "EUR"]), st.dictionaries(BOOKS, st.integers(-999, 999), min_size=1)),
    max_size=12,
)
DAYS = st.integers(0, 20).map(lambda days: date(2026, 3, 20) + timedelta(days=days))


@pytest.mark.both_databases
def test_whatever_is_posted_every_trial_balance_comes_to_nothing(shop: Shop) -> None:
    posted: list[tuple[datetime, str, str, int]] = []

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(GROUPS, st.tuples(DAYS, DAYS), st.sampled_from(ZONES))
    def holds(groups: list[Any], edges: tuple[date, date], zone: str) -> None:
        for at, currency, sides in groups:
            _posts(posted, at, currency, sides)
        days = Days(min(edges), max(edges), zone)
        with reading():
            told = trial_balance(days)
        for total in told["totals"]:
            assert total["opening"] == total["closing"] == 0 and total["debit"] == total["credit"]
        assert {(row["book"], row["currency"]): _numbers(row) for row in told["books"]} == _by_hand(posted, days)

    with shop.merchant.inside():
        holds()


def _posts(posted: list[Any], at: datetime, currency: str, sides: dict[str, int]) -> None:
    rest = -sum(sides.values())
    whole = {**sides, "by_hand": rest}
    with core_clock.frozen(at), transaction():
        ledger.post("adjustment", whole, source="core", currency=currency)
    posted += [(at, currency, book, amount) for book, amount in whole.items() if amount]


def _numbers(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in ("opening", "debit", "credit", "closing"))


def _by_hand(posted: list[tuple[datetime, str, str, int]], days: Days) -> dict[tuple[str, str], tuple[int, ...]]:
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for at, currency, book, amount in posted:
        local = core_clock.local_date(at, days.zone)
        opening, debit, credit, closing = found.get((book, currency), (0, 0, 0, 0))
        if local < days.first:
            opening, closing = opening + amount, closing + amount
        elif local <= days.last:
            debit, credit, closing = debit + max(0, amount), credit - min(0, amount), closing + amount
        else:
            continue
        found[book, currency] = (opening, debit, credit, closing)
    return found
