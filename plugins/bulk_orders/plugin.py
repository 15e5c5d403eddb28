"""Bulk work on orders: the table of contents."""

from collections.abc import Sequence
from typing import Any

from core import Check, EventSpec, JobSpec, Plugin, hookimpl
from plugins.bulk_orders import checks, jobs, routes
from plugins.bulk_orders.settings import Settings
from plugins.bulk_orders.terms import NAME

PLUGIN = Plugin(name=NAME, title={"en": "Bulk work on orders", "zh": "批量处理订单"}, api=">=1,<2", settings=Settings)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for staff."""
    return (routes.admin,)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """A batch, part after part; and the look for batches that were left behind."""
    return jobs.JOBS


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """A batch is done."""
    told = {
        "batch_id": "which",
        "kind": "ship, close or remark",
        "rows": "how many rows it has",
        "done": "how many were done",
        "failed": "how many were refused",
    }
    texts = {
        "en": "A batch ({kind}) is done: {done} of {rows} rows, {failed} refused",
        "zh": "批量任务（{kind}）完成：共 {rows} 行，成功 {done}，失败 {failed}",
    }
    return (
        EventSpec(f"{NAME}.done", "a batch has been gone through to its end", told, ("merchant", "webhook"), texts),
    )


@hookimpl
def register_checks() -> Sequence[Check]:
    """What rows say is so."""
    return (
        Check(f"{NAME}_parcels", checks.parcels, "Look at the order's log: was the parcel sent, and by which row?"),
        Check(f"{NAME}_counts", checks.counts, "Rows were added or lost by hand: compare with the file."),
        Check(f"{NAME}_ends", checks.ends, "Commit the batch once more: what is ready is done, and it ends."),
    )
