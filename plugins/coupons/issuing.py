"""Kinds of coupons are made and changed, coupons are given by staff and claimed by buyers, all within their budgets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from core import Customer, FieldError, Invalid, NotFound, Refused, add, all_of, current_merchant, db, flush, get, now
from plugins.coupons.models import Coupon, CouponTemplate

#: kind -> what it needs, and what it may have beside
TERMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fixed": (("amount",), ()),
    "percentage": (("basis_points",), ("cap", "threshold")),
    "threshold": (("amount", "threshold"), ()),
}
#: issuing -> the same
ISSUING: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "code": (("code",), ()),
    "issued": ((), ("valid_days", "claimable")),
}


@dataclass(frozen=True)
class Shown:
    """A coupon with what it promises, for the wire."""

    coupon: Coupon
    template: CouponTemplate

    @property
    def status(self) -> str:
        """As it is kept; but a coupon whose time is over says so before anybody has written it down."""
        over = self.coupon.ends_at is not None and self.coupon.ends_at <= now()
        return "expired" if over and self.coupon.status == "unused" else self.coupon.status


def create(values: Mapping[str, Any]) -> CouponTemplate:
    """A new kind of coupon.

    :raises Invalid: what its kind needs is missing, or there is what it cannot have.
    :raises Refused: the code is taken.
    """
    errors = [*_misfits(values, "kind", TERMS), *_misfits(values, "issuing", ISSUING)]
    if (values["scope"] == "all") == bool(values["scope_values"]):
        errors.append(FieldError("/scope_values", "Name what it is for, unless its scope is all.", "scope_values"))
    if errors:
        raise Invalid("These values do not go together.", errors=errors)
    kept = {"starts_at": now(), **values, "created_at": now(), "merchant_id": current_merchant().id}
    if kept.get("code"):
        kept["code"] = kept["code"].upper()
    template = add(CouponTemplate(**kept))
    _check_window(template)
    try:
        flush()
    except IntegrityError as error:
        if "code" not in str(error.orig):
            raise
        raise Refused(f"The code {template.code} is taken by another coupon.", code="code_taken") from None
    return template


def change(template_id: UUID, values: Mapping[str, Any]) -> CouponTemplate:
    """Change what may change of a kind of coupon.

    :raises Invalid: it would end before it begins, or a budget would be below what is gone already.
    """
    template = get(CouponTemplate, current_merchant().id, template_id, lock=True)
    if values.get("claimable") and template.issuing == "code":
        raise Invalid.field("/claimable", "A public code is typed, not claimed.", "not_of_this_kind")
    for limit, gone in (("budget_count", template.taken), ("budget_money", template.spent)):
        if values.get(limit) is not None and values[limit] < gone:
            raise Invalid.field(f"/{limit}", f"{gone} of it are gone already: not less than that.", "too_low")
    for name, value in values.items():
        setattr(template, name, value)
    _check_window(template)
    return template


def give(template_id: UUID, customer_ids: Sequence[UUID]) -> list[Shown]:
    """Staff give one coupon to each of these customers, all or none.

    :raises Invalid: somebody is no customer here, or named twice. :raises Refused: budget or limit say no.
    """
    merchant_id = current_merchant().id
    known = {row.id for row in all_of(Customer, merchant_id, Customer.id.in_(customer_ids))}
    errors = [
        FieldError(f"/customer_ids/{number}", f"There is no customer {one} here, or twice.", "unknown_customer")
        for number, one in enumerate(customer_ids)
        if one not in known or one in customer_ids[:number]
    ]
    if errors:
        raise Invalid("Some customers cannot be given a coupon.", errors=errors)
    return _issue(get(CouponTemplate, merchant_id, template_id), customer_ids, "staff")


def claim(template_id: UUID, customer_id: UUID) -> Shown:
    """The buyer takes one.

    :raises NotFound: no such coupon is to be claimed now. :raises Refused: budget or limit say no.
    """
    found = all_of(CouponTemplate, current_merchant().id, CouponTemplate.id == template_id, *claimable_now())
    if not found:
        raise NotFound("There is no such coupon to claim here.")
    return _issue(found[0], [customer_id], "claim")[0]


def claimable_now() -> tuple[Any, ...]:
    """What buyers may take now, as far as anything is left."""
    template, at = CouponTemplate, now()
    return (
        template.issuing == "issued",
        template.claimable,
        template.enabled,
        template.starts_at <= at,
        or_(template.ends_at.is_(None), template.ends_at > at),
    )


def shown(coupons: Sequence[Coupon]) -> list[Shown]:
    """Coupons with what they promise, in one more statement."""
    wanted = {row.template_id for row in coupons}
    templates = {row.id: row for row in all_of(CouponTemplate, current_merchant().id, CouponTemplate.id.in_(wanted))}
    return [Shown(row, templates[row.template_id]) for row in coupons]


def of_status(status: str) -> tuple[Any, ...]:
    """Coupons that show as *status*: see :class:`Shown`."""
    over = Coupon.ends_at <= now()
    if status == "unused":
        return Coupon.status == "unused", or_(Coupon.ends_at.is_(None), ~over)
    if status == "expired":
        return (or_(Coupon.status == "expired", (Coupon.status == "unused") & over),)
    return (Coupon.status == status,)


# ---------------------------------------------------------------------------------------------- inside
def _issue(template: CouponTemplate, customer_ids: Sequence[UUID], source: str) -> list[Shown]:
    at = now()
    if (
        template.issuing != "issued"
        or not template.enabled
        or (template.ends_at is not None and at >= template.ends_at)
    ):
        raise Refused("No coupons of this kind are given out now.", code="coupon_off")
    _count(template, len(customer_ids))
    _limit(template, customer_ids, source)
    starts_at = max(at, template.starts_at)
    ends_at = template.ends_at
    if template.valid_days is not None:
        until = starts_at + timedelta(days=template.valid_days)
        ends_at = until if ends_at is None else min(until, ends_at)
    return [Shown(_new(template, one, source, (at, starts_at, ends_at)), template) for one in customer_ids]


def _new(
    template: CouponTemplate, customer_id: UUID, source: str, times: tuple[datetime, datetime, datetime | None]
) -> Coupon:
    issued_at, starts_at, ends_at = times
    return add(
        Coupon(
            merchant_id=template.merchant_id,
            template_id=template.id,
            customer_id=customer_id,
            source=source,
            status="unused",
            issued_at=issued_at,
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )


def _count(template: CouponTemplate, many: int) -> None:
    """So many more are out; whoever gives or claims at this moment waits until we are done."""
    table = CouponTemplate
    counted: Any = db.session().execute(
        update(table)
        .where(table.merchant_id == template.merchant_id, table.id == template.id)
        .where(or_(table.budget_count.is_(None), table.taken + many <= table.budget_count))
        .values(taken=table.taken + many)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:
        raise Refused(f"Fewer than {many} coupons of this kind are left.", code="coupon_sold_out")


def _limit(template: CouponTemplate, customer_ids: Sequence[UUID], source: str) -> None:
    """Nobody gets more than the kind allows; counted under the lock of its template. What was taken back staff may
    give again, but nobody claims it again."""
    if template.per_buyer is None:
        return
    counted = (Coupon.status != "withdrawn",) if source == "staff" else ()
    query = (
        select(Coupon.customer_id, func.count(Coupon.id))
        .where(Coupon.merchant_id == template.merchant_id, Coupon.template_id == template.id)
        .where(Coupon.customer_id.in_(customer_ids), *counted)
        .group_by(Coupon.customer_id)
    )
    has: dict[UUID, int] = {row[0]: row[1] for row in db.session().execute(query)}
    full = [one for one in customer_ids if has.get(one, 0) >= template.per_buyer]
    if full:
        raise Refused(f"{template.per_buyer} coupons of this kind are the most for one buyer.", code="coupon_used_up")


def _misfits(
    values: Mapping[str, Any], what: str, table: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
) -> list[FieldError]:
    """Fields that *values* lack, or have though their kind takes none."""
    needs, takes = table[values[what]]
    every = {name for pair in table.values() for names in pair for name in names}
    lacking = [FieldError(f"/{name}", f"A coupon of {what} {values[what]} needs it.", "required") for name in needs
               if values.get(name) is None]  # fmt: skip
    extra = sorted(name for name in every - {*needs, *takes} if values.get(name))
    return lacking + [
        FieldError(f"/{name}", f"A coupon of {what} {values[what]} takes none.", "not_of_this_kind") for name in extra
    ]


def _check_window(template: CouponTemplate) -> None:
    if template.ends_at is not None and template.ends_at <= template.starts_at:
        raise Invalid.field("/ends_at", f"Must be after {template.starts_at.isoformat()}.", "out_of_range")
