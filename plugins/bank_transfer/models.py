"""Lines of the bank's statement that staff have confirmed, and transfers back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of


class BankTransferLine(Tenant, Base):
    """One line of a bank statement: it pays, or pays back, once."""

    __tablename__ = "bank_transfer_lines"
    __table_args__ = (
        UniqueConstraint(
            "merchant_id", "account_id", "direction", "reference", name="uq_bank_transfer_lines_reference"
        ),
        CheckConstraint("amount > 0", name="amount"),
    )
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    direction: Mapped[str] = one_of("in", "out")
    #: as the bank's statement names the line
    reference: Mapped[str] = mapped_column(String(100))
    payment_id: Mapped[UUID | None] = belongs_to("payments")
    refund_part_id: Mapped[UUID | None] = belongs_to("refund_parts", index=False)
    amount: Mapped[int] = minor_units()
    note: Mapped[str] = mapped_column(String(500))
    #: who saw it first, and who looked again where the merchant wants two
    seen_by: Mapped[UUID | None]
    seen_by_name: Mapped[str]
    seen_at: Mapped[datetime]
    booked_at: Mapped[datetime | None]
    booked_by: Mapped[str | None]
