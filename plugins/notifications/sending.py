"""A delivery's life: waiting, sending, then sent, failed or unsure; every try is counted, and none is made twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import (
    Notification,
    Notifier,
    Refused,
    Sent,
    current_merchant,
    get,
    later,
    notifiers,
    now,
    open_case,
    resolve_key,
    settings_of,
    soon,
)
from plugins.notifications.models import NotificationDelivery
from plugins.notifications.terms import AWAY, CASE, PAUSES, WAYS, masked


@dataclass(frozen=True)
class Errand:
    """One try: what to send, by whom, with which settings."""

    delivery_id: UUID
    attempt: int
    notifier: Notifier
    settings: Mapping[str, Any]
    notification: Notification


def take(delivery_id: UUID) -> Errand | None:
    """Begin a try, and write so before it is made; None = there is nothing to do (now)."""
    row = get(NotificationDelivery, current_merchant().id, delivery_id, lock=True)
    found = notifier_of(row.channel)
    if row.status == "sending":
        _find_lost(row, found[1] if found else None)
    if row.status != "waiting":
        return None
    if row.next_at is not None and row.next_at > now():
        # a repeated job came early; the one of the pause will come
        return None
    row.tries += 1
    row.round_tries += 1
    row.tried_at = now()
    if found is None:
        settle(row, Sent("later", f"{WAYS[row.channel]} are not set up any more"), repeats=True)
        return None
    row.status = "sending"
    notification = Notification(
        id=row.id,
        to=row.address,
        subject=row.subject or "",
        text=row.body or "",
        language=row.language,
        template=row.provider_template,
        values=row.provider_values,
    )
    plugin, notifier = found
    return Errand(row.id, row.tries, notifier, settings_of(plugin), notification)


def end(errand: Errand, sent: Sent) -> None:
    """Write down what became of the try, if nobody has given it up meanwhile."""
    row = get(NotificationDelivery, current_merchant().id, errand.delivery_id, lock=True)
    if row.status == "sending" and row.tries == errand.attempt:
        settle(row, sent, repeats=errand.notifier.repeats)


def settle(row: NotificationDelivery, sent: Sent, *, repeats: bool) -> None:
    """What the try came to: the end, or another one after a pause."""
    # what others said may quote the address
    why = (sent.why or "").replace(row.address, masked(row.address))[:500] or None
    row.result, row.reference, row.next_at = why, sent.reference, None
    if sent.outcome == "sent":
        row.status, row.sent_at = "sent", now()
        resolve_key(_key(row), "It works again: a delivery went through.")
    elif sent.outcome == "failed" or (sent.outcome == "unsure" and not repeats):
        row.status = sent.outcome
    elif row.round_tries <= len(PAUSES):
        row.status, row.next_at = "waiting", now() + PAUSES[row.round_tries - 1]
        later("notifications.deliver", row.next_at, delivery_id=row.id)
    else:
        row.status = "failed"
        _tell_stuck(row)


def again(delivery_id: UUID) -> NotificationDelivery:
    """Staff want it sent once more.

    :raises Refused: it is on its way, was sent, or its words are forgotten.
    """
    row = get(NotificationDelivery, current_merchant().id, delivery_id, lock=True)
    if row.status not in ("failed", "unsure"):
        raise Refused(f"The delivery is {row.status}: only a failed or unsure one is sent again.", code="not_failed")
    if row.pruned:
        raise Refused("Its address and words are forgotten: it is too old to be sent again.", code="pruned")
    row.status, row.round_tries, row.next_at = "waiting", 0, now()
    soon("notifications.deliver", delivery_id=row.id)
    return row


def notifier_of(channel: str) -> tuple[str, Notifier] | None:
    """(plugin, notifier) of the one that is used for *channel*: the first that is ready."""
    for plugin, one in notifiers():
        if one.channel == channel and one.is_ready(settings_of(plugin)):
            return plugin, one
    return None


def _find_lost(row: NotificationDelivery, notifier: Notifier | None) -> None:
    """A try that nobody ended: somebody is at it right now, or its worker died in the middle."""
    over: datetime = (row.tried_at or row.created_at) + AWAY
    if over > now():
        later("notifications.deliver", over, delivery_id=row.id)
        return
    lost = Sent("unsure", "the worker died while it was sent")
    settle(row, lost, repeats=notifier is not None and notifier.repeats)


def _tell_stuck(row: NotificationDelivery) -> None:
    way = WAYS[row.channel]
    open_case(
        CASE,
        f"{way} could not be sent: {row.result}. Look at the settings of notifications, then send the failed "
        "deliveries again.",
        thing_kind="notification_delivery",
        thing_id=row.id,
        key=_key(row),
        order_id=row.order_id,
        channel=row.channel,
    )


def _key(row: NotificationDelivery) -> str:
    # one trouble of a channel is one case, however many deliveries it stops
    return f"notifications:{row.channel}"
