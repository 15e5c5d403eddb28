"""What orders do to coupons: lock them when placed, use them when paid, let them go when they end unpaid."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from core import MoveView, OrderView, Refused, add, all_of, db, flush, now, settings_of
from plugins.coupons import first_orders
from plugins.coupons.choosing import NAME, find_named
from plugins.coupons.models import HELD, Coupon, CouponTemplate
from plugins.coupons.settings import CODE_LENGTH


def follow(move: MoveView) -> None:
    """An order has moved: its coupons follow. An order without coupons costs nothing.

    :raises Refused: a coupon it wants was taken by another order a moment ago.
    """
    if move.source == move.target or not _coupons_of(move.order):
        return
    if move.source is None:
        flush()  # coupons point at the order
        take(move.order, move.at)
    elif move.target == "paid":
        use(move.order, move.at)
    elif move.target == "closed":
        let_go(move.order, "locked", move.at)
    elif move.target == "refunded" and settings_of(NAME)["return_after_refund"]:
        let_go(move.order, "used", move.at)


def take_back(order: OrderView) -> None:
    """Late money would bring *order* back to life: lock what it held before.

    :raises Refused: somebody else has it by now.
    """
    if _coupons_of(order):
        take(order, now(), again=True)


def take(order: OrderView, at: datetime, *, again: bool = False) -> None:
    """Lock every coupon for *order*: each by one conditional update, always in the same order of rows.

    :param again: it held them before, so they may have ended meanwhile, but nobody else may have them.
    :raises Refused: somebody was faster, or the budget is used up.
    """
    amounts = _coupons_of(order)
    ids = sorted(UUID(ref) for ref in amounts if len(ref) > CODE_LENGTH)
    for coupon_id in ids:
        _lock(order, coupon_id, amounts[str(coupon_id)], at, again)
    codes = [ref for ref in amounts if len(ref) <= CODE_LENGTH]
    found = find_named(order.merchant_id, order.customer_id, codes, ids)
    for ref, (template, coupon, _) in sorted(found.items(), key=lambda item: item[1][0].id):
        _count(template, ref, amounts[ref], 0 if coupon else 1)
        _limit(order, template, ref)
        if coupon is None and again:
            _change(order, "released", Coupon.template_id == template.id, status="locked", locked_at=at)
        elif coupon is None:
            _use_code(order, template, amounts[ref], at)
    if any(template.first_order for template, _, _ in found.values()):
        first_orders.claim(order)


def use(order: OrderView, at: datetime) -> None:
    """The order is paid."""
    _change(order, "locked", status="used", used_at=at)


def let_go(order: OrderView, held: str, at: datetime) -> None:
    """What the order holds as *held* is free again, once; a coupon whose time is over is expired instead."""
    rows = all_of(Coupon, order.merchant_id, Coupon.order_id == order.id, Coupon.status == held)
    free: dict[str, Any] = {"order_id": None, "amount": 0, "locked_at": None, "used_at": None}
    own = Coupon.source != "code"
    _change(order, held, Coupon.source == "code", status="released")
    _change(order, held, own, Coupon.ends_at <= at, status="expired", **free)
    _change(order, held, own, status="unused", **free)
    for row in sorted(rows, key=lambda each: each.template_id):
        one = int(row.source == "code")
        template = CouponTemplate
        db.session().execute(
            update(template)
            .where(template.merchant_id == order.merchant_id, template.id == row.template_id)
            .values(taken=template.taken - one, spent=template.spent - row.amount)
            .execution_options(synchronize_session=False)
        )
    first_orders.give_up(order)


def _coupons_of(order: OrderView) -> dict[str, int]:
    """Code or id -> what the order was given for it."""
    return {row.ref or "": -row.amount for row in order.adjustments if (row.layer, row.source) == ("coupon", NAME)}


def _is_free(at: datetime, again: bool) -> tuple[Any, ...]:
    """What makes the lock of a coupon: nobody has it, and it is good still."""
    if again:
        return (Coupon.status.in_(("unused", "expired")),)
    return Coupon.status == "unused", or_(Coupon.ends_at.is_(None), Coupon.ends_at > at)


def _has_left(uses: int, amount: int) -> tuple[Any, ...]:
    """What makes the guard of a budget: so much is left of both its parts."""
    table = CouponTemplate
    return (
        or_(table.budget_count.is_(None), table.taken + uses <= table.budget_count),
        or_(table.budget_money.is_(None), table.spent + amount <= table.budget_money),
    )


def _lock(order: OrderView, coupon_id: UUID, amount: int, at: datetime, again: bool) -> None:
    locked: Any = db.session().execute(
        update(Coupon)
        .where(Coupon.merchant_id == order.merchant_id, Coupon.id == coupon_id)
        .where(Coupon.customer_id == order.customer_id, *_is_free(at, again))
        .values(status="locked", order_id=order.id, amount=amount, locked_at=at)
        .execution_options(synchronize_session=False)
    )
    if locked.rowcount != 1:
        raise Refused(f"The coupon {coupon_id} was taken by another order a moment ago.", code="coupon_taken")


def _count(template: CouponTemplate, ref: str, amount: int, uses: int) -> None:
    """Take *amount* out of the budget; whoever comes at this moment waits until we are done."""
    table = CouponTemplate
    counted: Any = db.session().execute(
        update(table)
        .where(table.merchant_id == template.merchant_id, table.id == template.id, *_has_left(uses, amount))
        .values(taken=table.taken + uses, spent=table.spent + amount)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:
        raise Refused(f"The coupon {ref} is used up.", code="coupon_sold_out")


def _limit(order: OrderView, template: CouponTemplate, ref: str) -> None:
    """Nobody uses a code more often than it allows; counted under the lock of its template."""
    if template.issuing != "code" or template.per_buyer is None:
        return
    others = select(func.count(Coupon.id)).where(
        Coupon.merchant_id == order.merchant_id,
        Coupon.template_id == template.id,
        Coupon.customer_id == order.customer_id,
        Coupon.order_id != order.id,
        Coupon.status.in_(HELD),
    )
    if (db.session().scalar(others) or 0) >= template.per_buyer:
        told = f"The coupon {ref} can be used {template.per_buyer} times by one buyer: you have."
        raise Refused(told, code="coupon_used_up")


def _use_code(order: OrderView, template: CouponTemplate, amount: int, at: datetime) -> None:
    """One more use of a public code."""
    add(
        Coupon(
            merchant_id=order.merchant_id,
            template_id=template.id,
            customer_id=order.customer_id,
            source="code",
            status="locked",
            order_id=order.id,
            amount=amount,
            starts_at=template.starts_at,
            ends_at=template.ends_at,
            issued_at=at,
            locked_at=at,
        )
    )
    flush()  # the next move of the same transaction finds it by a statement


def _change(order: OrderView, held: str, *where: Any, **values: Any) -> None:
    db.session().execute(
        update(Coupon)
        .where(Coupon.merchant_id == order.merchant_id, Coupon.order_id == order.id, Coupon.status == held, *where)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
