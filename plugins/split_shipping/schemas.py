"""Sub-shipments on the wire: their money, their way, and what staff may change."""

from core import fields

MOST_LINES, MOST_SHIPMENTS = 100, 100


class PortionOut(fields.Out):
    """Units of one line, and what they cost after all discounts."""

    line_id = fields.Identifier()
    sku = fields.Text()
    title = fields.Text(400)
    quantity = fields.Count()
    amount = fields.Money()


class SentParcelOut(fields.Out):
    """One parcel of a sub-shipment."""

    id = fields.Identifier()
    carrier = fields.Text(allow_none=True)
    tracking_no = fields.Text(allow_none=True)
    sent_at = fields.Moment()


class SubShipmentOut(fields.Out):
    """One sub-shipment; without an id it is planned, for the order is not released yet."""

    id = fields.Identifier(attribute="shipment.id", dump_default=None, allow_none=True)
    number = fields.Text(attribute="shipment.number", dump_default=None, allow_none=True)
    state = fields.Text(attribute="shipment.state", dump_default=None, allow_none=True)
    warehouse = fields.Text(allow_none=True, metadata={"description": "its code; none for virtual goods"})
    lines = fields.ListOf(PortionOut, attribute="portions")
    goods = fields.Money()
    freight = fields.Money()
    total = fields.Money()
    parcels = fields.ListOf(SentParcelOut, attribute="shipment.parcels", dump_default=list)
    shipped_at = fields.Moment(attribute="shipment.shipped_at", dump_default=None, allow_none=True)
    received_at = fields.Moment(attribute="shipment.received_at", dump_default=None, allow_none=True)
    confirm_at = fields.Moment(allow_none=True, metadata={"description": "when it counts as received by itself"})


class GivenBackOut(fields.Out):
    """What was given back before it was sent."""

    lines = fields.ListOf(PortionOut, attribute="portions")
    goods = fields.Money()
    freight = fields.Money()
    total = fields.Money()


class SharesOut(fields.Out):
    """An order in its sub-shipments: their totals and what was given back add up to the payable."""

    number = fields.Text(attribute="order.number")
    state = fields.Text(attribute="order.state")
    currency = fields.Currency(attribute="order.currency")
    payable = fields.Money(attribute="order.payable")
    shipments = fields.ListOf(SubShipmentOut)
    given_back = fields.Part(GivenBackOut)


class SplitLineIn(fields.In):
    """So many units of a line."""

    line_id = fields.Identifier(required=True)
    quantity = fields.Count(min=1, max=9_999, required=True)


class ReallocateIn(fields.In):
    """Another warehouse sends it: all, or the lines named."""

    warehouse = fields.Code(required=True)
    lines = fields.ListOf(SplitLineIn, min=1, max=MOST_LINES, load_default=None, allow_none=True)
    remark = fields.Text(500, load_default=None, allow_none=True)


class SplitIn(fields.In):
    """These units become a sub-shipment of their own."""

    lines = fields.ListOf(SplitLineIn, required=True, min=1, max=MOST_LINES)
    remark = fields.Text(500, load_default=None, allow_none=True)


class MergeIn(fields.In):
    """One warehouse sends what several were to send."""

    shipment_ids = fields.ListOf(fields.Identifier(), required=True, min=2, max=MOST_SHIPMENTS)
    warehouse = fields.Code(required=True)
    remark = fields.Text(500, load_default=None, allow_none=True)
