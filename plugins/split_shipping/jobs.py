"""The time of one sub-shipment is up; and every five minutes, what nobody told us is set right."""

from uuid import UUID

from core import lock_order, reading, transaction
from plugins.split_shipping import confirming


def confirm(order_id: UUID, shipment_id: UUID) -> None:
    """Look again under the lock, and let it count as received. May be called twice."""
    with transaction():
        confirming.confirm(lock_order(order_id), shipment_id)


def sweep() -> None:
    """Of the current merchant: what moved, rang or ran on while the plugin was off, and tickets that ended."""
    with reading():
        found = confirming.left_alone()
    for order_id, shipment_id in found:
        with transaction():
            order = lock_order(order_id)
            confirming.run_on(order)
            confirming.confirm(order, shipment_id)
