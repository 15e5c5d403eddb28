"""What the houses of the village have of notifications, and right bodies for its addresses."""

from typing import Any
from uuid import UUID

from core import clock
from core.db import add, all_of, transaction
from core.models import Event
from plugins.notifications.models import NotificationDelivery


def text(house: Any) -> dict[str, Any]:
    """The merchant's own words."""
    place = {"event": "order.paid", "audience": "buyer", "channel": "email", "language": "zh", "enabled": True}
    provider = {"provider_template": "TPL-1", "provider_values": {"thing1": "{number}"}}
    return {**place, "subject": "Paid: {number}", "body": "{total}", **provider}


def trial(house: Any) -> dict[str, Any]:
    """A text for an address."""
    return {"template_id": house.things["templates/text_id"], "to": "olga@acme.example"}


def furnish(house: Any, api: Any) -> dict[str, str]:
    """A text, and a delivery that failed: nobody in the village sends anything."""
    body = {**text(house), "subject": house.canary, "body": house.canary}
    row = api.post("notifications/templates", body)["id"]
    with house.app.app_context(), transaction():
        event = all_of(Event, house.merchant.id)[0]
        told = NotificationDelivery(
            merchant_id=house.merchant.id, event_id=event.id, event=event.name, audience="buyer", channel="email",
            language="zh", customer_id=UUID(house.mei.id), address_hash="0" * 64,
            address=f"{house.canary}@acme.example", subject=house.canary, body=house.canary, provider_values={},
            status="failed", result=house.canary, created_at=clock.now(),
        )  # fmt: skip
        return {"templates/text_id": row, "deliveries/notified_id": str(add(told).id)}
