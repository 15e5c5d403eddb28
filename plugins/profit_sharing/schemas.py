"""Rules and splits on the wire."""

from core import fields
from plugins.profit_sharing.terms import KINDS, RETURN_STATUSES, STATUSES


class SplitRuleChangeIn(fields.In):
    """What shall change of a rule; what is left out stays."""

    name = fields.Text(200, allow_none=True, metadata={"description": "a merchant's full name, as it is registered"})
    basis_points = fields.Count(min=1, max=10_000, metadata={"description": "1500: 15 % of what is paid less the fee"})
    store = fields.Code(allow_none=True, metadata={"description": "for orders of this store only"})
    priority = fields.Count(max=1000, metadata={"description": "of several rules for one receiver the highest counts"})
    enabled = fields.Flag()


class SplitRuleIn(SplitRuleChangeIn):
    """A receiver and its part: a `merchant` by its merchant number, a `person` by the openid of the paying app."""

    kind = fields.Choice(*KINDS, required=True)
    account = fields.Text(64, required=True)
    basis_points = fields.Count(
        min=1, max=10_000, required=True, metadata={"description": "1500: 15 % of what is paid less the fee"}
    )


class SplitRuleOut(fields.Out):
    """A rule."""

    id = fields.Identifier()
    kind = fields.Choice(*KINDS)
    account = fields.Text(64)
    name = fields.Text(allow_none=True)
    basis_points = fields.Count()
    store = fields.Text(allow_none=True)
    priority = fields.Count()
    enabled = fields.Flag()
    created_at = fields.Moment()


class SplitReturnOut(fields.Out):
    """So much of a part on its way back before a refund."""

    number = fields.Text()
    amount = fields.Money()
    status = fields.Choice(*RETURN_STATUSES)
    failure = fields.Text(500, allow_none=True)
    created_at = fields.Moment()
    done_at = fields.Moment(allow_none=True)


class SplitOut(fields.Out):
    """What one receiver gets."""

    kind = fields.Choice(*KINDS)
    account = fields.Text(64)
    basis_points = fields.Count()
    amount = fields.Money()
    returned = fields.Money()
    status = fields.Choice("planned", "pending", "done", "failed")
    reference = fields.Text(allow_none=True)
    failure = fields.Text(500, allow_none=True)
    done_at = fields.Moment(allow_none=True)
    returns = fields.ListOf(SplitReturnOut)


class ShareOut(fields.Out):
    """One payment that is split: `base` was left of it, without `fee`; `amount` is what all receivers get of it."""

    id = fields.Identifier()
    order = fields.Text()
    payment_id = fields.Identifier()
    number = fields.Text()
    status = fields.Choice(*STATUSES)
    base = fields.Money()
    fee = fields.Money()
    cap = fields.Money()
    amount = fields.Money()
    tries = fields.Count()
    failure = fields.Text(500, allow_none=True)
    paid_at = fields.Moment()
    ended_at = fields.Moment(allow_none=True)
    splits = fields.ListOf(SplitOut)


class SharesQuery(fields.QueryIn):
    """Which shares."""

    order = fields.Text(40)
    status = fields.Choice(*STATUSES)


class SplitRulesQuery(fields.QueryIn):
    """Which rules."""

    kind = fields.Choice(*KINDS)
    enabled = fields.Flag()
