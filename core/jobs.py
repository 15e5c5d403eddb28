"""What the worker runs of core's own: the table JOBS, five lines a job; and the rules the queue is given at start."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from uuid import UUID

from flask import Flask

from core import carrier, periodic, plugins, queue
from core.contracts.checkout import JobSpec
from core.contracts.people import MerchantView
from core.db import transaction
from core.flows import close, money, notices, pay, refund, tracking
from core.models.merchant import Merchant
from core.models.record import Job
from core.services import cases, events, idempotency, merchants

#: `<plugin>.after` asks one plugin one `after_` hook, in a job of its own
AFTER = "after"
#: seconds that one answer to an `after_` hook may take
AFTER_LIMIT = 30


def purge() -> None:
    """Forget the answers that no caller will ask for again."""
    with transaction():
        idempotency.purge_idempotency_keys()


def inbox(event_id: UUID) -> None:
    """Put an event into the inboxes of those it is meant for."""
    with transaction():
        events.fill_inbox(event_id)


#: core's jobs by name, as `later` and `soon` call them
JOBS: dict[str, JobSpec] = {
    "core.purge": JobSpec("purge", purge, every=3600),
    "core.inbox": JobSpec("inbox", inbox),
    "core.deadline": JobSpec("deadline", close.ring, tries=20),
    "core.conclude": JobSpec("conclude", money.conclude),
    "core.close_attempts": JobSpec("close_attempts", close.close_attempts, tries=20),
    "core.apply_notice": JobSpec("apply_notice", notices.apply, tries=20),
    "core.follow_parcel": JobSpec("follow_parcel", tracking.follow, tries=20),
    "core.look_at_parcel": JobSpec("look_at_parcel", tracking.look, tries=20),
    "core.query_payment": JobSpec("query_payment", pay.look_up, tries=20),
    "core.send_refund": JobSpec("send_refund", refund.send_refund, tries=20),
    "core.query_refund": JobSpec("query_refund", refund.look_up, tries=20),
    "core.conclude_refund": JobSpec("conclude_refund", refund.conclude),
}


def prepare(app: Flask) -> None:
    """Tell the queue of *app* where jobs are found and who may run; once, at start."""
    url = app.config.get("REDIS_URL")
    rules = queue.Rules(
        find=_find,
        enter=_enter,
        is_on=_is_on,
        wanted=_wanted,
        failed=_failed,
        margin=timedelta(seconds=app.config.get("LEASE_MARGIN", 60)),
        carry=carrier.Carrier(url).carry_or_leave if url else None,
    )
    queue.follow(app, rules)


def _find(name: str) -> JobSpec | None:
    plugin, _, job = name.partition(".")
    if job == AFTER and (plugin == "core" or plugin in plugins.manifests()):
        return JobSpec(AFTER, partial(plugins.call_one, plugin), limit=AFTER_LIMIT)
    return JOBS.get(name) or plugins.jobs().get(name)


def _enter(row: Merchant) -> MerchantView:
    plugins.refresh(row.id, row.plugin_version)
    return merchants.view(row)


def _is_on(plugin: str) -> bool:
    """Channels, and whatever else has things in flight, go on with their jobs when they are switched off."""
    return plugin == "core" or plugins.is_enabled(plugin) or plugins.has_channel(plugin)


def _wanted() -> Mapping[str, JobSpec]:
    on = set(plugins.enabled_names())
    return JOBS | {name: spec for name, spec in plugins.jobs().items() if name.partition(".")[0] in on}


def _failed(job: Job, error: str) -> None:
    # one open case for a job that comes back, one for each of the others
    about = job.name if job.key == periodic.key_of(job.name) else job.id
    cases.open_case(
        "job_failed",
        f"The job {job.name} failed and will not be tried again: {error}"[:500],
        thing_kind="job",
        thing_id=job.id,
        key=f"job_failed:{about}",
        plugin=job.plugin,
        name=job.name,
    )
