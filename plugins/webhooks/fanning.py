"""An event becomes deliveries: one for each endpoint that wants it, after those of its thing's earlier events."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from core import Event, add, all_of, current_merchant, db, get, now, settings_of
from plugins.webhooks import endpoints
from plugins.webhooks.models import WebhookDelivery, WebhookEndpoint
from plugins.webhooks.settings import NAME

#: how long before an event its thing's earlier ones are looked for: their own jobs come late, or side by side. Far
#: less than the log is kept, so that nothing that was pruned is told again
LOOK_BACK: Final = timedelta(days=1)


def fan_out(event_id: UUID) -> None:
    """Make the deliveries of an event, and of earlier events of its thing that have none yet. Twice is as once."""
    event = get(Event, current_merchant().id, event_id)
    told = endpoints.catalog()
    if event.name not in told:
        return
    active = all_of(WebhookEndpoint, event.merchant_id, WebhookEndpoint.status == "active")
    if not active:
        return
    events = [one for one in (*_before(event), event) if one.name in told]
    for each in active:
        if any(_is_for(each, one, event) for one in events):
            _tell(endpoints.locked(each.id), events, event)


def make(endpoint: WebhookEndpoint, name: str, *, event: Event | None = None) -> WebhookDelivery:
    """One delivery, due now, of *event*, or of a test. *endpoint* is locked."""
    moment = now()
    return add(
        WebhookDelivery(
            merchant_id=endpoint.merchant_id,
            endpoint_id=endpoint.id,
            event_id=event.id if event else None,
            name=name,
            thing_id=event.about_id if event else None,
            seq=event.seq if event else 0,
            happened_at=event.at if event else moment,
            next_try_at=moment,
            attempts=[],
            created_at=moment,
        )
    )


def room(endpoint: WebhookEndpoint) -> int:
    """How many more deliveries may wait there; the count goes no further than it must."""
    most: int = settings_of(NAME)["most_waiting"]
    waiting = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.merchant_id == endpoint.merchant_id, WebhookDelivery.endpoint_id == endpoint.id)
        .where(WebhookDelivery.status == "waiting")
        .limit(most)
        .subquery()
    )
    return most - (db.session().scalar(select(func.count()).select_from(waiting)) or 0)


def _before(event: Event) -> Iterable[Event]:
    """What happened to the same thing earlier, as far as it may still be told, oldest first."""
    if event.about_id is None:
        return ()
    same = (Event.about_id == event.about_id, Event.seq < event.seq, Event.at >= now() - LOOK_BACK)
    return all_of(Event, event.merchant_id, *same, order_by=Event.seq)


def _is_for(endpoint: WebhookEndpoint, one: Event, heard: Event) -> bool:
    """Whether *endpoint* wants *one*: of the event that was heard, and of those before it since its filters stand."""
    since = endpoint.listening_since if one is heard else max(endpoint.listening_since, endpoint.filtered_since)
    return one.at >= since and endpoints.wants(endpoint.events, one.name)


def _tell(endpoint: WebhookEndpoint, events: Iterable[Event], heard: Event) -> None:
    if endpoint.status != "active":
        return
    ids = [one.id for one in events]
    columns = (WebhookDelivery.merchant_id == endpoint.merchant_id, WebhookDelivery.endpoint_id == endpoint.id)
    query: Any = select(WebhookDelivery.event_id).where(*columns, WebhookDelivery.event_id.in_(ids))
    there = set(db.session().scalars(query))
    new = [one for one in events if one.id not in there and _is_for(endpoint, one, heard)]
    if not new:
        return
    if room(endpoint) < len(new):
        endpoints.disable(endpoint, "full")
        return
    for one in new:
        make(endpoint, one.name, event=one)
    if endpoint.quiet_until is None or endpoint.quiet_until <= now():
        endpoints.wake(endpoint)
