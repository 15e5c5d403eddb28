"""How goods leave: shipments (sub-orders, one a warehouse), their lines, and parcels."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.tables import Base, Stateful, Tenant, belongs_to


class Shipment(Tenant, Stateful, Base):
    """What one warehouse sends of one order."""

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("merchant_id", "number"),
        CheckConstraint("state IN ('waiting', 'part_shipped', 'shipped', 'received', 'cancelled')", name="state"),
    )
    lifecycle = "shipment"
    order_id: Mapped[UUID] = belongs_to("orders")
    number: Mapped[str] = mapped_column(String(44))
    position: Mapped[int]
    #: None for what is handed over without a warehouse (virtual goods)
    warehouse_id: Mapped[UUID | None] = belongs_to("warehouses")
    delivery_method: Mapped[str] = mapped_column(String(40))
    shipped_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]

    lines: Mapped[list["ShipmentLine"]] = relationship(viewonly=True, order_by="ShipmentLine.id")
    parcels: Mapped[list["Parcel"]] = relationship(viewonly=True, order_by="Parcel.id")


class ShipmentLine(Tenant, Base):
    """Units of an order line that this shipment is to send."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        UniqueConstraint("merchant_id", "shipment_id", "line_id"),
        CheckConstraint("quantity >= 0 AND shipped >= 0 AND shipped <= quantity", name="quantity"),
    )
    shipment_id: Mapped[UUID] = belongs_to("shipments", index=False)
    line_id: Mapped[UUID] = belongs_to("order_lines", index=False)
    #: lowered when units are given back before they are sent
    quantity: Mapped[int]
    shipped: Mapped[int] = mapped_column(default=0)

    @property
    def unshipped(self) -> int:
        """Units still to be sent."""
        return self.quantity - self.shipped


class Parcel(Tenant, Base):
    """One box with one number; `carrier` None means it was handed over in person."""

    __tablename__ = "parcels"
    shipment_id: Mapped[UUID] = belongs_to("shipments")
    carrier: Mapped[str | None] = mapped_column(String(40))
    tracking_no: Mapped[str | None] = mapped_column(String(60))
    #: order line id -> units
    contents: Mapped[dict[str, Any]]
    #: earlier carrier and number, with time and reason, oldest first
    history: Mapped[list[Any]]
    sent_at: Mapped[datetime]
    #: when it was signed for, as its courier says
    delivered_at: Mapped[datetime | None]
