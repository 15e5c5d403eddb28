"""What is sold: products and their variants."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.tables import Base, Tenant, belongs_to, minor_units


class Product(Tenant, Base):
    """A thing with a title; what is bought is one of its variants."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),)
    code: Mapped[str] = mapped_column(String(60))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(String(10_000), default="")
    category: Mapped[str | None] = mapped_column(String(100))
    #: addresses of pictures, first is the main one
    pictures: Mapped[list[Any]]
    on_sale: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    variants: Mapped[list["Variant"]] = relationship(viewonly=True, order_by="Variant.position, Variant.id")


class Variant(Tenant, Base):
    """One sellable form of a product, with its price and its sku."""

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("merchant_id", "sku"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("weight_grams >= 0", name="weight"),
    )
    product_id: Mapped[UUID] = belongs_to("products")
    sku: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(default="")
    price: Mapped[int] = minor_units()
    weight_grams: Mapped[int] = mapped_column(default=0)
    #: nothing to send and nothing to count: no stock, no delivery
    virtual: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)

    product: Mapped[Product] = relationship(viewonly=True)
