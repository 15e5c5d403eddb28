"""Refunds as the books know them: by reason, by method and route, by product, and by day."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, String, and_, case, column, func, select, values

from core.db import db
from core.models import LedgerEntry, OrderLine, Refund, RefundPart, Share
from core.reasons import REFUND_REASONS
from core.services.reports import sums
from core.services.reports.days import Days
from core.services.reports.titles import Names
from core.tables import UtcDateTime

#: what of a refund falls on no line: it never was an order's
NO_LINE: Mapping[str, str] = {"en": "late or paid twice", "zh": "多收款项"}


def refunds(days: Days) -> dict[str, Any]:
    """What went back during *days*, less what came back of it; every section comes to the same sums."""
    reasons = _by_reason(days)
    return {
        **days.head(),
        "totals": _totals(reasons),
        "by_reason": reasons,
        "by_method": _by_method(days),
        "by_product": _by_product(days),
        "by_day": _by_day(days),
    }


def _totals(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A refund has one reason: their sums are the sums of all."""
    found: dict[str, dict[str, Any]] = {}
    for row in reasons:
        total = found.setdefault(row["currency"], {"currency": row["currency"], "count": 0, "amount": 0})
        total["count"] += row["count"]
        total["amount"] += row["amount"]
    return list(found.values())


def _by_reason(days: Days) -> list[dict[str, Any]]:
    query = _owed(days, Refund.reason, LedgerEntry.currency, amount=LedgerEntry.amount)
    query = query.join(Refund, and_(Refund.merchant_id == RefundPart.merchant_id, Refund.id == RefundPart.refund_id))
    return [
        {"reason": reason, "title": REFUND_REASONS.get(reason, {"en": reason}), **_counted(currency, count, amount)}
        for reason, currency, count, amount in db.session().execute(query)
    ]


def _by_method(days: Days) -> list[dict[str, Any]]:
    """By where it went: back through a channel, into a tender, or by hand. Counted are the parts."""
    found: dict[tuple[str | None, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in sums.turnovers(days):
        if one.kind in sums.REFUNDS and one.book not in sums.OWED:
            row = found[(*method_and_route(one), one.currency)]
            row[0] += one.refund_parts if one.kind == "refund" else 0
            row[1] -= one.net
    names = Names()
    return [
        {"method": method, "route": route, "title": names.method(method), **_counted(currency, count, amount)}
        for (method, route, currency), (count, amount) in found.items()
    ]


def method_and_route(one: sums.Turnover) -> tuple[str | None, str]:
    """By what money of a refund went, and how."""
    word, _, name = one.book.partition(":")
    return (name, "tender") if word == "tender" else (one.channel, word)


def _by_product(days: Days) -> list[dict[str, Any]]:
    """Each part falls on the lines as it was shared; surplus on none."""
    entry = LedgerEntry
    amount = case((Share.id.is_(None), entry.amount), (entry.amount < 0, -Share.amount), else_=Share.amount)
    query = _owed(days, OrderLine.sku, entry.currency, func.max(OrderLine.title), amount=amount, keys=2)
    shared = (
        Share.merchant_id == entry.merchant_id,
        Share.order_id == entry.order_id,
        Share.refund_part_id == RefundPart.id,
    )
    line = (OrderLine.merchant_id == Share.merchant_id, OrderLine.id == Share.line_id)
    query = query.outerjoin(Share, and_(*shared)).outerjoin(OrderLine, and_(*line))
    return [
        {"sku": sku, "title": {"en": title} if sku else NO_LINE, **_counted(currency, count, total)}
        for sku, currency, title, count, total in db.session().execute(query)
    ]


def _by_day(days: Days) -> list[dict[str, Any]]:
    shape = values(column("day", String), column("start", UtcDateTime), column("until", UtcDateTime), name="days")
    calendar = shape.data([(day.isoformat(), start, until) for day, start, until in days.each()]).cte("days")
    query = _owed(days, calendar.c.day, LedgerEntry.currency, amount=LedgerEntry.amount)
    query = query.join(calendar, and_(*sums.during(LedgerEntry.booked_at, calendar.c.start, calendar.c.until)))
    return [
        {"day": day, **_counted(currency, count, amount)}
        for day, currency, count, amount in db.session().execute(query)
    ]


def _owed(days: Days, *columns: Any, amount: Any, keys: int | None = None) -> Select[Any]:
    """SQL: *columns*, how many refunds, and the sum of *amount*, of what was owed no more; by the first *keys*."""
    entry, part = LedgerEntry, RefundPart
    return (
        select(*columns, func.count(part.refund_id.distinct()), func.sum(amount))
        .select_from(entry)
        .join(part, and_(part.merchant_id == entry.merchant_id, part.id == entry.refund_part_id))
        .where(*sums.within(days), entry.kind.in_(sums.REFUNDS), entry.book.in_(sums.OWED))
        .group_by(*columns[:keys])
        .order_by(*columns[:keys])
    )


def _counted(currency: str, count: int, amount: Any) -> dict[str, Any]:
    return {"currency": currency, "count": count, "amount": int(amount)}
