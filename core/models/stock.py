"""Where goods lie and who holds them: warehouses, stock, reservations."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Tenant, belongs_to, one_of


class Warehouse(Tenant, Base):
    """A place goods are sent from."""

    __tablename__ = "warehouses"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    #: region codes it serves first, by prefix; empty = all
    regions: Mapped[list[Any]]
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    #: where returned goods go: name, phone, address
    return_address: Mapped[dict[str, Any] | None]
    store_id: Mapped[UUID | None] = belongs_to("stores")
    enabled: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)


class Stock(Tenant, Base):
    """Units of one variant in one warehouse. Available = on_hand - reserved. Changed by `services/stock.py` alone."""

    __tablename__ = "stock"
    __table_args__ = (
        UniqueConstraint("merchant_id", "warehouse_id", "variant_id"),
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),
    )
    warehouse_id: Mapped[UUID] = belongs_to("warehouses", index=False)
    variant_id: Mapped[UUID] = belongs_to("variants")
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)

    @property
    def available(self) -> int:
        """Units that can still be promised."""
        return self.on_hand - self.reserved


class Reservation(Tenant, Base):
    """Units of one order line held in one warehouse: held -> sold (left on_hand) or released (free again)."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("restocked >= 0 AND restocked <= quantity", name="restocked"),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    line_id: Mapped[UUID] = belongs_to("order_lines", index=False)
    warehouse_id: Mapped[UUID] = belongs_to("warehouses", index=False)
    variant_id: Mapped[UUID] = belongs_to("variants")
    quantity: Mapped[int]
    #: units of a sold reservation that came back (refunded before they were sent)
    restocked: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = one_of("held", "sold", "released", default="held")
