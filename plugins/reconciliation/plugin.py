"""Reconciliation: the table of contents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import Check, EventSpec, JobSpec, OrderView, Plugin, Refused, ShipmentDraft, hookimpl
from plugins.reconciliation import checks, differences, jobs, routes
from plugins.reconciliation.settings import Settings

NAME = "reconciliation"

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Reconciliation", "zh": "对账"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "reconciliation.read": "see bills and what differs from our books",
        "reconciliation.write": "have bills compared, and handle differences",
    },
)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Bills at half past ten, and what follows from them."""
    return jobs.JOBS


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Staff look at bills and handle differences."""
    return (routes.admin,)


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """What bills have shown."""
    number = {"finding": "its class", "number": "our number of the payment or refund", "day": "the bill's day"}
    counts = {"day": "the bill's day", "rows": "how many rows it has", "differences": "how many differences it showed"}
    texts = {"en": "The bill of {day} differs: {finding} {number}", "zh": "{day} 账单存在差异：{finding} {number}"}
    return (
        EventSpec("reconciliation.difference", "a bill and our books differ", number, ("merchant", "webhook"), texts),
        EventSpec("reconciliation.done", "a bill has been compared to its end", counts),
    )


@hookimpl
def register_checks() -> Sequence[Check]:
    """Fees and decisions are as they must be; that tenders add up, core checks."""
    return (
        Check(
            "reconciliation_fees",
            checks.fees_not_booked,
            "The lines are as the bills say: post what is missing, and say why in a case.",
        ),
        Check(
            "reconciliation_decisions",
            checks.handled_without_a_word,
            "Ask who handled it, and write down how.",
        ),
    )


@hookimpl
def add_hold_reasons(order: OrderView) -> Sequence[str]:
    """An order whose money is in doubt waits."""
    return [f"{NAME}:{finding}" for finding in differences.holding(order.id)]


@hookimpl
def check_shipment(shipment: ShipmentDraft) -> None:
    """Nothing leaves the house on money that is in doubt."""
    if found := differences.holding(shipment.order.id):
        raise Refused(
            f"The bill of the channel says otherwise about this order ({', '.join(found)}): handle the difference "
            "first, then send.",
            code="reconciliation_doubt",
        )


@hookimpl
def after_refund_settled(refund_part_id: UUID, order_id: UUID) -> None:
    """What waited for this money to go back is settled."""
    jobs.note_refund(refund_part_id, order_id)
