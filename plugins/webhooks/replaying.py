"""Telling once more: a test, one delivery, or all of a time."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from core import Refused, current_merchant, db, get, now
from plugins.webhooks import endpoints, fanning
from plugins.webhooks.models import TEST, WebhookDelivery, WebhookEndpoint

#: deliveries that one request replays
MOST: Final = 1000


def test(endpoint_id: UUID) -> WebhookDelivery:
    """Send a made-up event, to see whether it arrives.

    :raises Refused: the endpoint is not active, or too much waits there.
    """
    endpoint = _ready(endpoint_id, 1)
    endpoints.wake(endpoint)
    return fanning.make(endpoint, TEST)


def replay(delivery_id: UUID) -> WebhookDelivery:
    """Send it again, with all its tries; one that is waiting is due now.

    :raises Refused: the endpoint is not active, or too much waits there.
    """
    merchant_id = current_merchant().id
    endpoint = _ready(get(WebhookDelivery, merchant_id, delivery_id).endpoint_id, 1)
    delivery = get(WebhookDelivery, merchant_id, delivery_id, lock=True)
    _again(delivery)
    endpoints.wake(endpoint)
    return delivery


def replay_range(endpoint_id: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    """Send again what happened in a time and is not waiting, in order: MOST at once, and whether there is more.

    :raises Refused: the endpoint is not active, or too much would wait there.
    """
    endpoint, table = _ready(endpoint_id, 1), WebhookDelivery
    query = select(table).where(table.merchant_id == endpoint.merchant_id, table.endpoint_id == endpoint.id)
    query = query.where(table.happened_at >= body["since"])
    if "until" in body:
        query = query.where(table.happened_at < body["until"])
    query = query.where(table.status.in_((body["status"],) if "status" in body else ("delivered", "failed")))
    rows = list(db.session().scalars(query.order_by(table.happened_at, table.id).limit(MOST + 1).with_for_update()))
    chosen = rows[:MOST]
    _require_room(endpoint, len(chosen))
    for row in chosen:
        _again(row)
    if chosen:
        endpoints.wake(endpoint)
    more = rows[MOST].happened_at if len(rows) > MOST else None
    return {"replayed": len(chosen), "go_on_since": more}


def _ready(endpoint_id: UUID, many: int) -> WebhookEndpoint:
    endpoint = endpoints.locked(endpoint_id)
    if endpoint.status != "active":
        raise Refused(f"The endpoint is {endpoint.status}: enable it first.", code="endpoint_not_active")
    _require_room(endpoint, many)
    endpoint.quiet_until = None  # a person wants to know now
    return endpoint


def _require_room(endpoint: WebhookEndpoint, many: int) -> None:
    room = fanning.room(endpoint)
    if room < many:
        raise Refused(f"{many} more would wait there, {room} may: replay less.", code="too_many_waiting")


def _again(delivery: WebhookDelivery) -> None:
    if delivery.status == "waiting" and (delivery.busy_until or now()) > now():
        return  # it is on its way
    delivery.status, delivery.tries, delivery.next_try_at = "waiting", 0, now()
    delivery.busy_until = delivery.delivered_at = None
