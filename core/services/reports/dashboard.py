"""The dashboard of a day: income, refunds, what tenders paid and got back, each method, orders, and exceptions."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, union

from core.db import db
from core.models import Case, LedgerEntry, Order
from core.services.reports import sums
from core.services.reports.days import Days
from core.services.reports.refunds import method_and_route
from core.services.reports.titles import Names

MONEY = ("income", "surplus", "refunds", "refunded_by_channel", "refunded_by_hand", "tenders_spent", "tenders_returned")
ORDERS = ("orders_placed", "placed_amount", "orders_paid", "paid_amount")
METHOD = ("count", "amount", "refund_count", "refunded")
#: how a refund went -> where it is counted
ROUTES = {"channel": "refunded_by_channel", "by_hand": "refunded_by_hand", "tender": "tenders_returned"}
Table = dict[Any, dict[str, int]]


def dashboard(day: Days) -> dict[str, Any]:
    """That day, from the books: the methods took ``income + tenders_spent`` and gave ``refunds`` back."""
    currencies: Table = defaultdict(lambda: dict.fromkeys((*MONEY, *ORDERS), 0))
    methods: Table = defaultdict(lambda: dict.fromkeys(METHOD, 0))
    for one in sums.turnovers(day):
        _take(one, currencies[one.currency], methods)
    for currency, placed, placed_amount, paid, paid_amount in _orders(day):
        numbers = (placed, placed_amount, paid, paid_amount)
        currencies[currency].update(dict(zip(ORDERS, map(int, numbers), strict=True)))
    names = Names()
    return {
        "day": day.first.isoformat(),
        "timezone": day.zone,
        "currencies": [{"currency": currency, **found} for currency, found in sorted(currencies.items())],
        "methods": [
            {"method": method, "kind": kind, "title": names.method(method), "currency": currency, **found}
            for (kind, method, currency), found in sorted(methods.items(), key=str)
        ],
        "exceptions": _exceptions(day),
    }


def _take(one: sums.Turnover, totals: dict[str, int], methods: Table) -> None:
    word, _, name = one.book.partition(":")
    if one.kind == "receipt" and word == "channel":
        totals["income"] += one.net
        _pay(methods["cash", one.channel, one.currency], one.payments, one.net)
    elif one.kind == "receipt" and word == "surplus":
        totals["surplus"] -= one.net
    elif one.kind == "capture" and word == "held":
        totals["tenders_spent"] += one.net
        _pay(methods["tender", name, one.currency], one.payments, one.net)
    elif one.kind in sums.REFUNDS and one.book in sums.OWED:
        totals["refunds"] += one.net
    elif one.kind in sums.REFUNDS:
        method, route = method_and_route(one)
        # whatever else a plugin pays back from, no channel did it
        totals[ROUTES.get(route, "refunded_by_hand")] -= one.net
        found = methods["tender" if route == "tender" else "cash", method, one.currency]
        found["refund_count"] += one.refund_parts if one.kind == "refund" else 0
        found["refunded"] -= one.net


def _pay(found: dict[str, int], count: int, amount: int) -> None:
    found["count"] += count
    found["amount"] += amount


def _orders(day: Days) -> list[Any]:
    """Per currency: orders placed and paid that day, found by the day in their number and by the money booked."""
    placed = select(Order.id).where(*sums.of_merchant(Order), Order.number.between(*_numbers(day)))
    booked = select(LedgerEntry.order_id).where(*sums.within(day), LedgerEntry.order_id.is_not(None))
    placed_now = sums.during(Order.placed_at, day.start, day.end)
    paid_now = sums.during(Order.paid_at, day.start, day.end)
    query = (
        select(
            Order.currency,
            sums.total(1, placed_now[0] & placed_now[1]),
            sums.total(Order.payable, placed_now[0] & placed_now[1]),
            sums.total(1, paid_now[0] & paid_now[1]),
            sums.total(Order.payable, paid_now[0] & paid_now[1]),
        )
        .where(*sums.of_merchant(Order), Order.id.in_(union(placed, booked)))
        .group_by(Order.currency)
    )
    return list(db.session().execute(query))


def _numbers(day: Days) -> tuple[str, str]:
    """Between which numbers the orders of the day stand; around midnight a number may be of the day beside."""
    return f"SO{day.first - timedelta(days=1):%Y%m%d}", f"SO{day.first + timedelta(days=2):%Y%m%d}"


def _exceptions(day: Days) -> dict[str, int]:
    """Cases opened that day, and those that are open now whenever they were opened."""
    opened = sums.during(Case.opened_at, day.start, day.end)
    today, still = opened[0] & opened[1], Case.status == "open"
    query = select(sums.total(1, today), sums.total(1, still)).select_from(Case)
    found = db.session().execute(query.where(*sums.of_merchant(Case), or_(today, still))).one()
    return {"opened": int(found[0]), "open": int(found[1])}
