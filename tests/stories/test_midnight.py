"""An order over midnight: placed on one day, paid on the next, given back on a third, where the merchant lives."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from core import clock as core_clock
from tests.actors import Merchant
from tests.bookkeeping import SECTIONS, one, read_back, report, shown_rows
from tests.conftest import Clock
from tests.vocabulary import Shop

#: zone -> the moment between two of its days, which in UTC lies within a day
MIDNIGHTS = {
    "America/New_York": datetime(2026, 3, 10, 4, tzinfo=UTC),
    "Asia/Shanghai": datetime(2026, 3, 9, 16, tzinfo=UTC),
}
MINUTE = timedelta(minutes=1)
YESTERDAY, TODAY, TOMORROW = "2026-03-09", "2026-03-10", "2026-03-11"


def reaches(clock: Clock, moment: datetime) -> None:
    """Time passes until then."""
    clock.passes(seconds=(moment - core_clock.now()).total_seconds())


def board(shop: Shop, day: str) -> dict[str, Any]:
    """What the dashboard says of a day's money; it says the same when it is downloaded."""
    told, sections = report(shop, "dashboard", day=day), SECTIONS["dashboard"]
    table = shop.api.send("GET", "reports/dashboard", params={"day": day, "format": "csv"}).body.decode("utf-8-sig")
    assert read_back(table, sections) == {section: shown_rows(told[section]) for section in sections}
    return next(iter(told["currencies"]), {})


@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_each_thing_stands_on_the_day_it_happened_where_the_merchant_lives(
    app: Flask, server: str, clock: Clock, zone: str
) -> None:
    midnight = MIDNIGHTS[zone]
    with Merchant(app, server, "zoned", timezone=zone) as merchant:
        shop = Shop(merchant)
        shop.sells("tea", 4900, 10)
        mei = shop.buyer()
        reaches(clock, midnight - MINUTE)
        order = mei.orders({"tea": 1})
        reaches(clock, midnight + MINUTE)
        order = shop.sees_money(order)
        reaches(clock, midnight + timedelta(days=1) + MINUTE)
        order = shop.refunds(order, amounts={"tea": 1000})
        clock.settles()
        shop.transfers_back(shop.sees(order))

        placed = ("orders_placed", "placed_amount", "orders_paid", "paid_amount", "income", "refunds")
        assert [board(shop, YESTERDAY)[name] for name in placed] == [1, 4900, 0, 0, 0, 0]
        assert [board(shop, TODAY)[name] for name in placed] == [0, 0, 1, 4900, 4900, 0]
        assert [board(shop, TOMORROW)[name] for name in placed] == [0, 0, 0, 0, 0, 1000]
        whole = {"from": YESTERDAY, "to": TOMORROW}
        back = report(shop, "refunds", **whole)
        assert {row["day"]: row["amount"] for row in back["by_day"]} == {TOMORROW: 1000}
        for day, amounts in {YESTERDAY: [], TODAY: [(0, 0, 4900, -4900)], TOMORROW: [(-4900, 1000, 0, -3900)]}.items():
            books = report(shop, "trial-balance", **{"from": day, "to": day})["books"]
            found = [row for row in books if row["book"] == "orders"]
            assert [tuple(row[name] for name in ("opening", "debit", "credit", "closing")) for row in found] == amounts
        (account,) = report(shop, "settlement", **whole)["accounts"]
        assert (account["paid"], account["refunded"], account["unsettled"]) == (4900, 1000, 3900)
        assert one(report(shop, "trial-balance", **whole)["totals"], currency="CNY")["closing"] == 0
