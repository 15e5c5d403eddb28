"""Rules, shares of payments, what each receiver gets of one, and what it gives back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of
from plugins.profit_sharing.terms import KINDS, RETURN_STATUSES, STATUSES, Kind


class ProfitSharingRule(Tenant, Base):
    """A receiver and its part of what is paid, everywhere or in one store."""

    __tablename__ = "profit_sharing_rules"
    __table_args__ = (CheckConstraint("basis_points BETWEEN 1 AND 10000", name="part"),)
    kind: Mapped[Kind] = one_of(*KINDS)
    #: a merchant number, or an openid
    account: Mapped[str] = mapped_column(String(64))
    #: the merchant's full name, or the person's own
    name: Mapped[str | None]
    #: hundredths of a per cent of what is paid without the fee
    basis_points: Mapped[int]
    #: None = in every store
    store_id: Mapped[UUID | None] = belongs_to("stores", index=False)
    #: where several rules name one receiver, the highest counts; a store's own before the others
    priority: Mapped[int] = mapped_column(default=0)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class ProfitSharingReceiver(Tenant, Base):
    """A receiver that was made known at a place: to an account, on the terms of a store."""

    __tablename__ = "profit_sharing_receivers"
    __table_args__ = (UniqueConstraint("merchant_id", "place", "kind", "account"),)
    place: Mapped[str] = mapped_column(String(80))
    kind: Mapped[Kind] = one_of(*KINDS)
    account: Mapped[str] = mapped_column(String(64))


class ProfitSharingShare(Tenant, Base):
    """One payment that its channel holds until it is split: what of it is shared, and how far that is."""

    __tablename__ = "profit_sharing_shares"
    __table_args__ = (
        UniqueConstraint("merchant_id", "payment_id"),
        CheckConstraint("base >= 0 AND fee >= 0 AND amount >= 0 AND amount <= cap", name="money"),
        Index("ix_profit_sharing_shares_by_status", "merchant_id", "status", "id"),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    payment_id: Mapped[UUID] = belongs_to("payments", index=False)
    status: Mapped[str] = one_of(*STATUSES)
    #: ours, at the channel
    number: Mapped[str] = mapped_column(String(64))
    #: what was left of the payment when it was split; of it the fee; what all shares might come to; what they come to
    base: Mapped[int] = minor_units(default=0)
    fee: Mapped[int] = minor_units(default=0)
    cap: Mapped[int] = minor_units(default=0)
    amount: Mapped[int] = minor_units(default=0)
    #: how often it was refused, and the last word about it
    tries: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(String(500))
    paid_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ProfitSharingSplit(Tenant, Base):
    """What one receiver gets of one share."""

    __tablename__ = "profit_sharing_splits"
    __table_args__ = (
        UniqueConstraint("merchant_id", "share_id", "kind", "account"),
        CheckConstraint("amount > 0 AND returned >= 0 AND returned <= amount", name="money"),
    )
    share_id: Mapped[UUID] = belongs_to("profit_sharing_shares", index=False)
    order_id: Mapped[UUID] = belongs_to("orders")
    kind: Mapped[Kind] = one_of(*KINDS)
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str | None]
    basis_points: Mapped[int]
    amount: Mapped[int] = minor_units()
    status: Mapped[str] = one_of("planned", "pending", "done", "failed", default="planned")
    #: the channel's
    reference: Mapped[str | None] = mapped_column(String(100))
    failure: Mapped[str | None] = mapped_column(String(500))
    #: what was given back
    returned: Mapped[int] = minor_units(default=0)
    done_at: Mapped[datetime | None]


class ProfitSharingReturn(Tenant, Base):
    """So much of a receiver's part on its way back, before a refund; under its own number."""

    __tablename__ = "profit_sharing_returns"
    __table_args__ = (
        UniqueConstraint("merchant_id", "number"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_profit_sharing_returns_by_status", "merchant_id", "status", "id"),
    )
    split_id: Mapped[UUID] = belongs_to("profit_sharing_splits")
    order_id: Mapped[UUID] = belongs_to("orders")
    number: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int] = minor_units()
    status: Mapped[str] = one_of(*RETURN_STATUSES)
    tries: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
