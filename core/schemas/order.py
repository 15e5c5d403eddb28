"""The wire shapes of orders, for buyers and for staff."""

from core.contracts.order import NODES
from core.schemas.checkout import AdjustmentOut
from core.schemas.fields import (
    Choice,
    Count,
    Flag,
    Identifier,
    JsonObject,
    ListOf,
    Moment,
    Money,
    Out,
    Part,
    QueryIn,
    Text,
)


class BadgeOut(Out):
    """One colour and one word."""

    colour = Choice("green", "orange", "red", "grey")
    text = Text()


class ReceiverOut(Out):
    """Where goods go."""

    name = Text()
    phone = Text()
    region = Text(allow_none=True)
    address = Text(500)
    postcode = Text(allow_none=True)


class LineOut(Out):
    """One line, and how far it is."""

    id = Identifier()
    position = Count()
    kind = Choice("goods", "freight")
    variant_id = Identifier(allow_none=True)
    sku = Text()
    title = Text(400)
    unit_price = Money()
    quantity = Count()
    amount = Money()
    net = Money()
    virtual = Flag()
    shipped = Count()
    received = Count()
    refunded = Count()
    refunding = Count()
    refunded_amount = Money()


class InstalmentOut(Out):
    """A part of the payable with its own window."""

    position = Count()
    amount = Money()
    paid = Money()
    opens_at = Moment(allow_none=True)
    due_at = Moment(allow_none=True)
    settled_at = Moment(allow_none=True)
    refundable = Choice("always", "merchant_fault", "never")


class PaymentOut(Out):
    """One attempt to pay; `client` says what the buyer needs to pay it."""

    id = Identifier()
    out_trade_no = Text()
    role = Choice("cash", "payable", "adjustment")
    channel = Text()
    product = Text(allow_none=True)
    state = Text()
    amount = Money()
    currency = Text(3)
    client = JsonObject(allow_none=True)
    failure = Text(500, allow_none=True)
    expires_at = Moment(allow_none=True)
    settled_amount = Money()
    settled_at = Moment(allow_none=True)
    refunded = Money()
    created_at = Moment()


class ParcelOut(Out):
    """One box with its number; order line id -> units."""

    id = Identifier()
    carrier = Text(allow_none=True)
    tracking_no = Text(allow_none=True)
    contents = JsonObject()
    history = ListOf(JsonObject())
    sent_at = Moment()
    delivered_at = Moment(allow_none=True)


class ShipmentLineOut(Out):
    """Units of an order line in a shipment."""

    line_id = Identifier()
    quantity = Count()
    shipped = Count()


class ShipmentOut(Out):
    """What one warehouse sends."""

    id = Identifier()
    number = Text()
    order_id = Identifier()
    state = Text()
    warehouse_id = Identifier(allow_none=True)
    delivery_method = Text()
    shipped_at = Moment(allow_none=True)
    received_at = Moment(allow_none=True)
    lines = ListOf(ShipmentLineOut)
    parcels = ListOf(ParcelOut)
    actions = ListOf(Text())


class RefundPartOut(Out):
    """The part of a refund that goes back through one payment."""

    out_refund_no = Text()
    payment_id = Identifier()
    tender = Text(allow_none=True)
    state = Text()
    amount = Money()
    failure = Text(500, allow_none=True)
    evidence = JsonObject(allow_none=True)
    done_at = Moment(allow_none=True)


class RefundLineOut(Out):
    """Units and money of one line."""

    line_id = Identifier()
    quantity = Count()
    amount = Money()


class RefundOut(Out):
    """One decision to give money back."""

    id = Identifier()
    number = Text()
    order_id = Identifier()
    status = Text()
    reason = Text()
    note = Text(500, allow_none=True)
    destination = Text()
    amount = Money()
    freight = Money()
    whole = Flag()
    lines = ListOf(RefundLineOut)
    parts = ListOf(RefundPartOut)
    created_at = Moment()
    done_at = Moment(allow_none=True)


class DeadlineOut(Out):
    """What happens by itself, and when."""

    kind = Text()
    due_at = Moment()
    paused_left = Count(allow_none=True)


class OrderBriefOut(Out):
    """An order in a list."""

    id = Identifier()
    number = Text()
    state = Choice(*NODES)
    version = Count()
    badge = Part(BadgeOut)
    actions = ListOf(Text())
    kind = Text()
    entry = Text()
    customer_id = Identifier()
    store_id = Identifier(allow_none=True)
    currency = Text(3)
    payable = Money()
    paid = Money()
    refunded = Money()
    payment_axis = Choice("none", "part", "paid")
    fulfilment_axis = Choice("none", "part", "shipped", "received")
    refund_axis = Choice("none", "applying", "part", "all")
    first_order = Flag()
    placed_at = Moment()
    paid_at = Moment(allow_none=True)
    shipped_at = Moment(allow_none=True)
    completed_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)
    lines = ListOf(LineOut)


class OrderOut(OrderBriefOut):
    """An order, whole, as its buyer sees it."""

    delivery_method = Text()
    receiver = Part(ReceiverOut, allow_none=True)
    options = JsonObject()
    note = Text(500, allow_none=True)
    goods_amount = Money()
    freight_amount = Money()
    close_reason = Text(allow_none=True)
    received_at = Moment(allow_none=True)
    adjustments = ListOf(AdjustmentOut)
    instalments = ListOf(InstalmentOut)
    payments = ListOf(PaymentOut)
    refunds = ListOf(RefundOut)
    shipments = ListOf(ShipmentOut)
    deadlines = ListOf(DeadlineOut)


class OrderForStaffOut(OrderOut):
    """An order, whole, as staff see it."""

    remark = Text(500, allow_none=True)
    resume_state = Text(allow_none=True)
    risk_hold = Text(allow_none=True)
    holds = ListOf(Text())
    hidden = Flag()
    extended = Count()


class MoveOut(Out):
    """One line of the log."""

    seq = Count()
    subject_kind = Text()
    subject_id = Identifier()
    move = Text()
    source_state = Text(allow_none=True)
    target_state = Text()
    actor_kind = Text()
    actor_id = Identifier(allow_none=True)
    actor_name = Text()
    source = Text()
    request_id = Text()
    at = Moment()
    remark = Text(500, allow_none=True)
    before = JsonObject(allow_none=True)
    after = JsonObject(allow_none=True)


class CountsOut(Out):
    """How many orders stand in each node, and how many carry each flag."""

    nodes = JsonObject()
    flags = JsonObject()


class OrdersQuery(QueryIn):
    """Filters of the orders' list."""

    state = Choice(*NODES)
    number = Text(40)


class AdminOrdersQuery(OrdersQuery):
    """Filters of the merchant's list."""

    customer_id = Identifier()
    store = Text(40)
    first_order = Flag()
    risk_held = Flag()
    #: awaiting shipment for so many days or more
    waiting_days = Count(min=0, max=365)
