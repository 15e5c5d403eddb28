"""What presale does by itself: compensations are paid, and once an hour units of orders that are over are freed."""

from uuid import UUID

from core import reading, transaction
from plugins.presale import compensating, refunding


def compensate(order_id: UUID) -> None:
    """Pay what the merchant owes. May be called twice."""
    with transaction():
        compensating.pay(order_id)


def sweep() -> None:
    """Of the current merchant: what moved while the plugin was off is set right."""
    with reading():
        found = refunding.left_over()
    for order_id in found:
        with transaction():
            refunding.recount(order_id)
