"""What customers do not want: one row for each way they opted out of."""

from uuid import UUID

from core import Customer, add, all_of, current_merchant, db, flush, get, now
from plugins.notifications.models import NotificationOptOut
from plugins.notifications.terms import CHANNELS


def of_customer(customer_id: UUID) -> list[dict[str, object]]:
    """Channel by channel, whether the customer wants it."""
    rows = all_of(NotificationOptOut, current_merchant().id, NotificationOptOut.customer_id == customer_id)
    unwanted = {row.channel for row in rows}
    return [{"channel": channel, "wanted": channel not in unwanted} for channel in CHANNELS]


def wish(customer_id: UUID, channel: str, wanted: bool) -> None:
    """The customer wants to be told this way, or does not. What must be told is told all the same."""
    merchant_id = current_merchant().id
    # two wishes of one customer wait for each other
    get(Customer, merchant_id, customer_id, lock=True)
    mine = (NotificationOptOut.customer_id == customer_id, NotificationOptOut.channel == channel)
    rows = all_of(NotificationOptOut, merchant_id, *mine)
    if wanted:
        for row in rows:
            db.session().delete(row)
    elif not rows:
        add(NotificationOptOut(merchant_id=merchant_id, customer_id=customer_id, channel=channel, since=now()))
    flush()
