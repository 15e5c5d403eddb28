"""One order of a customer has coupons for a first order: of two at the same moment, one."""

from typing import Any

from sqlalchemy import or_, update

# its ON CONFLICT is understood by SQLite too
from sqlalchemy.dialects.postgresql import insert

from core import OrderView, Refused, db
from plugins.coupons.models import CouponFirstOrder

_table: Any = CouponFirstOrder.__table__


def claim(order: OrderView) -> None:
    """*order* has them now; whoever comes at this moment waits until we are done.

    :raises Refused: another order of the same customer has.
    """
    connection, mine = db.session().connection(), _of_buyer(order)
    whose = {"merchant_id": order.merchant_id, "customer_id": order.customer_id}
    connection.execute(insert(_table).values(whose).on_conflict_do_nothing())
    claimed = connection.execute(update(_table).where(*mine, *_is_free(order)).values(order_id=order.id))
    if claimed.rowcount != 1:
        told = "Another order of yours has a coupon for a first order."
        raise Refused(told, code="coupon_first_order")


def give_up(order: OrderView) -> None:
    """Another order may have them. Nothing happens unless *order* has."""
    statement = update(_table).where(*_of_buyer(order), _table.c.order_id == order.id).values(order_id=None)
    db.session().connection().execute(statement)


def _of_buyer(order: OrderView) -> tuple[Any, ...]:
    return _table.c.merchant_id == order.merchant_id, _table.c.customer_id == order.customer_id


def _is_free(order: OrderView) -> tuple[Any, ...]:
    """What makes the guard: no other order has them."""
    return (or_(_table.c.order_id.is_(None), _table.c.order_id == order.id),)
