"""Accounts and their entries, pay passwords, and what customers want paid out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of

#: why an account changes
KINDS = (
    "hold",
    "capture",
    "release",
    "give_back",
    "credit",
    "top_up",
    "grant",
    "adjustment",
    "withdrawal_hold",
    "withdrawal",
    "withdrawal_release",
    "earn",
    "reclaim",
)
STATUSES = ("asked", "approved", "paid", "refused", "cancelled")


class BalancePointsAccount(Tenant, Base):
    """What a customer has: balance in minor units of a currency, or whole points. Only `accounts.change` writes it."""

    __tablename__ = "balance_points_accounts"
    __table_args__ = (
        UniqueConstraint(
            "merchant_id", "customer_id", "kind", "currency", name="uq_balance_points_accounts_customer_kind"
        ),
        # points may be owed, where the merchant takes earned ones back that are spent already
        CheckConstraint("available >= 0 OR kind = 'points'", name="available"),
        CheckConstraint("held >= 0", name="held"),
    )
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    kind: Mapped[str] = one_of("balance", "points")
    #: empty for points
    currency: Mapped[str] = mapped_column(String(3))
    #: free to spend
    available: Mapped[int] = minor_units(default=0)
    #: set aside for orders and withdrawals
    held: Mapped[int] = minor_units(default=0)


class BalancePointsEntry(Tenant, Base):
    """One change of an account, signed. Rows are added, never changed; all of an account's come to what it holds."""

    __tablename__ = "balance_points_entries"
    __table_args__ = (
        UniqueConstraint("merchant_id", "account_id", "kind", "reference", name="uq_balance_points_entries_reference"),
        CheckConstraint("available <> 0 OR held <> 0", name="change"),
    )
    account_id: Mapped[UUID] = belongs_to("balance_points_accounts")
    kind: Mapped[str] = one_of(*KINDS)
    #: what was added to what is free, and to what is set aside
    available: Mapped[int] = minor_units()
    held: Mapped[int] = minor_units()
    #: what makes it happen once: a payment, a refund's number, an order, a withdrawal's number
    reference: Mapped[str] = mapped_column(String(100))
    #: the hold it belongs to
    payment_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None] = belongs_to("orders")
    #: the money that points were earned with, minor units
    basis: Mapped[int | None] = mapped_column(BigInteger)
    remark: Mapped[str | None] = mapped_column(String(500))
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    at: Mapped[datetime]


class BalancePointsPassword(Tenant, Base):
    """A customer's pay password, and how often a wrong one was given since the last right one."""

    __tablename__ = "balance_points_passwords"
    __table_args__ = (UniqueConstraint("merchant_id", "customer_id"),)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    #: None: staff took it away
    hash: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    #: the last time that staff took it away
    reset_at: Mapped[datetime | None]
    reset_by: Mapped[str | None]
    reset_remark: Mapped[str | None] = mapped_column(String(500))


class BalancePointsWithdrawal(Tenant, Base):
    """Balance that a customer wants paid out: set aside while it is asked and approved."""

    __tablename__ = "balance_points_withdrawals"
    __table_args__ = (
        UniqueConstraint("merchant_id", "number"),
        UniqueConstraint("merchant_id", "reference"),
        CheckConstraint("amount > 0", name="amount"),
    )
    number: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[UUID] = belongs_to("customers")
    amount: Mapped[int] = minor_units()
    currency: Mapped[str] = mapped_column(String(3))
    #: where the customer wants it
    destination: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = one_of(*STATUSES, default="asked", index=True)
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    remark: Mapped[str | None] = mapped_column(String(500))
    #: the evidence: how the bank's statement names the transfer
    reference: Mapped[str | None] = mapped_column(String(100))
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=0)
