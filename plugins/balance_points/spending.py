"""Points at checkout: how many are spent, and what they take off the goods."""

from collections.abc import Sequence

from core import AdjustmentDraft, Invalid, Quote, settings_of
from plugins.balance_points import accounts
from plugins.balance_points.accounts import points_of
from plugins.balance_points.points import cost, worth
from plugins.balance_points.terms import NAME, POINTS, RECHARGE


def drafts(quote: Quote) -> Sequence[AdjustmentDraft]:
    """What the buyer's points take off the goods of *quote*, if they want to spend any; never off the freight.

    :raises Invalid: fewer points than may be spent, or no whole steps of them.
    :raises Refused: more points than there are.
    """
    wish = quote.options.get(NAME) or {}
    if quote.kind == RECHARGE or not ("points" in wish or wish.get("max")):
        return ()
    rules = settings_of(NAME)
    there = max(accounts.available(points_of(quote.customer_id)), 0)
    if "points" in wish:
        _check(wish["points"], rules["points_step"], rules["points_min"])
        if wish["points"] > there:
            raise accounts.not_enough(points_of(quote.customer_id), wish["points"])
    most = quote.goods_left * rules["points_cap"] // 100
    points = min(wish.get("points", there), there, cost(most, rules["points_rate"]))
    points -= points % rules["points_step"]
    value = min(worth(points, rules["points_rate"]), most)
    if points < rules["points_min"] or value < 1:
        return ()
    charged = cost(value, rules["points_rate"])
    given = {"points": charged, "value": value}
    return (AdjustmentDraft("Points", -value, ref=str(charged), tender=POINTS, given=given),)


def _check(points: int, step: int, least: int) -> None:
    pointer = f"/options/{NAME}/points"
    if points < least:
        raise Invalid.field(pointer, f"{least} points are the fewest that can be spent.", "too_few_points")
    if points % step:
        raise Invalid.field(pointer, f"Points are spent in steps of {step}.", "points_step")
