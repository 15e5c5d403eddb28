"""Doors of the books: trial balance, balances, dashboard, refunds and settlement, as JSON or as tables to download."""

from typing import Any, Final

from flask import Response

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.tables import answer_report
from core.db import reading
from core.schemas.reports import (
    BookBalancesOut,
    DashboardOut,
    DayIn,
    FormatIn,
    RangeIn,
    RefundsReportOut,
    SettlementOut,
    TrialBalanceOut,
)
from core.services.reports.dashboard import dashboard
from core.services.reports.days import Days, days_between, one_day
from core.services.reports.refunds import refunds
from core.services.reports.settlement import settlement
from core.services.reports.trial_balance import balances, trial_balance

blp = admin_blueprint("reports", __name__, "The books as people read them; all of it comes from the ledger.")
#: what every report answers besides JSON
_TABLE: Final = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}


@blp.get("/reports/trial-balance")
@needs("reports.read")
@blp.arguments(RangeIn, location="query")
@blp.response(200, TrialBalanceOut)
@blp.doc(**_TABLE)
def show_trial_balance(query: dict[str, Any]) -> Response:
    """Every book over the days: opening, debit, credit, closing; together they come to nothing."""
    with reading():
        return answer_report(TrialBalanceOut, trial_balance(_days(query)), query, "trial_balance")


@blp.get("/reports/balances")
@needs("reports.read")
@blp.arguments(FormatIn, location="query")
@blp.response(200, BookBalancesOut)
@blp.doc(**_TABLE)
def show_balances(query: dict[str, Any]) -> Response:
    """What stands in every book now: money at each account, what is owed on each tender, and all others."""
    with reading():
        return answer_report(BookBalancesOut, balances(), query, "balances")


@blp.get("/reports/dashboard")
@needs("reports.read")
@blp.arguments(DayIn, location="query")
@blp.response(200, DashboardOut)
@blp.doc(**_TABLE)
def show_dashboard(query: dict[str, Any]) -> Response:
    """A day: income, refunds, what tenders paid and got back, count and amount per method, orders, exceptions."""
    with reading():
        return answer_report(DashboardOut, dashboard(one_day(query.get("day"))), query, "dashboard")


@blp.get("/reports/refunds")
@needs("reports.read")
@blp.arguments(RangeIn, location="query")
@blp.response(200, RefundsReportOut)
@blp.doc(**_TABLE)
def show_refunds(query: dict[str, Any]) -> Response:
    """What went back over the days: by reason, by method, by product and by day."""
    with reading():
        return answer_report(RefundsReportOut, refunds(_days(query)), query, "refunds")


@blp.get("/reports/settlement")
@needs("reports.read")
@blp.arguments(RangeIn, location="query")
@blp.response(200, SettlementOut)
@blp.doc(**_TABLE)
def show_settlement(query: dict[str, Any]) -> Response:
    """Each account over the days: paid, fee, refunded, split, settled, and what the channel still owes."""
    with reading():
        return answer_report(SettlementOut, settlement(_days(query)), query, "settlement")


def _days(query: dict[str, Any]) -> Days:
    return days_between(query.get("first"), query.get("last"))
