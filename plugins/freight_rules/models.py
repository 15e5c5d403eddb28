"""What sending costs: one row per template, with its regions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, one_of


class FreightTemplate(Tenant, Base):
    """One way to charge: what is counted, for which goods of which store, and what a unit costs where."""

    __tablename__ = "freight_templates"
    __table_args__ = (Index("ix_freight_templates_enabled", "merchant_id", "enabled"),)
    name: Mapped[str] = mapped_column(String(100))
    #: what a unit is: a gram, a piece, or a minor unit of the goods' price
    counts: Mapped[str] = one_of("weight", "pieces", "amount")
    #: None = for every store
    store_id: Mapped[UUID | None] = belongs_to("stores")
    #: ids of products, as text; with no product and no category it is for everything else
    product_ids: Mapped[list[Any]]
    categories: Mapped[list[Any]]
    #: region rules as `schemas.RegionIn` loads them
    regions: Mapped[list[Any]]
    enabled: Mapped[bool] = mapped_column(default=True)
    #: of two that fit a line equally well, the lower one, then the older one
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    @property
    def is_default(self) -> bool:
        """Whether it is for all that no other template names."""
        return not self.product_ids and not self.categories
