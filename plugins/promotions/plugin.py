"""Promotions: the table of contents."""

from collections.abc import Sequence
from typing import Any

from core import AdjustmentDraft, Plugin, Quote, hookimpl
from plugins.promotions import routes, rules

NAME = rules.NAME

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Promotions", "zh": "促销活动"},
    api=">=1,<2",
    permissions={
        "promotions.read": "see promotions and members",
        "promotions.write": "make promotions and name members",
    },
)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for buyers and for staff."""
    return (routes.shop, routes.admin)


@hookimpl
def add_adjustments(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """What is taken off by itself: member prices, promotions, the freight."""
    return rules.taken_off(quote, layer)
