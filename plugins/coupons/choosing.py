"""The coupons a storefront names: found in one statement, and refused with a reason where they cannot be used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from core import AdjustmentDraft, Invalid, Quote, db
from plugins.coupons.models import HELD, Coupon, CouponTemplate
from plugins.coupons.worth import Chosen, drafts

NAME = "coupons"


def taken_off(quote: Quote) -> Sequence[AdjustmentDraft]:
    """What the coupons of *quote* take off; without any, nothing is asked of the database.

    :raises Invalid: one that is not there. :raises Refused: one that cannot be used now, or not together with another.
    """
    wanted = quote.options.get(NAME, {})
    codes, ids = wanted.get("codes", ()), wanted.get("ids", ())
    if not codes and not ids:
        return ()
    named = find_named(quote.merchant_id, quote.customer_id, codes, [UUID(one) for one in ids])
    chosen = []
    for place, names in (("codes", codes), ("ids", ids)):
        for number, name in enumerate(names):
            pointer = f"/options/{NAME}/{place}/{number}"
            if name not in named:
                raise Invalid.field(pointer, f"There is no coupon {name} for you here.", "coupon_unknown")
            one = Chosen(*named[name][:2], pointer)
            _usable(one, named[name][2], quote)
            chosen.append(one)
    return drafts(quote.lines, chosen)


def find_named(
    merchant_id: int, customer_id: UUID, codes: Sequence[str], ids: Sequence[UUID]
) -> dict[str, tuple[CouponTemplate, Coupon | None, int]]:
    """Code or id -> its template, the buyer's coupon, and how many of the kind the buyer holds or has used."""
    uses = aliased(Coupon)
    mine = (
        select(func.count(uses.id))
        .where(uses.merchant_id == merchant_id, uses.template_id == CouponTemplate.id)
        .where(uses.customer_id == customer_id, uses.status.in_(HELD))
        .scalar_subquery()
    )
    theirs = and_(
        Coupon.merchant_id == CouponTemplate.merchant_id,
        Coupon.template_id == CouponTemplate.id,
        Coupon.customer_id == customer_id,
        Coupon.source != "code",
        Coupon.id.in_(ids),
    )
    query: Any = select(CouponTemplate, Coupon, mine).outerjoin(Coupon, theirs)
    query = query.where(CouponTemplate.merchant_id == merchant_id)
    query = query.where(or_(CouponTemplate.code.in_(codes), Coupon.id.is_not(None)))
    return {
        str(coupon.id) if coupon else str(template.code): (template, coupon, uses)
        for template, coupon, uses in db.session().execute(query)
    }


def _usable(one: Chosen, uses: int, quote: Quote) -> None:
    """:raises Refused: it cannot be used by this buyer now."""
    template, coupon = one.template, one.coupon
    if coupon is not None and coupon.status in HELD:
        raise one.refused("coupon_taken", "is used by another order.")
    if coupon is not None and coupon.status == "withdrawn":
        raise one.refused("coupon_off", f"was taken back: {coupon.withdrawn_because}")
    if not template.enabled:
        raise one.refused("coupon_off", "is not taken any more.")
    _in_its_time(one, quote.at)
    if template.first_order and not quote.first_order:
        raise one.refused("coupon_first_order", "is for a first order only.")
    if coupon is None:
        if template.budget_count is not None and template.taken >= template.budget_count:
            raise one.refused("coupon_sold_out", "is used up.")
        if template.per_buyer is not None and uses >= template.per_buyer:
            raise one.refused("coupon_used_up", f"can be used {template.per_buyer} times by one buyer: you have.")


def _in_its_time(one: Chosen, at: datetime) -> None:
    window = one.coupon or one.template
    if at < window.starts_at:
        raise one.refused("coupon_not_yet", f"is good from {window.starts_at.isoformat()} on.")
    if (one.coupon and one.coupon.status == "expired") or (window.ends_at is not None and at >= window.ends_at):
        raise one.refused("coupon_expired", "is over.")
