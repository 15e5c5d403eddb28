"""Notifications: the table of contents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import JobSpec, Notifier, Plugin, hookimpl, transaction
from plugins.notifications import jobs, routes, telling
from plugins.notifications.gateway.notifier import Gateway
from plugins.notifications.mail.notifier import Mail
from plugins.notifications.settings import SECRET, Settings, check
from plugins.notifications.terms import NAME
from plugins.notifications.wechat.notifier import WechatTemplate

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Notifications", "zh": "消息通知"},
    api=">=1,<2",
    settings=Settings,
    secret=SECRET,
    check=check,
    permissions={
        "notifications.read": "see what people are told and what became of it",
        "notifications.write": "write what people are told, and try it out",
        "notifications.retry": "send again what was not delivered",
    },
)


@hookimpl
def register_notifiers() -> Sequence[Notifier]:
    """E-mail by SMTP, text messages by a gateway, WeChat template messages."""
    return (Mail(), Gateway(), WechatTemplate())


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for buyers and for staff."""
    return (routes.shop, routes.admin)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """One try of one delivery; the sweep; the forgetting."""
    return (
        JobSpec("deliver", jobs.deliver, limit=120),
        JobSpec("sweep", jobs.sweep, every=3600),
        JobSpec("prune", jobs.prune, daily_at="04:10", limit=300),
    )


@hookimpl
def after_event(event_id: UUID) -> None:
    """Who is to be told, is written down, with a job for each."""
    with transaction():
        telling.tell(event_id)
