"""Promotions on the wire."""

from core import fields

KINDS = ("steps", "percentage", "free_freight", "member_percentage", "member_prices")
MOST_STEPS, MOST_VALUES, MOST_PRICES = 20, 100, 500


class PromotionTitleIn(fields.In):
    """What it is called, in both languages of the shop."""

    zh = fields.Text(100, required=True)
    en = fields.Text(100, required=True)


class StepIn(fields.In):
    """So much off from a threshold on."""

    threshold = fields.Money(min=1, required=True)
    amount = fields.Money(min=1, required=True)


class RuleChangeIn(fields.In):
    """What shall change of a promotion; what is left out stays."""

    title = fields.Part(PromotionTitleIn)
    steps = fields.ListOf(StepIn, max=MOST_STEPS)
    basis_points = fields.Count(max=10_000, metadata={"description": "1500 takes 15 % off"})
    threshold = fields.Money(metadata={"description": "for the freight: of what is left after all discounts"})
    cap = fields.Money(min=1, allow_none=True)
    prices = fields.MapOf(
        fields.Money(), key=fields.Code(max=60), max=MOST_PRICES, metadata={"description": "sku: a member's price"}
    )
    scope = fields.Choice("all", "categories", "skus")
    scope_values = fields.ListOf(fields.Text(100), max=MOST_VALUES)
    level = fields.Code(allow_none=True, metadata={"description": "for members of this level only"})
    priority = fields.Count(max=1000, metadata={"description": "the highest comes first in its layer"})
    exclusive = fields.Flag(metadata={"description": "nothing else of its layer beside it"})
    enabled = fields.Flag()
    starts_at = fields.Moment(metadata={"description": "now, if left out of a new one"})
    ends_at = fields.Moment(allow_none=True)


class RuleIn(RuleChangeIn):
    """A new promotion. `steps` takes an amount off from each threshold on; `percentage` takes `basis_points` off;
    `free_freight` the freight; `member_percentage` and `member_prices` make prices for a level."""

    title = fields.Part(PromotionTitleIn, required=True)
    kind = fields.Choice(*KINDS, required=True)


class RunningOut(fields.Out):
    """A promotion as buyers see it."""

    id = fields.Identifier()
    title = fields.Part(PromotionTitleIn)
    kind = fields.Choice(*KINDS)
    steps = fields.ListOf(StepIn)
    basis_points = fields.Count()
    threshold = fields.Money()
    cap = fields.Money(allow_none=True)
    prices = fields.MapOf(fields.Money(), max=MOST_PRICES)
    scope = fields.Choice("all", "categories", "skus")
    scope_values = fields.ListOf(fields.Text(100))
    level = fields.Text(allow_none=True)
    exclusive = fields.Flag()
    ends_at = fields.Moment(allow_none=True)


class RuleOut(RunningOut):
    """A promotion as staff see it."""

    priority = fields.Count()
    enabled = fields.Flag()
    starts_at = fields.Moment()
    created_at = fields.Moment()


class RulesIn(fields.QueryIn):
    """Which promotions."""

    kind = fields.Choice(*KINDS)
    level = fields.Code()
    enabled = fields.Flag()


class LevelIn(fields.In):
    """The level of a customer."""

    level = fields.Code(required=True)


class MemberOut(fields.Out):
    """A member."""

    customer_id = fields.Identifier()
    level = fields.Text()
    since = fields.Moment()


class MembersIn(fields.QueryIn):
    """Which members."""

    level = fields.Code()
