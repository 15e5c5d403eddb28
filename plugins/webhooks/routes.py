"""Doors of webhooks: staff say where to tell what, see how it went, and have it told again."""

from typing import Any
from uuid import UUID

from flask import Response

from core import (
    admin_blueprint,
    answer,
    answer_all,
    current_merchant,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    transaction,
)
from plugins.webhooks import client, endpoints, replaying
from plugins.webhooks.models import WebhookDelivery, WebhookEndpoint
from plugins.webhooks.schemas import (
    DeliveriesIn,
    DeliveryOut,
    EndpointChangeIn,
    EndpointIn,
    EndpointOut,
    EventOut,
    EventsOut,
    ReplayIn,
    ReplayOut,
    SecretOut,
)

admin = admin_blueprint("webhooks_admin", __name__, "Webhooks: where events are told, and how that went.")


@admin.get("/events")
@needs("webhooks.read")
@admin.response(200, EventsOut)
def list_events() -> Response:
    """Every event there is to hear of, and what its data means."""
    with reading():
        return answer_all(EventOut, list(endpoints.catalog().values()))


# ---------------------------------------------------------------------------------------------- endpoints
@admin.post("/endpoints")
@needs("webhooks.write")
@admin.arguments(EndpointIn)
@admin.response(201, SecretOut)
@idempotent(secret=True)
def create_endpoint(body: dict[str, Any]) -> Response:
    """Tell a server of events. The answer holds the secret, this once."""
    client.check(body["url"], sandbox=endpoints.is_sandbox())
    with transaction():
        return answer(SecretOut, _with_secret(*endpoints.create(body)), 201)


@admin.get("/endpoints")
@needs("webhooks.read")
@paged
@admin.response(200, EndpointOut(many=True))
def list_endpoints() -> Response:
    """All endpoints, newest first."""
    with reading():
        return page(EndpointOut, WebhookEndpoint)


@admin.get("/endpoints/<uuid:endpoint_id>")
@needs("webhooks.read")
@admin.response(200, EndpointOut)
def show_endpoint(endpoint_id: UUID) -> Response:
    """One endpoint and how it is doing."""
    with reading():
        return answer(EndpointOut, get(WebhookEndpoint, current_merchant().id, endpoint_id))


@admin.post("/endpoints/<uuid:endpoint_id>")
@needs("webhooks.write")
@admin.arguments(EndpointChangeIn)
@admin.response(200, EndpointOut)
def change_endpoint(body: dict[str, Any], endpoint_id: UUID) -> Response:
    """Change its address, description or events. What waits goes to the new address."""
    with reading():
        get(WebhookEndpoint, current_merchant().id, endpoint_id)
    if "url" in body:
        client.check(body["url"], sandbox=endpoints.is_sandbox())
    with transaction():
        return answer(EndpointOut, endpoints.change(endpoint_id, body))


@admin.delete("/endpoints/<uuid:endpoint_id>")
@needs("webhooks.write")
@admin.response(204)
def delete_endpoint(endpoint_id: UUID) -> Response:
    """The endpoint goes, with its log and all that waits for it."""
    with transaction():
        endpoints.delete_whole(endpoint_id)
    return Response(status=204)


@admin.post("/endpoints/<uuid:endpoint_id>/enable")
@needs("webhooks.write")
@admin.response(200, EndpointOut)
def enable_endpoint(endpoint_id: UUID) -> Response:
    """Tell it again, beginning with what is left waiting; what happened while it was off is not told."""
    with transaction():
        return answer(EndpointOut, endpoints.enable(endpoint_id))


@admin.post("/endpoints/<uuid:endpoint_id>/disable")
@needs("webhooks.write")
@admin.response(200, EndpointOut)
def disable_endpoint(endpoint_id: UUID) -> Response:
    """Tell it nothing for now; what waits stays waiting."""
    with transaction():
        return answer(EndpointOut, endpoints.switch_off(endpoint_id))


@admin.post("/endpoints/<uuid:endpoint_id>/rotate")
@needs("webhooks.write")
@admin.response(200, SecretOut)
@idempotent(secret=True)
def rotate_secret(endpoint_id: UUID) -> Response:
    """A new secret, shown this once. The old one signs as well for `overlap_hours`."""
    with transaction():
        return answer(SecretOut, _with_secret(*endpoints.rotate(endpoint_id)))


@admin.post("/endpoints/<uuid:endpoint_id>/test")
@needs("webhooks.write")
@admin.response(202, DeliveryOut)
@idempotent
def test_endpoint(endpoint_id: UUID) -> Response:
    """Send the event `webhooks.test`; the delivery says how it went."""
    with transaction():
        return answer(DeliveryOut, replaying.test(endpoint_id), 202)


@admin.post("/endpoints/<uuid:endpoint_id>/replay")
@needs("webhooks.write")
@admin.arguments(ReplayIn)
@admin.response(202, ReplayOut)
@idempotent
def replay_range(body: dict[str, Any], endpoint_id: UUID) -> Response:
    """Send again, in order, what happened in a time: what arrived and what failed."""
    with transaction():
        return answer(ReplayOut, replaying.replay_range(endpoint_id, body), 202)


# ---------------------------------------------------------------------------------------------- deliveries
@admin.get("/deliveries")
@needs("webhooks.read")
@paged
@admin.arguments(DeliveriesIn, location="query")
@admin.response(200, DeliveryOut(many=True))
def list_deliveries(query: dict[str, Any]) -> Response:
    """The delivery log, newest first."""
    with reading():
        where = (getattr(WebhookDelivery, name) == value for name, value in query.items())
        return page(DeliveryOut, WebhookDelivery, *where)


@admin.get("/deliveries/<uuid:delivery_id>")
@needs("webhooks.read")
@admin.response(200, DeliveryOut)
def show_delivery(delivery_id: UUID) -> Response:
    """One delivery, its tries and what the receiver last said."""
    with reading():
        return answer(DeliveryOut, get(WebhookDelivery, current_merchant().id, delivery_id))


@admin.post("/deliveries/<uuid:delivery_id>/replay")
@needs("webhooks.write")
@admin.response(202, DeliveryOut)
@idempotent
def replay_delivery(delivery_id: UUID) -> Response:
    """Send it again now, with all its tries, under the same webhook-id."""
    with transaction():
        return answer(DeliveryOut, replaying.replay(delivery_id), 202)


def _with_secret(endpoint: WebhookEndpoint, secret: str) -> dict[str, Any]:
    names = EndpointOut().fields
    return {name: getattr(endpoint, name) for name in names} | {"secret": secret}
