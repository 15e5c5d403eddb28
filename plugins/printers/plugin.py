"""Printers: the table of contents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import JobSpec, Plugin, hookimpl, transaction
from plugins.printers import jobs, printing, routes
from plugins.printers.terms import NAME, NODES

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Printers", "zh": "打印机"},
    api=">=1,<2",
    permissions={
        "printers.read": "see printers and what they printed",
        "printers.write": "add and change printers",
        "printers.print": "print documents of orders again",
    },
)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for staff."""
    return (routes.admin,)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """One try of one print, and the sweep."""
    return (JobSpec("print", jobs.run, limit=60), JobSpec("sweep", jobs.sweep, every=3600))


@hookimpl
def after_order_moved(order_id: UUID, target: str) -> None:
    """What is printed at this node is written down, with a job for each."""
    if target in NODES:
        with transaction():
            printing.order_moved(order_id, target)
