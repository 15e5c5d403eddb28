"""Coupons on the wire: templates for staff, coupons for buyers."""

from core import fields
from plugins.coupons.settings import CODE_LENGTH

MOST_VALUES = 100
MOST_AT_ONCE = 100
STATUSES = ("unused", "locked", "used", "expired", "withdrawn")


class CouponTitleIn(fields.In):
    """What it is called, in both languages of the shop."""

    zh = fields.Text(100, required=True)
    en = fields.Text(100, required=True)


class TemplateChangeIn(fields.In):
    """What may change later; what a coupon is worth, and on what, may not."""

    title = fields.Part(CouponTitleIn)
    enabled = fields.Flag()
    claimable = fields.Flag(metadata={"description": "buyers may take one themselves"})
    ends_at = fields.Moment(allow_none=True, metadata={"description": "coupons that are out keep their own end"})
    budget_count = fields.Count(min=1, max=100_000_000, allow_none=True)
    budget_money = fields.Money(min=1, allow_none=True)
    per_buyer = fields.Count(min=1, max=1000, allow_none=True)


class TemplateIn(TemplateChangeIn):
    """A new kind of coupon. `fixed` takes `amount` off, `threshold` from `threshold` on; `percentage` takes
    `basis_points` off, `cap` at most, from `threshold` on if given."""

    title = fields.Part(CouponTitleIn, required=True)
    issuing = fields.Choice("issued", "code", required=True)
    code = fields.Code(max=CODE_LENGTH, metadata={"description": "for `code`; small letters are the same as capitals"})
    kind = fields.Choice("fixed", "percentage", "threshold", required=True)
    amount = fields.Money(min=1)
    basis_points = fields.Count(min=1, max=10_000, metadata={"description": "1500 takes 15 % off"})
    cap = fields.Money(min=1)
    threshold = fields.Money(min=1)
    scope = fields.Choice("all", "categories", "skus", load_default="all")
    scope_values = fields.ListOf(fields.Text(100), max=MOST_VALUES, load_default=list)
    stackable = fields.Flag(load_default=False, metadata={"description": "an order takes one that does not stack"})
    first_order = fields.Flag(load_default=False)
    starts_at = fields.Moment(metadata={"description": "now, if left out"})
    valid_days = fields.Count(min=1, max=3660, metadata={"description": "for `issued`: days from when it is given"})


class TemplateOut(fields.Out):
    """A kind of coupon as staff see it."""

    id = fields.Identifier()
    title = fields.Part(CouponTitleIn)
    issuing = fields.Choice("issued", "code")
    code = fields.Text(allow_none=True)
    kind = fields.Choice("fixed", "percentage", "threshold")
    amount = fields.Money()
    basis_points = fields.Count()
    cap = fields.Money(allow_none=True)
    threshold = fields.Money()
    scope = fields.Choice("all", "categories", "skus")
    scope_values = fields.ListOf(fields.Text(100))
    stackable = fields.Flag()
    first_order = fields.Flag()
    claimable = fields.Flag()
    enabled = fields.Flag()
    starts_at = fields.Moment()
    ends_at = fields.Moment(allow_none=True)
    valid_days = fields.Count(allow_none=True)
    budget_count = fields.Count(allow_none=True)
    budget_money = fields.Money(allow_none=True)
    per_buyer = fields.Count(allow_none=True)
    taken = fields.Count(metadata={"description": "given out; of a code: orders that hold it"})
    spent = fields.Money(metadata={"description": "what orders have been given for it"})
    created_at = fields.Moment()


class ShopTemplateOut(fields.Out):
    """A kind of coupon that a buyer may take."""

    id = fields.Identifier()
    title = fields.Part(CouponTitleIn)
    kind = fields.Choice("fixed", "percentage", "threshold")
    amount = fields.Money()
    basis_points = fields.Count()
    cap = fields.Money(allow_none=True)
    threshold = fields.Money()
    scope = fields.Choice("all", "categories", "skus")
    scope_values = fields.ListOf(fields.Text(100))
    stackable = fields.Flag()
    first_order = fields.Flag()
    ends_at = fields.Moment(allow_none=True)
    valid_days = fields.Count(allow_none=True)


class CouponOut(fields.Out):
    """One coupon of a buyer."""

    id = fields.Identifier(attribute="coupon.id")
    status = fields.Choice(*STATUSES)
    starts_at = fields.Moment(attribute="coupon.starts_at")
    ends_at = fields.Moment(attribute="coupon.ends_at", allow_none=True)
    order_id = fields.Identifier(attribute="coupon.order_id", allow_none=True)
    template = fields.Part(ShopTemplateOut)


class IssuedOut(CouponOut):
    """One coupon as staff see it."""

    customer_id = fields.Identifier(attribute="coupon.customer_id")
    source = fields.Choice("staff", "claim", "code", attribute="coupon.source")
    amount = fields.Money(attribute="coupon.amount")
    issued_at = fields.Moment(attribute="coupon.issued_at")
    withdrawn_at = fields.Moment(attribute="coupon.withdrawn_at", allow_none=True)
    withdrawn_by = fields.Text(attribute="coupon.withdrawn_by", allow_none=True)
    withdrawn_because = fields.Text(500, attribute="coupon.withdrawn_because", allow_none=True)


class IssueIn(fields.In):
    """To whom: one coupon each."""

    customer_ids = fields.ListOf(fields.Identifier(), required=True, min=1, max=MOST_AT_ONCE)


class WithdrawIn(fields.In):
    """Why a coupon is taken back; its owner reads it."""

    reason = fields.Text(500, required=True)


class ManyIssuedOut(fields.Out):
    """The coupons that were given."""

    coupons = fields.ListOf(IssuedOut)


class ClaimIn(fields.In):
    """Which kind of coupon the buyer takes."""

    template_id = fields.Identifier(required=True)


class CouponsIn(fields.QueryIn):
    """Which of the buyer's coupons."""

    status = fields.Choice(*STATUSES)


class IssuedIn(fields.QueryIn):
    """Which coupons staff want to see."""

    status = fields.Choice(*STATUSES, "released")
    template_id = fields.Identifier()
    customer_id = fields.Identifier()


class TemplatesIn(fields.QueryIn):
    """Which kinds of coupons staff want to see."""

    issuing = fields.Choice("issued", "code")
    enabled = fields.Flag()
