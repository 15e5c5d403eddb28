"""The wire shapes of gift cards: kinds on sale, cards, entries."""

from typing import Any

from core import fields

_DAYS = {"min": 1, "max": 3650}


def _number(**options: Any) -> fields.Code:
    return fields.Code(max=20, **options)


# ---------------------------------------------------------------------------------------------- kinds of cards
class GiftCardKindIn(fields.In):
    """A kind of card to be sold: its price is its principal."""

    sku = fields.Text(60, required=True, metadata={"description": "the virtual variant it is bought as"})
    title = fields.Text(100, required=True)
    principal = fields.Money(min=1, required=True)
    bonus = fields.Money(load_default=0)
    valid_days = fields.Count(required=True, **_DAYS)
    enabled = fields.Flag(load_default=True)


class GiftCardKindEditIn(fields.In):
    """What may be changed of it; orders that were placed keep what they were offered."""

    title = fields.Text(100)
    principal = fields.Money(min=1)
    bonus = fields.Money()
    valid_days = fields.Count(**_DAYS)
    enabled = fields.Flag()


class GiftCardKindOut(fields.Out):
    """A kind of card."""

    id = fields.Identifier()
    variant_id = fields.Identifier()
    title = fields.Text()
    principal = fields.Money()
    bonus = fields.Money()
    valid_days = fields.Count()
    enabled = fields.Flag()
    version = fields.Count()


# ---------------------------------------------------------------------------------------------- cards
class GiftCardBindIn(fields.In):
    """A card somebody was given."""

    number = _number(required=True)
    code = fields.Text(40, required=True, metadata={"format": "password"})


class GiftCardOut(fields.Out):
    """A card as its owner sees it; amounts in minor units."""

    id = fields.Identifier()
    number = _number()
    status = fields.Choice("active", "frozen", "expired", "returned")
    currency = fields.Currency()
    principal = fields.Money()
    bonus = fields.Money()
    held_principal = fields.Money(metadata={"description": "set aside for orders"})
    held_bonus = fields.Money()
    expires_at = fields.Moment()
    customer_id = fields.Identifier(allow_none=True, metadata={"description": "null: a present nobody took yet"})
    created_at = fields.Moment()


class GiftCardCodeOut(fields.Out):
    """The code of a card, shown this once."""

    number = _number()
    code = fields.Text(40)


class GiftCardEntryOut(fields.Out):
    """One change of a card, signed."""

    id = fields.Identifier()
    kind = fields.Text(40)
    principal = fields.Money()
    bonus = fields.Money()
    held_principal = fields.Money()
    held_bonus = fields.Money()
    order_id = fields.Identifier(allow_none=True)
    at = fields.Moment()


class GiftCardEntryDetailOut(GiftCardEntryOut):
    """As staff see it."""

    reference = fields.Text(100)
    remark = fields.Text(500, allow_none=True)
    by = fields.Text()


# ---------------------------------------------------------------------------------------------- staff
class GiftCardsIn(fields.QueryIn):
    """Which cards."""

    number = _number()
    customer_id = fields.Identifier()
    status = fields.Choice("active", "frozen", "expired", "returned")


class GiftCardGrantIn(fields.In):
    """A card by hand: principal the shop took past its channels, bonus it gives."""

    customer_id = fields.Identifier(allow_none=True, metadata={"description": "null: for whoever gets its code"})
    principal = fields.Money(load_default=0)
    bonus = fields.Money(load_default=0)
    valid_days = fields.Count(required=True, **_DAYS)
    remark = fields.Text(500, required=True)


class GiftCardExtendIn(fields.In):
    """How much longer it lives, and why."""

    days = fields.Count(required=True, **_DAYS)
    remark = fields.Text(500, required=True)


class GiftCardAdjustIn(fields.In):
    """What is put on it, or with a minus taken off it, and why."""

    principal = fields.Money(min=-(10**12), load_default=0)
    bonus = fields.Money(min=-(10**12), load_default=0)
    remark = fields.Text(500, required=True)
