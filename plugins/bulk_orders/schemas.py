"""Batches, rows and filters on the wire."""

from typing import Any

from marshmallow import validates_schema

from core import CLOSE_REASONS, NODES, fields
from plugins.bulk_orders.terms import KINDS, MOST_ROWS, ROW_STATUSES, STATUSES


class ProgressOut(fields.Out):
    """How many rows are through, of how many."""

    done = fields.Count()
    total = fields.Count()


class BatchOut(fields.Out):
    """A file or a list, and how far it is. `counts`: how many of its rows stand where."""

    id = fields.Identifier()
    kind = fields.Choice(*KINDS)
    status = fields.Choice(*STATUSES)
    file_name = fields.Text(allow_none=True)
    sha256 = fields.Text(64, allow_none=True)
    encoding = fields.Text(allow_none=True)
    separator = fields.Text(1, allow_none=True)
    rows = fields.Count()
    counts = fields.MapOf(fields.Count(), key=fields.Choice(*ROW_STATUSES))
    progress = fields.Part(ProgressOut)
    same_file_as = fields.Identifier(
        allow_none=True, metadata={"description": "an earlier batch of the very same file that was committed"}
    )
    reason = fields.Text(allow_none=True)
    remark = fields.Text(500, allow_none=True)
    actor_name = fields.Text()
    created_at = fields.Moment()
    committed_at = fields.Moment(allow_none=True)
    finished_at = fields.Moment(allow_none=True)


class BatchesQuery(fields.QueryIn):
    """Which batches."""

    kind = fields.Choice(*KINDS)
    status = fields.Choice(*STATUSES)


class RowOut(fields.Out):
    """One row: as it stood there, and what became of it."""

    line = fields.Count()
    result = fields.Choice(*ROW_STATUSES, attribute="status")
    order = fields.Text(allow_none=True, attribute="order_number")
    code = fields.Text(allow_none=True)
    column = fields.Text(allow_none=True)
    message = fields.Text(500, allow_none=True)
    notes = fields.ListOf(fields.Text(), metadata={"description": "what was mended in a cell, or is doubtful"})
    given = fields.JsonObject()
    parcel_id = fields.Identifier(allow_none=True)
    done_at = fields.Moment(allow_none=True)


class RowsQuery(fields.QueryIn):
    """Which rows."""

    result = fields.Choice(*ROW_STATUSES)


class ParcelIn(fields.In):
    """A parcel to send: all that is left of the order or sub-shipment, or so many of one article."""

    order = fields.Text(60, required=True)
    shipment = fields.Text(60, load_default=None, allow_none=True)
    carrier = fields.Text(100, required=True, metadata={"description": "code or name of the courier company"})
    tracking_no = fields.Text(80, required=True)
    sku = fields.Text(80, load_default=None, allow_none=True)
    quantity = fields.Count(min=1, max=9_999, load_default=None, allow_none=True)
    remark = fields.Text(500, load_default=None, allow_none=True)


class ShipBatchIn(fields.In):
    """Parcels to send; each is answered for in a row of the batch."""

    parcels = fields.ListOf(ParcelIn, min=1, max=MOST_ROWS, required=True)


class CloseBatchIn(fields.In):
    """Unpaid orders to close."""

    orders = fields.ListOf(fields.Text(60), min=1, max=MOST_ROWS, required=True)
    reason = fields.Choice(*CLOSE_REASONS, required=True)
    remark = fields.Text(500, load_default=None, allow_none=True)


class RemarkBatchIn(fields.In):
    """A word among staff for each of the orders, in place of the one they have."""

    orders = fields.ListOf(fields.Text(60), min=1, max=MOST_ROWS, required=True)
    remark = fields.Text(500, required=True)


# ---------------------------------------------------------------------------------------------- filters
class _Terms:
    """What orders can be filtered by."""

    state = fields.Choice(*NODES)
    customer_id = fields.Identifier()
    store = fields.Text(40)
    kind = fields.Text(40)
    delivery_method = fields.Text(40)
    first_order = fields.Flag()
    refund_axis = fields.Choice("none", "applying", "part", "all")
    risk_held = fields.Flag()
    open_case = fields.Flag()
    waiting_days = fields.Count(max=365, metadata={"description": "awaiting shipment for so many days or more"})
    high_risk_days = fields.Count(
        max=365, metadata={"description": "awaiting shipment for so many days or more, or held, or with an open case"}
    )
    placed_from = fields.Moment()
    placed_until = fields.Moment()
    paid_from = fields.Moment()
    paid_until = fields.Moment()


class TermsQuery(_Terms, fields.QueryIn):
    """Which orders."""

    number = fields.Text(40)


class TermsIn(_Terms, fields.In):
    """Which orders; they meet all that is said."""

    @validates_schema
    def something_is_said(self, data: dict[str, Any], **_: object) -> None:
        """A filter of nothing is the list of all orders."""
        if not data:
            raise fields.refuse("Say at least one term.", "required")


class TermsOut(_Terms, fields.Out):
    """The terms of a filter."""


class FilterIn(fields.In):
    """A filter to keep under this code; one that has it is said anew."""

    code = fields.Code(required=True)
    title = fields.MapOf(fields.Text(100), required=True)
    terms = fields.Part(TermsIn, required=True)


class FilterOut(fields.Out):
    """A filter; those that every shop has stay as they are."""

    code = fields.Text()
    title = fields.MapOf(fields.Text())
    terms = fields.JsonObject()
    ready_made = fields.Flag()
    created_by = fields.Text(allow_none=True)


class FiltersOut(fields.Out):
    """All filters."""

    data = fields.ListOf(FilterOut)


class FoundOrderOut(fields.Out):
    """An order that passes a filter."""

    id = fields.Identifier()
    number = fields.Text()
    state = fields.Choice(*NODES)
    store_id = fields.Identifier(allow_none=True)
    customer_id = fields.Identifier()
    currency = fields.Text(3)
    payable = fields.Money()
    paid = fields.Money()
    refunded = fields.Money()
    fulfilment_axis = fields.Text()
    refund_axis = fields.Text()
    risk_hold = fields.Text(allow_none=True)
    remark = fields.Text(500, allow_none=True)
    placed_at = fields.Moment()
    paid_at = fields.Moment(allow_none=True)
    shipped_at = fields.Moment(allow_none=True)
