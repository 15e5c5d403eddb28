"""What the worker runs: sending to one endpoint, waking those that were forgotten, and pruning the log."""

import time
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from core import all_of, current_merchant, db, now, settings_of, transaction
from plugins.webhooks import client, endpoints, sending
from plugins.webhooks.models import WebhookDelivery, WebhookEndpoint
from plugins.webhooks.settings import NAME

#: seconds after which a run of `send` begins no further delivery, so that it ends within LIMIT
BUDGET: Final = 10.0
#: seconds that one run of `send` may take: a look-up, a handshake and an answer that are all slow
LIMIT: Final = 60
#: rows deleted at once
BATCH: Final = 1000


def send(endpoint_id: UUID) -> None:
    """Send what is due to one endpoint for a while, then come back when more is."""
    began, sandbox = time.monotonic(), endpoints.is_sandbox()
    while time.monotonic() - began < BUDGET:
        with transaction():
            parcel = sending.take(endpoint_id)
        if parcel is None:
            break
        outcome = client.deliver(parcel.url, parcel.headers, parcel.body, sandbox=sandbox)
        with transaction():
            sending.note(endpoint_id, parcel, outcome)
    with transaction():
        sending.arm(endpoint_id)


def sweep() -> None:
    """Arm every active endpoint that has something to send: a job is lost when the plugin is off for a while."""
    with transaction():
        ids = [one.id for one in all_of(WebhookEndpoint, current_merchant().id, WebhookEndpoint.status == "active")]
    for endpoint_id in ids:
        with transaction():
            sending.arm(endpoint_id)


def prune() -> None:
    """Forget deliveries that are too old, and secrets that sign no more."""
    merchant_id, table = current_merchant().id, WebhookDelivery
    with transaction():
        cut = now() - timedelta(days=settings_of(NAME)["keep_days"])
        for endpoint in all_of(WebhookEndpoint, merchant_id, WebhookEndpoint.previous_until <= now()):
            endpoint.previous_secret = endpoint.previous_until = None
    gone = BATCH
    while gone == BATCH:
        with transaction():
            old = select(table.id).where(table.merchant_id == merchant_id, table.created_at < cut).limit(BATCH)
            ids = list(db.session().scalars(old))
            done: Any = db.session().execute(
                delete(table)
                .where(table.merchant_id == merchant_id, table.id.in_(ids))
                .execution_options(synchronize_session=False)
            )
            gone = done.rowcount
