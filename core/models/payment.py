"""Money in and money out: instalments, payments, refunds and the ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.models.merchant import Account
from core.tables import Base, Stateful, Tenant, belongs_to, minor_units, one_of


class Instalment(Tenant, Base):
    """A part of the payable with its own window. A normal order has one; it is settled or it is not."""

    __tablename__ = "instalments"
    __table_args__ = (
        UniqueConstraint("merchant_id", "order_id", "position"),
        CheckConstraint("amount >= 0 AND paid >= 0 AND paid <= amount", name="money"),
    )
    order_id: Mapped[UUID] = belongs_to("orders", index=False)
    position: Mapped[int]
    amount: Mapped[int] = minor_units()
    paid: Mapped[int] = minor_units(default=0)
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    #: whether it goes back when the order is closed before it is paid whole
    refundable: Mapped[str] = one_of("always", "merchant_fault", "never", default="always")
    settled_at: Mapped[datetime | None]


class Payment(Tenant, Stateful, Base):
    """One attempt to bring money, under its own number: an instalment's cash through one channel, or what a tender
    (balance, cards, points) sets aside for the order. A tender's row is ``open`` while it is held, ``settled`` when it
    is captured, ``closed`` when it is released."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("merchant_id", "out_trade_no"),
        UniqueConstraint("merchant_id", "account_id", "provider_ref"),
        CheckConstraint(
            "state IN ('created', 'open', 'unsure', 'closing', 'settled', 'failed', 'closed')", name="state"
        ),
        CheckConstraint("amount >= 0 AND settled_amount >= 0", name="amount"),
        CheckConstraint("(role = 'adjustment') = (instalment_id IS NULL)", name="instalment"),
        CheckConstraint("(role = 'adjustment') = (adjustment_id IS NOT NULL)", name="adjustment"),
        CheckConstraint("surplus >= 0 AND surplus <= settled_amount", name="surplus"),
        CheckConstraint(
            "refunded >= 0 AND refund_pending >= 0 AND refunded + refund_pending <= settled_amount", name="ceiling"
        ),
    )
    lifecycle = "payment"
    order_id: Mapped[UUID] = belongs_to("orders")
    #: cash through a channel; a tender that pays a part of an instalment; or a tender that lowers the order's price
    role: Mapped[str] = one_of("cash", "payable", "adjustment", default="cash")
    instalment_id: Mapped[UUID | None] = belongs_to("instalments", index=False)
    #: the adjustment that a tender pays for
    adjustment_id: Mapped[UUID | None] = belongs_to("adjustments", index=False)
    #: None for a tender, and for the payment of nothing, when nothing is payable
    account_id: Mapped[UUID | None] = belongs_to("accounts")
    #: the channel's or the tender's name
    channel: Mapped[str] = mapped_column(String(60))
    product: Mapped[str | None] = mapped_column(String(40))
    out_trade_no: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int] = minor_units()
    currency: Mapped[str] = mapped_column(String(3))
    #: the channel's own number of the money, once it is there
    provider_ref: Mapped[str | None] = mapped_column(String(100))
    #: the Idempotency-Key that made it: a rerun after a crash goes on under the same number
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    expires_at: Mapped[datetime | None]
    input: Mapped[dict[str, Any]]
    #: cash: the tenders that pay the rest beside it; a tender: what it wants to read again
    beside: Mapped[list[Any]] = mapped_column(default=list)
    #: a tender's own; cash: {"to_split": true} when the channel holds it until it is split
    note: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: the buyer's own address, for channels that want it
    client_ip: Mapped[str | None] = mapped_column(String(45))
    #: what the account said of the order's store when the attempt was made (a sub-merchant id ...)
    store_terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: who must be paid: a receipt that names another payee is refused
    payee: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: what the buyer needs to pay: instructions, a QR text, app parameters; and until when it is good
    client: Mapped[dict[str, Any] | None]
    client_until: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(500))
    settled_amount: Mapped[int] = minor_units(default=0)
    settled_at: Mapped[datetime | None]
    #: what of it the order had no place for (it came late, or twice): booked apart, and sent back
    surplus: Mapped[int] = minor_units(default=0)
    #: when the order's move was drawn from the money; None while only the fact is booked
    concluded_at: Mapped[datetime | None]
    #: given back, and on its way back; their sum never exceeds what was settled
    refunded: Mapped[int] = minor_units(default=0)
    refund_pending: Mapped[int] = minor_units(default=0)
    created_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship(viewonly=True)


class Refund(Tenant, Base):
    """One decision to give money back. Its status is derived from its parts.

    A refund of kind `surplus` gives back money that never became the order's: it has no lines and moves no order.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("merchant_id", "number"),
        CheckConstraint("amount >= 0 AND freight >= 0", name="amount"),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    kind: Mapped[str] = one_of("order", "surplus", default="order")
    number: Mapped[str] = mapped_column(String(40))
    #: a code out of `core/services/reasons.py`
    reason: Mapped[str] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(String(500))
    #: ``origin``: the way it came; else the tender that cash is paid into instead
    destination: Mapped[str] = mapped_column(String(60), default="origin")
    #: money; what goes back of an adjustment (points) comes on top, in parts of its own
    amount: Mapped[int] = minor_units()
    freight: Mapped[int] = minor_units(default=0)
    #: True when it took the whole order to `refunding`
    whole: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = one_of("open", "done", "withdrawn", default="open")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    lines: Mapped[list["RefundLine"]] = relationship(viewonly=True)
    parts: Mapped[list["RefundPart"]] = relationship(viewonly=True, order_by="RefundPart.id")


class RefundLine(Tenant, Base):
    """So many units and so much money of one order line in one refund."""

    __tablename__ = "refund_lines"
    __table_args__ = (CheckConstraint("quantity >= 0 AND amount >= 0", name="amount"),)
    refund_id: Mapped[UUID] = belongs_to("refunds")
    line_id: Mapped[UUID] = belongs_to("order_lines", index=False)
    quantity: Mapped[int]
    amount: Mapped[int] = minor_units()


class RefundPart(Tenant, Stateful, Base):
    """The part of a refund that goes back through one payment, under its own number."""

    __tablename__ = "refund_parts"
    __table_args__ = (
        UniqueConstraint("merchant_id", "out_refund_no"),
        CheckConstraint(
            "state IN ('planned', 'waiting', 'sending', 'pending', 'unsure', 'done', 'failed', 'withdrawn')",
            name="state",
        ),
        CheckConstraint("amount > 0", name="amount"),
    )
    lifecycle = "refund"
    order_id: Mapped[UUID] = belongs_to("orders")
    refund_id: Mapped[UUID] = belongs_to("refunds")
    payment_id: Mapped[UUID] = belongs_to("payments")
    out_refund_no: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int] = minor_units()
    #: the tender it is paid into; None = the way the payment came
    tender: Mapped[str | None] = mapped_column(String(60))
    #: how often the channel was asked and did not do it
    tries: Mapped[int] = mapped_column(default=0)
    provider_ref: Mapped[str | None] = mapped_column(String(100))
    #: what proves a refund done by hand: a note, a file id
    evidence: Mapped[dict[str, Any] | None]
    failure: Mapped[str | None] = mapped_column(String(500))
    done_at: Mapped[datetime | None]

    payment: Mapped[Payment] = relationship(viewonly=True)


class LedgerEntry(Tenant, Base):
    """One side of a booking. Rows are added, never changed; the entries of a group sum to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_by_day", "merchant_id", "booked_at"),)
    group_id: Mapped[UUID] = mapped_column(index=True)
    #: see `core/services/ledger.py`; a plugin's own word begins with its name
    kind: Mapped[str] = mapped_column(String(60))
    #: who posted it: core, or a plugin
    source: Mapped[str] = mapped_column(String(60), default="core")
    #: `channel:<account id>` (cash at the channel), `by_hand` (cash that people sent), `orders` (owed to buyers),
    #: `surplus` (owed to buyers, never an order's), `tender:<name>` (owed to customers on their accounts),
    #: `held:<name>` (of it, set aside for orders), `forfeited_income`, and books of plugins
    book: Mapped[str] = mapped_column(String(100))
    #: debit positive, credit negative
    amount: Mapped[int] = minor_units()
    currency: Mapped[str] = mapped_column(String(3))
    order_id: Mapped[UUID | None] = belongs_to("orders")
    payment_id: Mapped[UUID | None] = belongs_to("payments", index=False)
    refund_part_id: Mapped[UUID | None] = belongs_to("refund_parts", index=False)
    #: what names it outside: a withdrawal's number, a line of a bill
    reference: Mapped[str | None] = mapped_column(String(200))
    booked_at: Mapped[datetime]
