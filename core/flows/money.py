"""Money that has arrived: the fact in one transaction, the order's move in the next."""

from uuid import UUID

from core.contracts.payment_channel import Receipt
from core.current import current_merchant
from core.db import get, refuse_transaction, transaction
from core.models import Payment
from core.services import moves, payments


def receive(order_id: UUID, payment_id: UUID, receipt: Receipt) -> bool:
    """Book *receipt* of an attempt, then let the order move. A repeat changes nothing.

    A raise or a crash in between leaves the rest to the job that the fact has written.

    :returns: whether it was news.
    """
    refuse_transaction()
    with transaction():
        order = moves.lock_order(order_id)
        payment = get(Payment, current_merchant().id, payment_id, lock=True)
        news = payments.record(order, payment, receipt)
    conclude(order_id, payment_id)
    return news


def conclude(order_id: UUID, payment_id: UUID) -> None:
    """Let the order move on money that is booked. May be called twice."""
    refuse_transaction()
    with transaction():
        order = moves.lock_order(order_id)
        payments.conclude(order, get(Payment, current_merchant().id, payment_id, lock=True))
