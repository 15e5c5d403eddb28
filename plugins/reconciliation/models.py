"""Bills that were compared, their lines, what no bill has named yet, and what differs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of
from plugins.reconciliation.classes import CLASSES, KINDS


class ReconciliationBatch(Tenant, Base):
    """The bill of one account and day, and how far it has been compared."""

    __tablename__ = "reconciliation_batches"
    __table_args__ = (UniqueConstraint("merchant_id", "account_id", "day", "kind"),)
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    #: a day of the provider's zone
    day: Mapped[date]
    kind: Mapped[str] = one_of("trade", default="trade")
    #: init: under way; no_bill: an empty day; error: tried again; fail: it will never come
    status: Mapped[str] = one_of("init", "success", "fail", "no_bill", "error", default="init")
    reason: Mapped[str | None] = mapped_column(String(500))
    #: rows that were read, and what they were, so that who goes on knows that it is the same file
    position: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    payments: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = minor_units(default=0)
    refunds: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = minor_units(default=0)
    fees: Mapped[int] = minor_units(default=0)
    #: how many differences this bill has shown
    differences: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ReconciliationLine(Tenant, Base):
    """One line of a bill, once, however often the bill is read; its fee is booked with it."""

    __tablename__ = "reconciliation_lines"
    __table_args__ = (UniqueConstraint("merchant_id", "account_id", "kind", "number", "reference"),)
    batch_id: Mapped[UUID] = belongs_to("reconciliation_batches", index=False)
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    kind: Mapped[str] = one_of(*KINDS)
    #: ours, and the channel's
    number: Mapped[str] = mapped_column(String(100))
    reference: Mapped[str] = mapped_column(String(100))
    amount: Mapped[int] = minor_units()
    fee: Mapped[int] = minor_units()
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
    #: the channel's own word
    said: Mapped[str] = mapped_column(String(40))
    #: what it is in our books; None = nobody here knows it
    payment_id: Mapped[UUID | None] = belongs_to("payments")
    refund_part_id: Mapped[UUID | None] = belongs_to("refund_parts")


class ReconciliationPooled(Tenant, Base):
    """Money in our books that no bill has named yet; it is tried against the bills of the next days."""

    __tablename__ = "reconciliation_pool"
    __table_args__ = (
        UniqueConstraint("merchant_id", "payment_id"),
        UniqueConstraint("merchant_id", "refund_part_id"),
        UniqueConstraint("merchant_id", "kind", "number"),
        Index("ix_reconciliation_pool_by_day", "merchant_id", "account_id", "day"),
    )
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    #: when it was booked here
    day: Mapped[date]
    kind: Mapped[str] = one_of(*KINDS)
    payment_id: Mapped[UUID | None] = belongs_to("payments", index=False)
    refund_part_id: Mapped[UUID | None] = belongs_to("refund_parts", index=False)
    #: of a share or its return: what names it, and where it is booked
    number: Mapped[str | None] = mapped_column(String(100))
    entry_id: Mapped[UUID | None] = belongs_to("ledger_entries", index=False)


class ReconciliationDifference(Tenant, Base):
    """Where a bill and our books differ: found once, handled once."""

    __tablename__ = "reconciliation_differences"
    __table_args__ = (
        UniqueConstraint(
            "merchant_id", "account_id", "day", "number", "finding", name="uq_reconciliation_differences_finding"
        ),
        Index("ix_reconciliation_differences_by_status", "merchant_id", "status", "id"),
    )
    batch_id: Mapped[UUID] = belongs_to("reconciliation_batches")
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    day: Mapped[date]
    #: its class, see `classes.py`
    finding: Mapped[str] = one_of(*CLASSES)
    kind: Mapped[str] = one_of(*KINDS)
    #: our number of it, as bill or books say; and the channel's
    number: Mapped[str] = mapped_column(String(100))
    reference: Mapped[str | None] = mapped_column(String(100))
    out_trade_no: Mapped[str] = mapped_column(String(100))
    order_id: Mapped[UUID | None] = belongs_to("orders")
    payment_id: Mapped[UUID | None] = belongs_to("payments")
    refund_part_id: Mapped[UUID | None] = belongs_to("refund_parts")
    #: ours and theirs; of FEE_MISMATCH, the fees
    local_amount: Mapped[int | None] = minor_units()
    channel_amount: Mapped[int | None] = minor_units()
    currency: Mapped[str] = mapped_column(String(3))
    #: what each side says became of it
    local_says: Mapped[str | None] = mapped_column(String(40))
    channel_says: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = one_of("open", "handled", default="open")
    #: who was right
    basis: Mapped[str | None] = mapped_column(String(40))
    remark: Mapped[str | None] = mapped_column(String(500))
    handled_by: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    case_id: Mapped[UUID] = belongs_to("cases", index=False)
    found_at: Mapped[datetime]
