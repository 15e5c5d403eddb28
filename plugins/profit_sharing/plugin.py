"""Profit sharing: the table of contents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import Check, JobSpec, MoveView, OrderView, Plugin, hookimpl, soon
from plugins.profit_sharing import checks, jobs, returning, routes, rules
from plugins.profit_sharing.settings import Settings

NAME = "profit_sharing"

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Profit sharing", "zh": "分账"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "profit_sharing.read": "see who gets what of paid orders",
        "profit_sharing.write": "say who gets what of paid orders",
    },
)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Splitting, giving back, and a look at everything once a day."""
    return jobs.JOBS


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Staff write rules and see what was split."""
    return (routes.admin,)


@hookimpl
def register_checks() -> Sequence[Check]:
    """Shares, books and returns agree, and nothing is held for ever."""
    return checks.CHECKS


@hookimpl
def choose_split(order: OrderView, channel: str) -> bool | None:
    """The money of an order that somebody has a part in is held until it is split; what fills an account is no sale."""
    return True if order.kind != "recharge" and rules.in_force(order.store_id) else None


@hookimpl
def after_payment_settled(payment_id: UUID, order_id: UUID) -> None:
    """What its channel holds is written down."""
    jobs.paid(payment_id, order_id)


@hookimpl
def during_order_moved(move: MoveView) -> None:
    """A completed order is split when its time has come."""
    if move.target == "completed" and move.source != "completed":
        soon(f"{NAME}.split", key=jobs.split_key(move.order.id), order_id=move.order.id)


@hookimpl
def add_refund_waits(order: OrderView, refund_part_id: UUID, payment_id: UUID, amount: int) -> Sequence[str]:
    """Split money comes back before the buyer is refunded."""
    return returning.waits(payment_id)
