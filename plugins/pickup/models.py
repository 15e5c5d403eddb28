"""Stores where goods are fetched, their slots, what is fetched there by which code, and what it came to."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of, sealed_text


class PickupStore(Tenant, Base):
    """How a store lets buyers fetch goods."""

    __tablename__ = "pickup_stores"
    __table_args__ = (
        UniqueConstraint("merchant_id", "store_id"),
        CheckConstraint("slot_minutes >= 0 AND lead_minutes >= 0 AND days_ahead > 0", name="times"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
    )
    store_id: Mapped[UUID] = belongs_to("stores", index=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    #: weekday (1 = Monday), opens and closes (HH:MM in the merchant's zone) of each time it is open in a week
    hours: Mapped[list[Any]]
    #: 0 = buyers come whenever they like
    slot_minutes: Mapped[int] = mapped_column(default=0)
    #: orders a slot takes; None = any number
    capacity: Mapped[int | None]
    #: how long before a slot begins it may still be chosen, and how many days ahead
    lead_minutes: Mapped[int] = mapped_column(default=0)
    days_ahead: Mapped[int] = mapped_column(default=7)
    changed_at: Mapped[datetime]


class PickupClosure(Tenant, Base):
    """Days on which a store hands nothing over, both ends included."""

    __tablename__ = "pickup_closures"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)
    store_id: Mapped[UUID] = belongs_to("stores")
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str]


class PickupSlot(Tenant, Base):
    """How many orders are to be fetched in one slot of one store."""

    __tablename__ = "pickup_slots"
    __table_args__ = (
        UniqueConstraint("merchant_id", "store_id", "starts_at"),
        CheckConstraint("taken >= 0", name="taken"),
    )
    store_id: Mapped[UUID] = belongs_to("stores", index=False)
    starts_at: Mapped[datetime]
    taken: Mapped[int]


class PickupOrder(Tenant, Base):
    """Where one order is fetched, when, and by which code."""

    __tablename__ = "pickup_orders"
    __table_args__ = (
        UniqueConstraint("merchant_id", "order_id"),
        UniqueConstraint("merchant_id", "digest"),
        CheckConstraint("status != 'live' OR (code IS NOT NULL AND digest IS NOT NULL)", name="code"),
        Index("ix_pickup_orders_of_store", "merchant_id", "store_id", "status"),
        Index("ix_pickup_orders_expiring", "merchant_id", "status", "valid_until"),
    )
    order_id: Mapped[UUID] = belongs_to("orders", index=False)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    store_id: Mapped[UUID] = belongs_to("stores", index=False)
    slot_at: Mapped[datetime | None]
    slot_ends_at: Mapped[datetime | None]
    #: whether the slot counts it
    in_slot: Mapped[bool] = mapped_column(default=False)
    #: placed, not paid; live: the code works; fetched; expired; over: closed or given back
    status: Mapped[str] = one_of("placed", "live", "fetched", "expired", "over", default="placed")
    preparation: Mapped[str] = one_of("to_prepare", "prepared", default="to_prepare")
    #: what the buyer shows, and what it is found by: a signature of it
    code: Mapped[str | None] = sealed_text()
    digest: Mapped[str | None] = mapped_column(String(64))
    issued_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    #: rises with whatever a verifier must have seen before handing over
    version: Mapped[int] = mapped_column(default=0)


class PickupRedemption(Tenant, Base):
    """Units handed over at one moment by one verifier. Rows are added, never changed."""

    __tablename__ = "pickup_redemptions"
    __table_args__ = (
        UniqueConstraint("merchant_id", "pickup_id", "seq"),
        UniqueConstraint("merchant_id", "verifier_id", "nonce"),
        CheckConstraint("amount >= 0 AND quantity > 0", name="worth"),
        Index("ix_pickup_redemptions_day", "merchant_id", "store_id", "day"),
    )
    pickup_id: Mapped[UUID] = belongs_to("pickup_orders", index=False)
    order_id: Mapped[UUID] = belongs_to("orders")
    store_id: Mapped[UUID] = belongs_to("stores", index=False)
    #: the version of the pickup it made
    seq: Mapped[int]
    verifier_kind: Mapped[str] = one_of("staff", "api_key")
    verifier_id: Mapped[UUID]
    verifier_name: Mapped[str]
    device: Mapped[str | None] = mapped_column(String(100))
    nonce: Mapped[str] = mapped_column(String(100))
    #: order line id -> units
    units: Mapped[dict[str, Any]]
    quantity: Mapped[int]
    #: what was paid for them
    amount: Mapped[int] = minor_units()
    #: units of the order that were still to be fetched afterwards
    left: Mapped[int]
    #: whether its goods have left: until then a parcel of the order may
    handed_over: Mapped[bool] = mapped_column(default=False)
    #: the merchant's calendar day
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime]


class PickupReturn(Tenant, Base):
    """Units that were brought back to the counter: only these may be refunded after they were fetched."""

    __tablename__ = "pickup_returns"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
    pickup_id: Mapped[UUID] = belongs_to("pickup_orders")
    line_id: Mapped[UUID] = belongs_to("order_lines", index=False)
    quantity: Mapped[int]
    remark: Mapped[str | None] = mapped_column(String(500))
    by: Mapped[str]
    at: Mapped[datetime]


class PickupSum(Tenant, Base):
    """What was fetched at one store on one of the merchant's days; the head office's sum is that of its stores."""

    __tablename__ = "pickup_sums"
    __table_args__ = (UniqueConstraint("merchant_id", "store_id", "day"),)
    store_id: Mapped[UUID] = belongs_to("stores", index=False)
    day: Mapped[date] = mapped_column(Date)
    redemptions: Mapped[int]
    units: Mapped[int]
    amount: Mapped[int] = minor_units()
