"""What the merchant says in its own words, what customers do not want, and each delivery with what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, one_of
from plugins.notifications.terms import AUDIENCES, CHANNELS, LANGUAGES, STATUSES


class NotificationTemplate(Tenant, Base):
    """The merchant's own text for one event, audience, channel and language."""

    __tablename__ = "notification_templates"
    __table_args__ = (
        UniqueConstraint(
            "merchant_id", "event", "audience", "channel", "language", name="uq_notification_templates_place"
        ),
    )
    event: Mapped[str] = mapped_column(String(80))
    audience: Mapped[str] = one_of(*AUDIENCES)
    channel: Mapped[str] = one_of(*CHANNELS)
    language: Mapped[str] = one_of(*LANGUAGES)
    #: off: nobody is told this way in this language
    enabled: Mapped[bool] = mapped_column(default=True)
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    #: how the provider calls its own template, and what it is filled with
    provider_template: Mapped[str | None] = mapped_column(String(100))
    provider_values: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class NotificationOptOut(Tenant, Base):
    """A customer does not want to be told this way."""

    __tablename__ = "notification_opt_outs"
    __table_args__ = (UniqueConstraint("merchant_id", "customer_id", "channel"),)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    channel: Mapped[str] = one_of(*CHANNELS)
    since: Mapped[datetime]


class NotificationDelivery(Tenant, Base):
    """One event told to one address by one way. Its address and words go when they are old; that it was told stays."""

    __tablename__ = "notification_deliveries"
    __table_args__ = (
        # told twice is as told once
        UniqueConstraint(
            "merchant_id", "event_id", "audience", "channel", "address_hash", name="uq_notification_deliveries_once"
        ),
        Index("ix_notification_deliveries_by_status", "merchant_id", "status", "id"),
        Index("ix_notification_deliveries_by_age", "merchant_id", "pruned", "created_at"),
    )
    event_id: Mapped[UUID] = belongs_to("events", index=False)
    event: Mapped[str] = mapped_column(String(80))
    audience: Mapped[str] = one_of(*AUDIENCES)
    channel: Mapped[str] = one_of(*CHANNELS)
    language: Mapped[str] = one_of(*LANGUAGES)
    customer_id: Mapped[UUID | None] = belongs_to("customers")
    order_id: Mapped[UUID | None] = belongs_to("orders")
    #: of the event and the address, so that it can be told once without the address being kept
    address_hash: Mapped[str] = mapped_column(String(64))
    #: whole until it is pruned, then as lists show it
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str | None] = mapped_column(String(500))
    body: Mapped[str | None] = mapped_column(Text)
    provider_template: Mapped[str | None] = mapped_column(String(100))
    provider_values: Mapped[dict[str, Any]]
    status: Mapped[str] = one_of(*STATUSES, default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    #: tries since staff last asked for it: what the pauses count
    round_tries: Mapped[int] = mapped_column(default=0)
    #: what the last try came to, and the provider's own name for it
    result: Mapped[str | None] = mapped_column(String(500))
    reference: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    pruned: Mapped[bool] = mapped_column(default=False)
