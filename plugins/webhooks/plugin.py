"""Webhooks: the table of contents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import EventSpec, JobSpec, Plugin, hookimpl, transaction
from plugins.webhooks import fanning, jobs, routes
from plugins.webhooks.settings import NAME, Settings

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Webhooks", "zh": "Webhook 推送"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "webhooks.read": "see webhook endpoints and what was told to them",
        "webhooks.write": "make and change webhook endpoints, and have events told again",
    },
)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for staff."""
    return (routes.admin,)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Sending, and what keeps it going and small."""
    return (
        JobSpec("send", jobs.send, limit=jobs.LIMIT),
        JobSpec("sweep", jobs.sweep, every=600),
        JobSpec("prune", jobs.prune, daily_at="03:40", limit=300),
    )


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """An endpoint that is not told any more."""
    return (
        EventSpec(
            "webhooks.endpoint_disabled",
            "Nothing is told to a webhook endpoint any more.",
            {"endpoint_id": "the endpoint", "host": "where it is", "why": "gone (it answered 410), failing or full"},
            ("merchant", "webhook"),
            {
                "en": "The webhook endpoint at {host} was disabled ({why}).",
                "zh": "Webhook 端点 {host} 已停用（{why}）。",
            },
        ),
    )


@hookimpl
def after_event(event_id: UUID) -> None:
    """Something was announced: whoever wants to hear of it will."""
    with transaction():
        fanning.fan_out(event_id)
