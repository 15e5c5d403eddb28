"""What the worker runs: one try of one delivery, the hourly look for what was left behind, the daily forgetting."""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from core import Sent, current_merchant, db, now, settings_of, soon, transaction
from plugins.notifications import sending
from plugins.notifications.models import NotificationDelivery
from plugins.notifications.terms import AWAY, NAME, STALE, masked

log = logging.getLogger("merx.notifications")
#: rows looked at in one transaction
SLICE = 200


def deliver(delivery_id: UUID) -> None:
    """One try: what is about to be done is written, done with no transaction open, and its end is written."""
    with transaction():
        errand = sending.take(delivery_id)
    if errand is None:
        return
    try:
        sent = errand.notifier.send(errand.settings, errand.notification)
    except Exception as trouble:
        # a notifier that breaks its promise may have sent all the same
        log.exception("notifier %s raised", errand.notifier.name)
        sent = Sent("unsure", f"{errand.notifier.name} failed: {type(trouble).__name__}")
    with transaction():
        sending.end(errand, sent)


def sweep() -> None:
    """What waits and has no job (the plugin was off meanwhile) gets one; what is too old is given up."""
    merchant_id = current_merchant().id
    table = NotificationDelivery
    with transaction():
        due = (table.next_at.is_(None)) | (table.next_at < now() - AWAY)
        query = select(table).where(table.merchant_id == merchant_id, table.status.in_(("waiting", "sending")), due)
        for row in db.session().scalars(query.order_by(table.id).limit(SLICE)):
            if now() - row.created_at > STALE:
                row.status, row.result, row.next_at = "failed", "too late to be of use", None
            elif row.status == "waiting" or (row.tried_at or row.created_at) < now() - AWAY:
                soon("notifications.deliver", delivery_id=row.id)


def prune() -> None:
    """Forget addresses and words of deliveries that are old; that somebody was told stays."""
    merchant_id = current_merchant().id
    table = NotificationDelivery
    before = now() - timedelta(days=settings_of(NAME)["keep_days"])
    while True:
        with transaction():
            old = (table.pruned.is_(False), table.created_at < before)
            query = select(table).where(table.merchant_id == merchant_id, *old)
            rows = list(db.session().scalars(query.order_by(table.created_at).limit(SLICE)))
            for row in rows:
                row.address, row.pruned = masked(row.address), True
                row.subject, row.body, row.provider_values = None, None, {}
        if len(rows) < SLICE:
            return
