"""The wire shapes of checkout: quotes and orders asked for, and the quote that comes back."""

from core.schemas.fields import (
    Choice,
    Code,
    Count,
    Identifier,
    In,
    JsonObject,
    ListOf,
    MapOf,
    Money,
    Out,
    Part,
    Phone,
    Region,
    Text,
)


class LineIn(In):
    """One wish."""

    variant_id = Identifier(required=True)
    quantity = Count(min=1, max=9_999, load_default=1)


class ReceiverIn(In):
    """Where goods go."""

    name = Text(100, required=True)
    phone = Phone(required=True)
    region = Region(load_default=None, allow_none=True)
    address = Text(500, required=True)
    postcode = Text(20, load_default=None, allow_none=True)


class DeliveryIn(In):
    """How goods go; `receiver` is needed where something is sent."""

    method = Code(required=True)
    receiver = Part(ReceiverIn, load_default=None, allow_none=True)
    store = Code(load_default=None, allow_none=True)


class QuoteIn(In):
    """What it would cost."""

    entry = Code(load_default="buy_now")
    store = Code(load_default=None, allow_none=True)
    lines = ListOf(LineIn, load_default=list)
    delivery = Part(DeliveryIn, required=True)
    options = MapOf(JsonObject(), load_default=dict)


class PlaceIn(QuoteIn):
    """An order: a quote, agreed to."""

    expected_total = Money(required=True)
    note = Text(500, load_default=None, allow_none=True)


class PlaceOnBehalfIn(PlaceIn):
    """An order that staff place for a customer."""

    customer_id = Identifier(required=True)
    remark = Text(500, load_default=None, allow_none=True)


class QuoteLineOut(Out):
    """One line of a quote."""

    position = Count()
    variant_id = Identifier()
    sku = Text()
    title = Text(400)
    unit_price = Money()
    quantity = Count()
    amount = Money()
    net = Money(attribute="left")


class AdjustmentOut(Out):
    """Why it costs more or less."""

    layer = Choice("activity", "member", "promotion", "coupon", "points", "freight", "reprice")
    source = Text()
    title = Text()
    ref = Text(allow_none=True)
    amount = Money(min=-(10**12))


class QuoteOut(Out):
    """What it costs now."""

    currency = Text(3)
    lines = ListOf(QuoteLineOut)
    adjustments = ListOf(AdjustmentOut)
    goods_amount = Money()
    freight_amount = Money()
    payable = Money()
