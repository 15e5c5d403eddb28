"""What is taken off by itself, and which customer is a member of which level."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of


class Promotion(Tenant, Base):
    """One rule: what it takes off which lines, when, for whom, and beside which others."""

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("threshold >= 0 AND basis_points BETWEEN 0 AND 10000", name="terms"),
        Index("ix_promotions_in_force", "merchant_id", "enabled", "ends_at"),
    )
    #: language -> text
    title: Mapped[dict[str, Any]]
    kind: Mapped[str] = one_of("steps", "percentage", "free_freight", "member_percentage", "member_prices")
    #: whole steps, dearest first: [{"threshold": 20000, "amount": 3000}, ...]
    steps: Mapped[list[Any]]
    #: hundredths of a per cent: 1500 takes 15 % off
    basis_points: Mapped[int] = mapped_column(default=0)
    #: what the lines it covers must come to; for the freight, after all discounts
    threshold: Mapped[int] = minor_units(default=0)
    #: a percentage or the freight: no more than this
    cap: Mapped[int | None] = minor_units()
    #: sku -> what one unit costs a member
    prices: Mapped[dict[str, Any]]
    scope: Mapped[str] = one_of("all", "categories", "skus")
    scope_values: Mapped[list[Any]]
    #: for members of this level only
    level: Mapped[str | None] = mapped_column(String(40))
    #: the highest comes first
    priority: Mapped[int] = mapped_column(default=0)
    #: nothing else of its layer beside it
    exclusive: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PromotionMember(Tenant, Base):
    """A customer who is a member of a level."""

    __tablename__ = "promotion_members"
    __table_args__ = (UniqueConstraint("merchant_id", "customer_id"),)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    level: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]
