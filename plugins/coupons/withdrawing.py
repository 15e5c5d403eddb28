"""Staff take back a coupon that no order holds: its budget is free again, and its owner is told."""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import EventSpec, Refused, announce, current_actor, current_merchant, db, get, now
from plugins.coupons.models import Coupon, CouponTemplate
from plugins.coupons.worth import title_of

WITHDRAWN = EventSpec(
    "coupons.withdrawn",
    "Staff have taken a coupon back.",
    {
        "coupon_id": "the coupon",
        "customer_id": "whose it was",
        "title": "what it was called, in the merchant's language",
        "reason": "why, as staff said",
        "by": "who did it",
    },
    ("buyer", "webhook"),
    {
        "en": "Your coupon {title} has been withdrawn: {reason}",
        "zh": "您的优惠券“{title}”已被商家收回：{reason}",
    },
)


def withdraw(coupon_id: UUID, reason: str) -> Coupon:
    """Take it back, by one conditional update: an order that wants it at this moment gets it, or is refused.

    :raises NotFound: there is no such coupon. :raises Refused: an order holds it, or it is over already.
    """
    at, actor = now(), current_actor()
    taken: Any = db.session().execute(
        update(Coupon)
        .where(Coupon.merchant_id == current_merchant().id, Coupon.id == coupon_id, Coupon.status == "unused")
        .values(status="withdrawn", withdrawn_at=at, withdrawn_by=actor.name, withdrawn_because=reason)
        .execution_options(synchronize_session=False)
    )
    coupon = get(Coupon, current_merchant().id, coupon_id)
    if taken.rowcount != 1:
        raise _refusal(coupon)
    template = get(CouponTemplate, coupon.merchant_id, coupon.template_id)
    _free_its_place(template)
    whose = {"coupon_id": str(coupon.id), "customer_id": str(coupon.customer_id)}
    announce(WITHDRAWN.name, None, **whose, title=title_of(template.title), reason=reason, by=actor.name)
    return coupon


def _refusal(coupon: Coupon) -> Refused:
    if coupon.status == "locked":
        return Refused(f"Order {coupon.order_id} holds it: close that first.", code="coupon_taken")
    told = f"It is {coupon.status}: only an unused coupon can be taken back."
    return Refused(told, code="coupon_over")


def _free_its_place(template: CouponTemplate) -> None:
    table = CouponTemplate
    db.session().execute(
        update(table)
        .where(table.merchant_id == template.merchant_id, table.id == template.id)
        .values(taken=table.taken - 1)
        .execution_options(synchronize_session=False)
    )
