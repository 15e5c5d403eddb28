"""When a sub-shipment that is there already counts as received, though others of its order are not sent yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from core import Base, Tenant, belongs_to


class SplitConfirmation(Tenant, Base):
    """The time to confirm one sub-shipment; it goes when the shipment is received or its order's own time rules."""

    __tablename__ = "split_confirmations"
    __table_args__ = (
        UniqueConstraint("merchant_id", "shipment_id"),
        Index("ix_split_confirmations_due", "merchant_id", "due_at"),
        CheckConstraint("paused_left IS NULL OR paused_left >= 0", name="paused"),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    shipment_id: Mapped[UUID] = belongs_to("shipments", index=False)
    due_at: Mapped[datetime]
    #: seconds that were left when a refund stopped the clock
    paused_left: Mapped[int | None]
