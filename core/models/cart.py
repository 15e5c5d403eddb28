"""A buyer's cart."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Tenant, belongs_to


class CartLine(Tenant, Base):
    """So many units of a variant that a buyer means to buy. Promises nothing."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("merchant_id", "customer_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    variant_id: Mapped[UUID] = belongs_to("variants", index=False)
    quantity: Mapped[int] = mapped_column()
