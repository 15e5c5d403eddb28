"""Warehouses and what lies in them, on the wire."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from core.schemas.fields import (
    Code,
    Count,
    Degrees,
    Flag,
    Identifier,
    In,
    ListOf,
    Out,
    Part,
    Phone,
    QueryIn,
    Region,
    Text,
    refuse,
)


class ReturnAddress(In):
    """Where returned goods go."""

    name = Text(100, required=True)
    phone = Phone(required=True)
    region = Region()
    address = Text(500, required=True)


class WarehouseChangeIn(In):
    """What shall change of a warehouse; what is left out stays. `enabled: false` closes it."""

    code = Code()
    name = Text(200)
    regions = ListOf(Region(), max=1000, metadata={"description": "codes it serves first, by prefix; none = all"})
    latitude = Degrees(90, allow_none=True)
    longitude = Degrees(180, allow_none=True)
    return_address = Part(ReturnAddress, allow_none=True)
    store = Code(allow_none=True, metadata={"description": "code of the store it belongs to"})
    enabled = Flag()
    position = Count(max=10_000, metadata={"description": "asked in this order, lowest first"})


class WarehouseIn(WarehouseChangeIn):
    """A new warehouse."""

    code = Code(required=True)
    name = Text(200, required=True)


class WarehouseOut(Out):
    """A warehouse."""

    id = Identifier()
    code = Code()
    name = Text(200)
    regions = ListOf(Region())
    latitude = Degrees(90, allow_none=True)
    longitude = Degrees(180, allow_none=True)
    return_address = Part(ReturnAddress, allow_none=True)
    store = Code(allow_none=True)
    enabled = Flag()
    position = Count()
    version = Count()


class StockFilter(QueryIn):
    """Which stock to show."""

    warehouse = Code(metadata={"description": "a warehouse's code"})
    sku = Code(max=60)


class StockChangeIn(In):
    """Units that came or went (`delta`), or what was counted (`on_hand`): one of the two."""

    warehouse = Code(required=True, metadata={"description": "the warehouse's code"})
    sku = Code(max=60, required=True)
    delta = Count(min=-1_000_000, max=1_000_000, metadata={"description": "units that came in, negative: went out"})
    on_hand = Count(max=1_000_000_000, metadata={"description": "units that lie there"})
    remark = Text(500)

    @validates_schema(skip_on_field_errors=True)
    def one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        """:raises ValidationError: both of delta and on_hand are given, or neither."""
        if ("delta" in data) == ("on_hand" in data):
            said = refuse("Give either delta or on_hand, one of the two.", "one_of_two")
            raise ValidationError(said.messages, "delta")


class StockOut(Out):
    """Units of one variant in one warehouse."""

    warehouse = Code()
    sku = Code(max=60)
    on_hand = Count(attribute="stock.on_hand", metadata={"description": "units that lie there"})
    reserved = Count(attribute="stock.reserved", metadata={"description": "of these, promised to buyers"})
    available = Count(attribute="stock.available", metadata={"description": "of these, still to be promised"})
