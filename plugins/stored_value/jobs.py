"""What comes back every night: cards expire, owners are reminded, and orders are looked at that nobody heard of."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import or_, select

from core import Order, current_merchant, db, lock_order, reading, transaction
from plugins.stored_value import expiry, handover
from plugins.stored_value.models import StoredValueCard, StoredValueSale
from plugins.stored_value.terms import ENTRY

#: cards of one reading
BATCH = 200


def expire() -> None:
    """Let what is due expire; each card in a transaction of its own, so that one in trouble stops no other."""
    _each(expiry.soon_due, expiry.remind)
    _each(expiry.due, expiry.expire)


def follow_orders() -> None:
    """Orders that moved, or whose refund was withdrawn, while the plugin was off get the cards they should have."""
    with reading():
        orders = _to_look_at()
    for order_id in orders:
        with transaction():
            order = lock_order(order_id)
            handover.follow(order.id, order.number, order.state)


def _each(find: Callable[[int], list[UUID]], do: Callable[[UUID], None]) -> None:
    done: set[UUID] = set()
    while True:
        with reading():
            found = [card_id for card_id in find(BATCH) if card_id not in done]
        if not found:
            return
        for card_id in found:
            with transaction():
                do(card_id)
        done.update(found)


def _to_look_at() -> list[UUID]:
    """Completed orders without their cards, and those with a card that was taken back."""
    sale, card = StoredValueSale, StoredValueCard
    here = current_merchant().id
    back = select(card.sale_id).where(card.merchant_id == here, card.status == "returned")
    query = (
        select(Order.id)
        .join(sale, (sale.merchant_id == Order.merchant_id) & (sale.order_id == Order.id))
        .where(sale.merchant_id == here, Order.merchant_id == here, Order.entry == ENTRY)
        .where(or_(sale.issued_at.is_(None) & (Order.state == "completed"), sale.id.in_(back)))
        .where(Order.state != "refunded")
        .distinct()
    )
    return list(db.session().scalars(query))
