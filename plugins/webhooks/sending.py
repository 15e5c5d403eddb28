"""One delivery after the other: which is next, what is sent, what its outcome means, and when the next try is due."""

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from core import Event, as_text, current_merchant, db, find, get, later, now, open_case, settings_of
from plugins.webhooks import endpoints, signature
from plugins.webhooks.client import Outcome
from plugins.webhooks.models import WebhookDelivery, WebhookEndpoint
from plugins.webhooks.settings import NAME

#: seconds from a failed try to the next: three days in all
SCHEDULE: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
TRIES: Final = len(SCHEDULE) + 1
#: seconds that whoever took a delivery has it for themselves
BUSY: Final = 60
#: while nobody answers, one delivery is tried at least so often
PROBE: Final = 1800
#: tries whose outcome is kept
SHOWN: Final = 20


@dataclass(frozen=True)
class Parcel:
    """One try, ready to go. *turn* is its number: an outcome of an older one changes nothing."""

    delivery_id: UUID
    turn: int
    url: str
    headers: dict[str, str]
    body: bytes


def take(endpoint_id: UUID) -> Parcel | None:
    """The next delivery that is due, taken; None = there is none now.

    The try is counted, and its failure noted, before it is made: whoever dies over it leaves a failed try behind.
    """
    endpoint, moment = endpoints.locked_if_there(endpoint_id), now()
    if endpoint is None or endpoint.status != "active":
        return None
    if (endpoint.quiet_until or moment) > moment:
        return None
    delivery = db.session().scalar(_next(endpoint, moment))
    if delivery is None:
        return None
    delivery.tries += 1
    delivery.busy_until = moment + timedelta(seconds=BUSY)
    delivery.next_try_at = moment + timedelta(seconds=max(BUSY, _pause(delivery.tries)))
    if endpoint.down:
        endpoint.quiet_until = delivery.busy_until
    body = _body(endpoint, delivery)
    headers = signature.headers(delivery.message_id, moment, body, endpoints.keys(endpoint))
    return Parcel(delivery.id, delivery.tries, endpoint.url, headers, body)


def note(endpoint_id: UUID, parcel: Parcel, outcome: Outcome) -> None:
    """What became of a try. Whatever was deleted, replayed or taken by another meanwhile stays as it is."""
    endpoint = endpoints.locked_if_there(endpoint_id)
    if endpoint is None or find(WebhookDelivery, endpoint.merchant_id, parcel.delivery_id) is None:
        return
    delivery = get(WebhookDelivery, endpoint.merchant_id, parcel.delivery_id, lock=True)
    if delivery.status != "waiting" or delivery.tries != parcel.turn:
        return
    told = {"status": outcome.status, "ms": outcome.ms, "error": outcome.error}
    tried = {"at": as_text(now()), **told}
    delivery.attempts = [*delivery.attempts, tried][-SHOWN:]
    delivery.answer, delivery.busy_until = outcome.answer, None
    if outcome.is_good:
        _arrived(endpoint, delivery)
    else:
        _not_arrived(endpoint, delivery, outcome)


def arm(endpoint_id: UUID) -> None:
    """Come back when the next delivery of the endpoint is due."""
    endpoint = endpoints.locked_if_there(endpoint_id)
    if endpoint is None or endpoint.status != "active":
        return
    due = db.session().scalar(_heads(endpoint, func.min(WebhookDelivery.next_try_at)))
    if due is None:
        return
    due = max(due, endpoint.quiet_until or due, now())
    later("webhooks.send", due, key=endpoints.job_key(endpoint.id), endpoint_id=endpoint.id)


# ------------------------------------------------------------------------------------------------ what is next
def _next(endpoint: WebhookEndpoint, moment: datetime) -> Any:
    due = WebhookDelivery.next_try_at <= moment
    order = (WebhookDelivery.next_try_at, WebhookDelivery.id)
    return _heads(endpoint, WebhookDelivery).where(due).order_by(*order).limit(1)


def _heads(endpoint: WebhookEndpoint, what: Any) -> Any:
    """*what* of the deliveries that wait for nothing but their time: the first of each thing."""
    table, earlier = WebhookDelivery, aliased(WebhookDelivery)
    before = select(earlier.id).where(
        and_(earlier.merchant_id == table.merchant_id, earlier.endpoint_id == table.endpoint_id),
        and_(earlier.thing_id == table.thing_id, earlier.seq < table.seq, earlier.status == "waiting"),
    )
    mine = (table.merchant_id == endpoint.merchant_id, table.endpoint_id == endpoint.id, table.status == "waiting")
    return select(what).where(*mine, or_(table.thing_id.is_(None), ~before.exists()))


def _body(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> bytes:
    at = as_text(delivery.happened_at)
    whole: dict[str, Any] = {"type": delivery.name, "timestamp": at, "merchant": current_merchant().code}
    if delivery.event_id is None:
        whole |= {"data": {"endpoint_id": str(endpoint.id)}, "about": None}
    else:
        event = get(Event, delivery.merchant_id, delivery.event_id)
        thing = {"kind": event.about_kind, "id": str(event.about_id) if event.about_id else None, "seq": event.seq}
        whole |= {"data": event.data, "about": thing}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


# ------------------------------------------------------------------------------------------------ what it means
def _arrived(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    delivery.status, delivery.next_try_at, delivery.delivered_at = "delivered", None, now()
    was_down = endpoint.down > 0
    endpoint.delivered_at, endpoint.failing_since, endpoint.quiet_until, endpoint.down = now(), None, None, 0
    if was_down:
        endpoints.bring_forward(endpoint)


def _not_arrived(endpoint: WebhookEndpoint, delivery: WebhookDelivery, outcome: Outcome) -> None:
    moment = now()
    asked = outcome.retry_after or 0
    delivery.next_try_at = moment + timedelta(seconds=max(_pause(delivery.tries), asked))
    endpoint.failing_since = endpoint.failing_since or moment
    if outcome.nobody_there:
        endpoint.down += 1
        pause = min(SCHEDULE[min(endpoint.down, len(SCHEDULE)) - 1], PROBE)
        endpoint.quiet_until = moment + timedelta(seconds=max(pause, asked))
    else:
        endpoint.down, endpoint.quiet_until = 0, None
    if outcome.status == 410:
        endpoints.disable(endpoint, "gone")
    elif moment - endpoint.failing_since >= timedelta(days=settings_of(NAME)["disable_after_days"]):
        endpoints.disable(endpoint, "failing")
    elif delivery.tries >= TRIES:
        _give_up(endpoint, delivery)


def _give_up(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    delivery.status, delivery.next_try_at = "failed", None
    open_case(
        "webhook_given_up",
        f"{delivery.name} could not be told to a webhook endpoint in {TRIES} tries: see its log, and replay it.",
        thing_kind="webhook_endpoint",
        thing_id=endpoint.id,
        key=f"webhook_given_up:{endpoint.id}",
        delivery_id=str(delivery.id),
    )


def _pause(tries: int) -> int:
    """Seconds until the try after *tries* failed ones, up to a tenth more: not all at the same moment."""
    seconds = SCHEDULE[min(tries, len(SCHEDULE)) - 1]
    return seconds + random.randrange(seconds // 10 + 1)
