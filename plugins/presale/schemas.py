"""Presale on the wire: activities for staff and for buyers, and how far an order is."""

from core import fields
from plugins.presale.terms import KINDS, PHASES

MOST_ITEMS = 50
MOST_UNITS = 1_000_000


class Title(fields.In):
    """What it is called, in both languages of the shop."""

    zh = fields.Text(100, required=True)
    en = fields.Text(100, required=True)


class ItemIn(fields.In):
    """One SKU and its terms, per unit."""

    variant_id = fields.Identifier(required=True)
    price = fields.Money(min=1, required=True, metadata={"description": "locked; at most the list price"})
    deposit = fields.Money(min=1, allow_none=True, load_default=None, metadata={"description": "for `deposit`"})
    worth = fields.Money(
        min=1,
        allow_none=True,
        load_default=None,
        metadata={"description": "what the deposit counts for against the price; the deposit, if left out"},
    )
    quota = fields.Count(min=1, max=MOST_UNITS, required=True)


class QuotaIn(fields.In):
    """How many units of one SKU may be ordered from now on."""

    variant_id = fields.Identifier(required=True)
    quota = fields.Count(min=1, max=MOST_UNITS, required=True)


class TermsIn(fields.In):
    """What may change later; prices, windows and what becomes of the deposit may not."""

    title = fields.Part(Title)
    enabled = fields.Flag(metadata={"description": "false: no new orders; those that are there go on"})
    per_buyer = fields.Count(max=MOST_UNITS, metadata={"description": "units of a SKU per buyer; 0 for any number"})
    list_price_too = fields.Flag(metadata={"description": "whether the SKU is sold at its list price meanwhile"})
    remind_hours = fields.Count(max=720, metadata={"description": "before the end of the final window; 0 for never"})


class ChangeIn(TermsIn):
    """Changes of an activity."""

    quotas = fields.ListOf(QuotaIn, max=MOST_ITEMS)


class ActivityIn(TermsIn):
    """A new activity. `deposit` takes a deposit first and the rest in the final window; `full` takes all at once."""

    title = fields.Part(Title, required=True)
    type = fields.Choice(*KINDS, required=True)
    deposit_starts_at = fields.Moment(required=True)
    deposit_ends_at = fields.Moment(required=True)
    final_starts_at = fields.Moment(allow_none=True, load_default=None)
    final_ends_at = fields.Moment(allow_none=True, load_default=None)
    ship_at = fields.Moment(allow_none=True, load_default=None)
    ship_days = fields.Count(max=365, allow_none=True, load_default=None, metadata={"description": "after it is paid"})
    stack_coupons = fields.Flag(load_default=False, metadata={"description": "with coupons, promotions and points"})
    stack_member = fields.Flag(load_default=False)
    return_deposit = fields.Flag(load_default=False, metadata={"description": "when the final is not paid in time"})
    deposit_after_final = fields.Flag(load_default=True, metadata={"description": "paid whole and not sent"})
    match_lower = fields.Flag(load_default=False)
    compensation_percent = fields.Count(max=100, load_default=0, metadata={"description": "of the deposit"})
    items = fields.ListOf(ItemIn, min=1, max=MOST_ITEMS, required=True)


class ItemOut(fields.Out):
    """One SKU, with how many units are placed, have their deposit paid, and are paid whole."""

    id = fields.Identifier()
    variant_id = fields.Identifier()
    price = fields.Money()
    deposit = fields.Money()
    worth = fields.Money()
    final = fields.Money()
    quota = fields.Count()
    left = fields.Count()
    placed = fields.Count()
    deposit_paid = fields.Count()
    final_paid = fields.Count()


class OnOfferOut(fields.Out):
    """An activity as buyers see it."""

    id = fields.Identifier(attribute="row.id")
    title = fields.Part(Title, attribute="row.title")
    type = fields.Choice(*KINDS, attribute="row.kind")
    status = fields.Choice("off", "upcoming", "deposit", "between", "final", "over")
    deposit_starts_at = fields.Moment(attribute="row.deposit_starts_at")
    deposit_ends_at = fields.Moment(attribute="row.deposit_ends_at")
    final_starts_at = fields.Moment(attribute="row.final_starts_at", allow_none=True)
    final_ends_at = fields.Moment(allow_none=True)
    ship_at = fields.Moment(attribute="row.ship_at", allow_none=True)
    ship_days = fields.Count(attribute="row.ship_days", allow_none=True)
    per_buyer = fields.Count(attribute="row.per_buyer")
    stack_coupons = fields.Flag(attribute="row.stack_coupons")
    stack_member = fields.Flag(attribute="row.stack_member")
    return_deposit = fields.Flag(attribute="row.return_deposit")
    deposit_after_final = fields.Flag(attribute="row.deposit_after_final")
    match_lower = fields.Flag(attribute="row.match_lower")
    items = fields.ListOf(ItemOut)


class ActivityOut(OnOfferOut):
    """An activity as staff see it."""

    enabled = fields.Flag(attribute="row.enabled")
    list_price_too = fields.Flag(attribute="row.list_price_too")
    remind_hours = fields.Count(attribute="row.remind_hours")
    compensation_percent = fields.Count(attribute="row.compensation_percent")
    created_at = fields.Moment(attribute="row.created_at")


class OrderOut(fields.Out):
    """How far an order is; its instalments stand with the order."""

    number = fields.Text()
    activity_id = fields.Identifier(attribute="row.activity_id")
    phase = fields.Choice(*PHASES, attribute="row.phase")
    deposit = fields.Money(attribute="row.deposit")
    compensation = fields.Money(attribute="row.compensation")
    compensated_at = fields.Moment(attribute="row.compensated_at", allow_none=True)


class OrdersIn(fields.QueryIn):
    """Which orders staff want to see."""

    activity_id = fields.Identifier()
    phase = fields.Choice(*PHASES)
