"""Pickup on the wire: stores and slots, what is to be fetched, and what was brought back."""

import re
from datetime import date, time
from typing import Any

from marshmallow import validates_schema

from core import fields
from plugins.pickup.hours import overlap
from plugins.pickup.settings import Options

STATUSES = ("placed", "live", "fetched", "expired", "over")
PREPARATIONS = ("to_prepare", "prepared")
#: slots are listed for so many days at once
MOST_DAYS = 14


class Day(fields.Text):
    """A day: 2026-01-31."""

    def __init__(self, **options: Any) -> None:
        super().__init__(10, **options)

    def read(self, value: str) -> str:
        """As given, if there is such a day."""
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and 1970 <= date.fromisoformat(value).year <= 9000:
                return value
        except ValueError:
            pass
        raise fields.refuse("Must be a day such as 2026-01-31.", "bad_day")


class TimeOfDay(fields.Text):
    """A time by the clock on the wall: 09:30."""

    def __init__(self, **options: Any) -> None:
        super().__init__(5, **options)

    def read(self, value: str) -> str:
        """As given, if the clock shows it."""
        try:
            if re.fullmatch(r"[0-9]{2}:[0-9]{2}", value) and time.fromisoformat(value):
                return value
        except ValueError:
            pass
        raise fields.refuse("Must be a time such as 09:30.", "bad_time")


# ---------------------------------------------------------------------------------------------- stores
class PickupHoursIn(fields.In):
    """One time of the week when the store is open."""

    weekday = fields.Count(min=1, max=7, required=True, metadata={"description": "1 is Monday"})
    opens = TimeOfDay(required=True)
    closes = TimeOfDay(required=True)


class PickupStoreIn(fields.In):
    """How goods are fetched at a store, whole: what is left out has its default."""

    enabled = fields.Flag(load_default=True)
    hours = fields.ListOf(PickupHoursIn, max=50, load_default=list)
    slot_minutes = fields.Count(max=1440, load_default=0, metadata={"description": "0: come at any time"})
    capacity = fields.Count(min=1, max=100_000, load_default=None, allow_none=True)
    lead_minutes = fields.Count(max=100_000, load_default=0)
    days_ahead = fields.Count(min=1, max=365, load_default=7)

    @validates_schema(skip_on_field_errors=True)
    def check_hours(self, values: dict[str, Any], **_: Any) -> None:
        """It opens before it closes, and never twice at once; slots need hours."""
        if any(one["opens"] >= one["closes"] for one in values["hours"]) or overlap(values["hours"]):
            raise fields.refuse("Each time opens before it closes, and none overlaps another.", "bad_hours")
        if 0 < values["slot_minutes"] < 5:
            raise fields.refuse("A slot has 5 minutes or more, or 0: none.", "bad_slot")
        if values["slot_minutes"] and not values["hours"]:
            raise fields.refuse("Slots need hours.", "bad_hours")


class PickupStoreOut(fields.Out):
    """How goods are fetched at a store."""

    store = fields.Code()
    name = fields.Text()
    enabled = fields.Flag()
    hours = fields.ListOf(PickupHoursIn)
    slot_minutes = fields.Count()
    capacity = fields.Count(allow_none=True)
    lead_minutes = fields.Count()
    days_ahead = fields.Count()
    changed_at = fields.Moment()


class PickupClosureIn(fields.In):
    """Days on which a store hands nothing over."""

    first_day = Day(required=True)
    last_day = Day(required=True)
    reason = fields.Text(200, required=True)

    @validates_schema(skip_on_field_errors=True)
    def check_days(self, values: dict[str, Any], **_: Any) -> None:
        """The first day is not after the last."""
        if values["first_day"] > values["last_day"]:
            raise fields.refuse("The first day is after the last.", "bad_day")


class PickupClosureOut(fields.Out):
    """A closure."""

    id = fields.Identifier()
    first_day = fields.Text()
    last_day = fields.Text()
    reason = fields.Text()


class PickupClosureMadeOut(PickupClosureOut):
    """A closure, and how many orders have chosen a slot in it: their buyers may choose another."""

    orders = fields.Count()


class PickupSlotOut(fields.Out):
    """A slot that can be chosen."""

    starts_at = fields.Moment()
    ends_at = fields.Moment()
    left = fields.Count(allow_none=True, metadata={"description": "orders it still takes; null = any number"})


class ShopPickupStoreOut(fields.Out):
    """A store where goods can be fetched."""

    store = fields.Code()
    name = fields.Text()
    phone = fields.Text(allow_none=True)
    address = fields.Text(500, allow_none=True)
    region = fields.Text(allow_none=True)
    hours = fields.ListOf(PickupHoursIn)
    slot_minutes = fields.Count(metadata={"description": "0: come at any time, and name no slot"})
    closed_today = fields.Flag()
    slots = fields.ListOf(PickupSlotOut)


class PickupStoresIn(fields.QueryIn):
    """For how many days slots are listed, today being the first."""

    days = fields.Count(min=1, max=MOST_DAYS, load_default=3)


# ---------------------------------------------------------------------------------------------- orders
class PickupOrderOut(fields.Out):
    """Where an order is fetched, and when."""

    number = fields.Text()
    store = fields.Code()
    store_name = fields.Text()
    slot_at = fields.Moment(attribute="row.slot_at", allow_none=True)
    slot_ends_at = fields.Moment(attribute="row.slot_ends_at", allow_none=True)
    status = fields.Choice(*STATUSES, attribute="row.status")
    preparation = fields.Choice(*PREPARATIONS, attribute="row.preparation")
    valid_until = fields.Moment(attribute="row.valid_until", allow_none=True)


class OwnPickupOut(PickupOrderOut):
    """The buyer's own, with what to show at the store."""

    code = fields.Text(allow_none=True)
    token = fields.Text(allow_none=True, metadata={"description": "what stands in the QR"})


class PickupChangeIn(Options):
    """Another store, another slot, or both."""


class PickupOrdersIn(fields.QueryIn):
    """Which pickups."""

    store = fields.Code()
    status = fields.Choice(*STATUSES)
    preparation = fields.Choice(*PREPARATIONS)


class PickupPreparationIn(fields.In):
    """How far the store is."""

    state = fields.Choice(*PREPARATIONS, required=True)


class PickupUnitsIn(fields.In):
    """Units of one line."""

    line_id = fields.Identifier(required=True)
    quantity = fields.Count(min=1, max=9_999, required=True)


class PickupReturnIn(fields.In):
    """What was brought back."""

    lines = fields.ListOf(PickupUnitsIn, min=1, required=True)
    remark = fields.Text(500, load_default=None, allow_none=True)


class PickupReturnedOut(fields.Out):
    """What was brought back of one line."""

    line_id = fields.Identifier()
    quantity = fields.Count()
    remark = fields.Text(allow_none=True)
    by = fields.Text()
    at = fields.Moment()


class PickupReturnOut(fields.Out):
    """All that was brought back."""

    lines = fields.ListOf(PickupReturnedOut)
