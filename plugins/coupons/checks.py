"""What must be true of coupons: each stands where its order stands, and the counts of a kind are its rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import selectinload

from core import Order, db
from plugins.coupons.choosing import NAME
from plugins.coupons.models import HELD, Coupon, CouponFirstOrder, CouponTemplate

UNPAID = ("pending_payment",)
#: where an order gives up its coupons, or may have
OVER = ("closed", "refunded")


def coupons_beside_their_orders() -> Sequence[str]:
    """Coupons that are locked by no unpaid order, or used by one that is not paid."""
    same = and_(Order.merchant_id == Coupon.merchant_id, Order.id == Coupon.order_id)
    wrong = or_(
        and_(Coupon.status == "locked", Order.state.not_in(UNPAID)),
        and_(Coupon.status == "used", Order.state.in_((*UNPAID, "closed"))),
    )
    query = select(Coupon.merchant_id, Coupon.id, Coupon.status, Order.number, Order.state).join(Order, same)
    return [
        f"merchant {merchant}: coupon {coupon} is {status} by order {number}, which is {state}"
        for merchant, coupon, status, number, state in db.session().execute(query.where(wrong))
    ]


def orders_without_their_coupons() -> Sequence[str]:
    """Living orders that were given money for coupons they do not hold."""
    held = (
        select(Coupon.merchant_id, Coupon.order_id, func.sum(Coupon.amount).label("amount"), func.count().label("many"))
        .where(Coupon.status.in_(HELD))
        .group_by(Coupon.merchant_id, Coupon.order_id)
        .subquery()
    )
    query: Any = (
        select(Order, held.c.amount, held.c.many)
        .outerjoin(held, and_(held.c.merchant_id == Order.merchant_id, held.c.order_id == Order.id))
        .where(Order.state.not_in(OVER), Order.adjustments.any(source=NAME, layer="coupon"))
        .options(selectinload(Order.adjustments))
    )
    found = []
    for order, amount, many in db.session().execute(query.execution_options(yield_per=500)):
        given = [-row.amount for row in order.adjustments if (row.layer, row.source) == ("coupon", NAME)]
        if (sum(given), len(given)) != (int(amount or 0), many or 0):
            told = f"was given {sum(given)} for {len(given)} coupons and holds {many or 0} worth {amount or 0}"
            found.append(f"merchant {order.merchant_id}: order {order.number} {told}")
    return found


def counts_beside_their_rows() -> Sequence[str]:
    """Kinds whose counts are not those of their rows."""
    holds = Coupon.status.in_(HELD)
    counts = or_(and_(CouponTemplate.issuing == "issued", Coupon.status != "withdrawn"), holds)
    taken = func.coalesce(func.sum(cast(case((and_(Coupon.id.is_not(None), counts), 1), else_=0), Integer)), 0)
    spent = func.coalesce(func.sum(case((holds, Coupon.amount), else_=0)), 0)
    same = and_(Coupon.merchant_id == CouponTemplate.merchant_id, Coupon.template_id == CouponTemplate.id)
    columns = (CouponTemplate.merchant_id, CouponTemplate.id, CouponTemplate.taken, CouponTemplate.spent)
    query = select(*columns, taken.label("rows"), spent.label("money")).outerjoin(Coupon, same).group_by(*columns)
    return [
        f"merchant {merchant}: coupon kind {kind} counts {said} and {money_said}, its rows {rows} and {money}"
        for merchant, kind, said, money_said, rows, money in db.session().execute(query)
        if (said, money_said) != (rows, int(money))
    ]


def first_orders_without_a_claim() -> Sequence[str]:
    """Orders that hold a coupon for a first order, though not they are the one order of their buyer that may."""
    kind, claim = CouponTemplate, CouponFirstOrder
    same = and_(kind.merchant_id == Coupon.merchant_id, kind.id == Coupon.template_id)
    theirs = and_(claim.merchant_id == Coupon.merchant_id, claim.customer_id == Coupon.customer_id)
    query: Any = select(Coupon.merchant_id, Coupon.id, Coupon.order_id).join(kind, same).outerjoin(claim, theirs)
    query = query.where(kind.first_order, Coupon.status.in_(HELD))
    query = query.where(or_(claim.order_id.is_(None), claim.order_id != Coupon.order_id))
    return [
        f"merchant {merchant}: coupon {coupon} for a first order is held by order {order}, which has no claim to it"
        for merchant, coupon, order in db.session().execute(query)
    ]
