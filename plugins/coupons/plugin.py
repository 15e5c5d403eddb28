"""Coupons: the table of contents."""

from collections.abc import Sequence
from typing import Any

from core import AdjustmentDraft, Check, EventSpec, JobSpec, MoveView, Option, OrderView, Plugin, Quote, hookimpl
from plugins.coupons import checks, choosing, holding, jobs, routes, withdrawing
from plugins.coupons.settings import Options, Settings

NAME = choosing.NAME
MEND = "Switch the plugin on: its hourly job sets left-over coupons right. What remains was changed by hand."

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Coupons", "zh": "优惠券"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "coupons.read": "see coupons and who has them",
        "coupons.write": "make coupons and give them to customers",
    },
)


@hookimpl
def register_options() -> Option:
    """Which coupons a quote or an order shall use."""
    return Option(Options)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for buyers and for staff."""
    return (routes.shop, routes.admin)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """The hourly sweep."""
    return (JobSpec("sweep", jobs.sweep, every=3600),)


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """What is told of coupons."""
    return (withdrawing.WITHDRAWN,)


@hookimpl
def register_checks() -> Sequence[Check]:
    """Coupons, orders and counts agree."""
    return (
        Check("coupons_beside_their_orders", checks.coupons_beside_their_orders, MEND),
        Check("orders_without_their_coupons", checks.orders_without_their_coupons, MEND),
        Check("first_orders", checks.first_orders_without_a_claim, MEND),
        Check("coupon_counts", checks.counts_beside_their_rows, "Compare the rows of `coupons` with their template."),
    )


@hookimpl
def add_adjustments(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """What the named coupons take off."""
    return choosing.taken_off(quote) if layer == "coupon" else ()


@hookimpl
def during_order_moved(move: MoveView) -> None:
    """Coupons follow their order: locked, used, free again."""
    holding.follow(move)


@hookimpl
def during_revival(order: OrderView) -> None:
    """An expired order lives again only with the coupons it was priced with."""
    holding.take_back(order)
