"""The wire shapes of reports. Their lists are the tables of the download too, with a column for each field."""

import re
from datetime import date
from typing import Any

from core.money import MAX_AMOUNT
from core.schemas.fields import Choice, Count, Identifier, ListOf, MapOf, Money, Out, Part, QueryIn, Text, refuse

MOST_ROWS = 100_000


class Day(Text):
    """A calendar day in the merchant's zone: ``2026-05-31``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(10, **options)

    def read(self, value: str) -> str:
        """As given, once it is a day that a shop can have lived."""
        try:
            # the calendar alone would take 20260531 and 2026-W22-7 too
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) and 1970 <= date.fromisoformat(value).year <= 9000:
                return value
        except ValueError:
            pass
        raise refuse("Must be a day such as 2026-05-31.", "bad_day")


class FormatIn(QueryIn):
    """How the report is wanted."""

    format = Choice("json", "csv", metadata={"description": "csv: to download; so does Accept: text/csv"})


class DayIn(FormatIn):
    """Which day: today without one."""

    day = Day()


class RangeIn(FormatIn):
    """Which days, both ends counted: without `to`, up to today; without `from`, that day alone."""

    first = Day(data_key="from")
    last = Day(data_key="to")


def _signed() -> Money:
    return Money(min=-MAX_AMOUNT)


def _title() -> MapOf:
    return MapOf(Text())


def _rows(schema: type[Out]) -> ListOf:
    return ListOf(schema, max=MOST_ROWS)


class RangeOut(Out):
    """The days a report covers."""

    first = Text(data_key="from", attribute="from")
    last = Text(data_key="to", attribute="to")
    timezone = Text()


class BookOut(Out):
    """A book over the days, debit positive."""

    book = Text()
    title = _title()
    currency = Text()
    opening = _signed()
    debit = Money()
    credit = Money()
    closing = _signed()


class BookTotalsOut(Out):
    """All books of a currency: opening and closing are 0, debit and credit the same."""

    currency = Text()
    opening = _signed()
    debit = Money()
    credit = Money()
    closing = _signed()


class TrialBalanceOut(RangeOut):
    """The trial balance."""

    books = _rows(BookOut)
    totals = _rows(BookTotalsOut)


class BookBalanceOut(Out):
    """What stands in a book now, debit positive: what we have; negative: what we owe."""

    book = Text()
    kind = Choice("channel", "tender", "held", "other")
    account_id = Identifier(allow_none=True)
    title = _title()
    currency = Text()
    balance = _signed()


class BookBalancesOut(Out):
    """Every book."""

    balances = _rows(BookBalanceOut)


class DayTotalsOut(Out):
    """A day in one currency. refunds = refunded_by_channel + refunded_by_hand + tenders_returned."""

    currency = Text()
    income = _signed()
    surplus = _signed()
    refunds = _signed()
    refunded_by_channel = _signed()
    refunded_by_hand = _signed()
    tenders_spent = _signed()
    tenders_returned = _signed()
    orders_placed = Count()
    placed_amount = _signed()
    orders_paid = Count()
    paid_amount = _signed()


class DayMethodOut(Out):
    """What one channel or tender took that day, and what went back by it."""

    method = Text()
    kind = Choice("cash", "tender")
    title = _title()
    currency = Text()
    count = Count()
    amount = _signed()
    refund_count = Count()
    refunded = _signed()


class ExceptionsOut(Out):
    """Cases: opened that day, and open now."""

    opened = Count()
    open = Count()


class DashboardOut(Out):
    """The dashboard of a day."""

    day = Text()
    timezone = Text()
    currencies = _rows(DayTotalsOut)
    methods = _rows(DayMethodOut)
    exceptions = Part(ExceptionsOut)


class RefundSumOut(Out):
    """How many refunds, and what they come to."""

    currency = Text()
    count = Count()
    amount = _signed()


class ReasonOut(Out):
    """Refunds for one reason."""

    reason = Text()
    title = _title()
    currency = Text()
    count = Count()
    amount = _signed()


class RouteOut(Out):
    """Parts of refunds that went back one way."""

    method = Text(allow_none=True)
    route = Text(metadata={"description": "channel, tender, or by_hand"})
    title = _title()
    currency = Text()
    count = Count()
    amount = _signed()


class RefundedProductOut(Out):
    """Refunds of one product; the freight is one; money that never was an order's is of none."""

    sku = Text(allow_none=True)
    title = _title()
    currency = Text()
    count = Count()
    amount = _signed()


class RefundDayOut(Out):
    """Parts of refunds that went back on one day."""

    day = Text()
    currency = Text()
    count = Count()
    amount = _signed()


class RefundsReportOut(RangeOut):
    """Refunds, cut five ways; each comes to the same sum."""

    totals = _rows(RefundSumOut)
    by_reason = _rows(ReasonOut)
    by_method = _rows(RouteOut)
    by_product = _rows(RefundedProductOut)
    by_day = _rows(RefundDayOut)


class SettlementRowOut(Out):
    """An account's book: opening + paid - fee - refunded - split - settled + other = unsettled."""

    account_id = Identifier()
    title = _title()
    currency = Text()
    opening = _signed()
    paid = _signed()
    fee = _signed()
    refunded = _signed()
    split = _signed()
    settled = _signed()
    other = _signed()
    unsettled = _signed()
    refunded_by_hand = _signed()


class SettlementOut(RangeOut):
    """Every account that money ever came into."""

    accounts = _rows(SettlementRowOut)
