"""Once an hour: coupons whose time is over say so, and what an order let go while the plugin was off is set right."""

from typing import Any

from sqlalchemy import select, update

from core import Order, current_merchant, db, lock_order, now, transaction
from plugins.coupons import holding
from plugins.coupons.models import Coupon

#: orders looked at in one run
MOST = 200


def sweep() -> None:
    """Of the current merchant. May run at any time, and twice."""
    merchant_id = current_merchant().id
    with transaction():
        db.session().execute(
            update(Coupon)
            .where(Coupon.merchant_id == merchant_id, Coupon.status == "unused", Coupon.ends_at <= now())
            .values(status="expired")
            .execution_options(synchronize_session=False)
        )
        query = select(Coupon.order_id).where(Coupon.merchant_id == merchant_id, Coupon.status == "locked")
        query = query.join(Order, (Order.merchant_id == Coupon.merchant_id) & (Order.id == Coupon.order_id))
        query = query.where(Order.merchant_id == merchant_id, Order.state != "pending_payment")
        left_over = [one for one in db.session().scalars(query.distinct().limit(MOST)) if one]
    for order_id in left_over:
        with transaction():
            _set_right(lock_order(order_id))


def _set_right(order: Any) -> None:
    """What the order would have done to its coupons, had anybody listened."""
    if order.state == "closed":
        holding.let_go(order, "locked", now())
    elif order.state != "pending_payment":
        holding.use(order, now())
