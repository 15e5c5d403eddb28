"""Cards and their entries, what payments hold of them, what kinds of cards are sold, and what orders bought."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of

#: why an account changes
KINDS = (
    "sale",
    "grant",
    "hold",
    "capture",
    "release",
    "give_back",
    "expiry",
    "extension",
    "adjustment",
    "take_back",
)


class StoredValueProduct(Tenant, Base):
    """A kind of card on sale: what it costs, what lies on it, and how long."""

    __tablename__ = "stored_value_products"
    __table_args__ = (
        UniqueConstraint("merchant_id", "variant_id"),
        CheckConstraint("principal > 0 AND bonus >= 0 AND valid_days > 0", name="amounts"),
    )
    #: the virtual variant it is bought as
    variant_id: Mapped[UUID] = belongs_to("variants", index=False)
    title: Mapped[str]
    #: the price, and what of it lies on the card
    principal: Mapped[int] = minor_units()
    #: what the shop gives on top
    bonus: Mapped[int] = minor_units()
    valid_days: Mapped[int]
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class StoredValueSale(Tenant, Base):
    """So many cards of one kind in one order, as they were offered when it was placed."""

    __tablename__ = "stored_value_sales"
    __table_args__ = (
        UniqueConstraint("merchant_id", "line_id"),
        CheckConstraint("issued >= 0 AND issued <= quantity AND returned >= 0", name="units"),
        Index("ix_stored_value_sales_waiting", "merchant_id", "issued_at"),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    line_id: Mapped[UUID] = belongs_to("order_lines", index=False)
    product_id: Mapped[UUID] = belongs_to("stored_value_products", index=False)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    quantity: Mapped[int]
    face: Mapped[int] = minor_units()
    bonus: Mapped[int] = minor_units()
    valid_days: Mapped[int]
    gift: Mapped[bool]
    #: how many cards were issued, when the order was completed
    issued: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime | None]
    #: money of the line that goes back without its cards, or for cards taken back already
    returned: Mapped[int] = minor_units(default=0)


class StoredValueCard(Tenant, Base):
    """A card. What is on it changes only by ``accounts.change``, with an entry beside it."""

    __tablename__ = "stored_value_cards"
    __table_args__ = (
        UniqueConstraint("merchant_id", "number"),
        CheckConstraint("principal >= 0 AND bonus >= 0", name="free"),
        CheckConstraint("held_principal >= 0 AND held_bonus >= 0", name="held"),
        Index("ix_stored_value_cards_expiring", "merchant_id", "status", "expires_at"),
    )
    number: Mapped[str] = mapped_column(String(20))
    #: what the receiver proves it with, hashed; None: it needs a fresh one
    code_hash: Mapped[str | None] = mapped_column(String(64))
    #: wrong codes since the code was made
    wrong_codes: Mapped[int] = mapped_column(default=0)
    customer_id: Mapped[UUID | None] = belongs_to("customers")
    currency: Mapped[str] = mapped_column(String(3))
    principal: Mapped[int] = minor_units(default=0)
    bonus: Mapped[int] = minor_units(default=0)
    held_principal: Mapped[int] = minor_units(default=0)
    held_bonus: Mapped[int] = minor_units(default=0)
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    #: returned: its order was refunded before anybody used it
    status: Mapped[str] = one_of("active", "frozen", "expired", "returned", default="active")
    #: the sale it comes from; None: issued by hand
    sale_id: Mapped[UUID | None] = belongs_to("stored_value_sales")
    bought_by: Mapped[UUID | None] = belongs_to("customers")
    created_at: Mapped[datetime]


class StoredValueEntry(Tenant, Base):
    """One change of a card, signed. Rows are added, never changed; all of a card's come to what is on it."""

    __tablename__ = "stored_value_entries"
    __table_args__ = (UniqueConstraint("merchant_id", "card_id", "kind", "reference"),)
    card_id: Mapped[UUID] = belongs_to("stored_value_cards", index=False)
    kind: Mapped[str] = one_of(*KINDS)
    principal: Mapped[int] = minor_units(default=0)
    bonus: Mapped[int] = minor_units(default=0)
    held_principal: Mapped[int] = minor_units(default=0)
    held_bonus: Mapped[int] = minor_units(default=0)
    #: what makes it happen once: a payment, a refund's number, a moment of expiry
    reference: Mapped[str] = mapped_column(String(100))
    payment_id: Mapped[UUID | None] = belongs_to("payments")
    order_id: Mapped[UUID | None] = belongs_to("orders")
    remark: Mapped[str | None] = mapped_column(String(500))
    by: Mapped[str]
    at: Mapped[datetime]


class StoredValueHold(Tenant, Base):
    """What one payment took of one card, and what of it went back."""

    __tablename__ = "stored_value_holds"
    __table_args__ = (
        UniqueConstraint("merchant_id", "payment_id", "card_id"),
        CheckConstraint("returned_principal >= 0 AND returned_principal <= principal", name="principal"),
        CheckConstraint("returned_bonus >= 0 AND returned_bonus <= bonus", name="bonus"),
    )
    payment_id: Mapped[UUID] = belongs_to("payments", index=False)
    card_id: Mapped[UUID] = belongs_to("stored_value_cards")
    order_id: Mapped[UUID] = belongs_to("orders", index=False)
    principal: Mapped[int] = minor_units()
    bonus: Mapped[int] = minor_units()
    returned_principal: Mapped[int] = minor_units(default=0)
    returned_bonus: Mapped[int] = minor_units(default=0)
    status: Mapped[str] = one_of("held", "captured", "released", default="held")


class StoredValueGuess(Tenant, Base):
    """How often one customer named a card and a code that do not belong together, since when."""

    __tablename__ = "stored_value_guesses"
    __table_args__ = (UniqueConstraint("merchant_id", "customer_id"),)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    since: Mapped[datetime]
    count: Mapped[int]
