"""What a coupon promises (its template), and each coupon that was given out or used."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of

#: what an order holds; the rest is free, gone or over
HELD = ("locked", "used")


class CouponTemplate(Tenant, Base):
    """One promise: how much it takes off what, for whom, how often, and how much of it is gone."""

    __tablename__ = "coupon_templates"
    __table_args__ = (
        UniqueConstraint("merchant_id", "code"),
        CheckConstraint("taken >= 0 AND (budget_count IS NULL OR taken <= budget_count)", name="count"),
        CheckConstraint("spent >= 0 AND (budget_money IS NULL OR spent <= budget_money)", name="money"),
        CheckConstraint("amount >= 0 AND threshold >= 0 AND basis_points BETWEEN 0 AND 10000", name="terms"),
        CheckConstraint("(code IS NOT NULL) = (issuing = 'code')", name="code"),
    )
    #: language -> text
    title: Mapped[dict[str, Any]]
    #: `issued`: one row per coupon, given or claimed; `code`: typed by whoever knows it
    issuing: Mapped[str] = one_of("issued", "code")
    #: in capitals
    code: Mapped[str | None] = mapped_column(String(30))
    kind: Mapped[str] = one_of("fixed", "percentage", "threshold")
    amount: Mapped[int] = minor_units(default=0)
    #: hundredths of a per cent: 1500 takes 15 % off
    basis_points: Mapped[int] = mapped_column(default=0)
    #: a percentage takes no more than this off
    cap: Mapped[int | None] = minor_units()
    #: what the lines it covers must come to, before any coupon
    threshold: Mapped[int] = minor_units(default=0)
    scope: Mapped[str] = one_of("all", "categories", "skus")
    scope_values: Mapped[list[Any]]
    stackable: Mapped[bool] = mapped_column(default=False)
    first_order: Mapped[bool] = mapped_column(default=False)
    claimable: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    #: an issued coupon is good for so many days, though never longer than `ends_at`
    valid_days: Mapped[int | None]
    budget_count: Mapped[int | None]
    budget_money: Mapped[int | None] = minor_units()
    per_buyer: Mapped[int | None]
    #: coupons given out, or orders that hold the code; and what orders have been given for it
    taken: Mapped[int] = mapped_column(default=0)
    spent: Mapped[int] = minor_units(default=0)
    created_at: Mapped[datetime]


class Coupon(Tenant, Base):
    """One coupon of one buyer; or one order's use of a public code."""

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("status NOT IN ('locked', 'used') OR order_id IS NOT NULL", name="order"),
        CheckConstraint("amount >= 0", name="amount"),
    )
    template_id: Mapped[UUID] = belongs_to("coupon_templates")
    customer_id: Mapped[UUID] = belongs_to("customers")
    source: Mapped[str] = one_of("staff", "claim", "code")
    #: `released` is a code's use that was given up; it keeps its order, which may come back to life
    status: Mapped[str] = one_of("unused", "locked", "used", "expired", "released", "withdrawn")
    order_id: Mapped[UUID | None] = belongs_to("orders")
    #: what the order that holds it was given for it
    amount: Mapped[int] = minor_units(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    issued_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    #: when staff took it back, who, and why
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_because: Mapped[str | None] = mapped_column(String(500))


class CouponFirstOrder(Tenant, Base):
    """Which order of a customer has coupons for a first order: one at a time, whatever kinds they are of."""

    __tablename__ = "coupon_first_orders"
    __table_args__ = (UniqueConstraint("merchant_id", "customer_id"),)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    order_id: Mapped[UUID | None] = belongs_to("orders")
