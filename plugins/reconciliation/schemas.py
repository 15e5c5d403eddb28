"""The wire shapes of batches and differences."""

import re
from datetime import date
from typing import Any

from core import fields
from plugins.reconciliation.classes import CLASSES, KINDS


class Day(fields.Text):
    """A day: 2026-01-31."""

    def __init__(self, **options: Any) -> None:
        super().__init__(10, **options)

    def read(self, value: str) -> str:
        """As given, if there is such a day."""
        try:
            right = re.fullmatch(r"\d{4}-\d\d-\d\d", value) and date.fromisoformat(value)
        except ValueError:
            right = None
        if not right:
            raise fields.refuse("Must be a day such as 2026-01-31.", "bad_day")
        return value


class BatchOut(fields.Out):
    """The bill of one account and day."""

    id = fields.Identifier()
    account_id = fields.Identifier()
    day = fields.Text()
    kind = fields.Choice("trade")
    state = fields.Choice("init", "success", "fail", "no_bill", "error", attribute="status")
    reason = fields.Text(500, allow_none=True)
    rows = fields.Count(attribute="position")
    payments = fields.Count()
    paid = fields.Money()
    refunds = fields.Count()
    refunded = fields.Money()
    fees = fields.Money(min=-(10**12))
    differences = fields.Count()
    started_at = fields.Moment()
    finished_at = fields.Moment(allow_none=True)


class BillRunIn(fields.In):
    """A bill to be fetched and compared, once more if it was."""

    account_id = fields.Identifier(required=True)
    day = Day(required=True)


class BatchesQuery(fields.QueryIn):
    """Filters of the list of bills."""

    account_id = fields.Identifier()
    state = fields.Choice("init", "success", "fail", "no_bill", "error")
    day = Day()


class DifferenceOut(fields.Out):
    """Where a bill and our books differ."""

    id = fields.Identifier()
    batch_id = fields.Identifier()
    account_id = fields.Identifier()
    day = fields.Text()
    finding = fields.Choice(*CLASSES)
    title = fields.MapOf(fields.Text(200))
    kind = fields.Choice(*KINDS)
    number = fields.Text()
    reference = fields.Text(allow_none=True)
    out_trade_no = fields.Text()
    order_id = fields.Identifier(allow_none=True)
    payment_id = fields.Identifier(allow_none=True)
    refund_part_id = fields.Identifier(allow_none=True)
    local_amount = fields.Money(min=-(10**12), allow_none=True)
    channel_amount = fields.Money(min=-(10**12), allow_none=True)
    currency = fields.Text(3)
    local_says = fields.Text(allow_none=True)
    channel_says = fields.Text(allow_none=True)
    holds = fields.Flag()
    status = fields.Choice("open", "handled")
    basis = fields.Text(allow_none=True)
    remark = fields.Text(500, allow_none=True)
    handled_by = fields.Text(allow_none=True)
    handled_at = fields.Moment(allow_none=True)
    case_id = fields.Identifier()
    found_at = fields.Moment()


class DifferencesQuery(fields.QueryIn):
    """Filters of the list of differences."""

    status = fields.Choice("open", "handled")
    finding = fields.Choice(*CLASSES)
    kind = fields.Choice(*KINDS)
    account_id = fields.Identifier()
    batch_id = fields.Identifier()
    order_id = fields.Identifier()
    day_from = Day()
    day_to = Day()


class DifferenceHandleIn(fields.In):
    """How a difference was dealt with."""

    basis = fields.Choice("platform", "channel", required=True)
    remark = fields.Text(500, required=True)
