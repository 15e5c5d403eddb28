"""Where a merchant wants to be told of events, and each event that is told there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, one_of, sealed_text

#: one that merchants make up to see whether their server hears us
TEST = "webhooks.test"


class WebhookEndpoint(Tenant, Base):
    """One address, what it wants to hear, how it is signed, and how it is doing."""

    __tablename__ = "webhook_endpoints"
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str]
    #: names of events; one that ends in `*` means all that begin so
    events: Mapped[list[Any]]
    #: `off`: staff said so; `disabled`: we did, `why` says for what
    status: Mapped[str] = one_of("active", "off", "disabled", default="active")
    why: Mapped[str | None] = mapped_column(String(40))
    secret: Mapped[str] = sealed_text()
    #: signs as well until then
    previous_secret: Mapped[str | None] = sealed_text()
    previous_until: Mapped[datetime | None]
    #: what happened before is not told; and before these filters were set, not by the events after it either
    listening_since: Mapped[datetime]
    filtered_since: Mapped[datetime]
    #: nothing has arrived there since
    failing_since: Mapped[datetime | None]
    #: how often in a row nobody was there; meanwhile one delivery at a time tries, and none before `quiet_until`
    down: Mapped[int] = mapped_column(default=0)
    quiet_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WebhookDelivery(Tenant, Base):
    """One event for one endpoint, and every try to tell it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("merchant_id", "endpoint_id", "event_id"),
        Index("ix_webhook_deliveries_due", "merchant_id", "endpoint_id", "status", "next_try_at"),
        Index("ix_webhook_deliveries_thing", "merchant_id", "endpoint_id", "thing_id", "seq"),
        Index("ix_webhook_deliveries_age", "merchant_id", "created_at"),
    )
    endpoint_id: Mapped[UUID] = belongs_to("webhook_endpoints", index=False)
    #: None = a test, which is about nothing
    event_id: Mapped[UUID | None] = belongs_to("events", index=False)
    name: Mapped[str] = mapped_column(String(80))
    #: what it is about; the events of one thing are told one after the other
    thing_id: Mapped[UUID | None]
    seq: Mapped[int]
    happened_at: Mapped[datetime]
    status: Mapped[str] = one_of("waiting", "delivered", "failed", default="waiting")
    #: since it was made, or replayed
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    #: somebody is sending it, and is taken for dead after this
    busy_until: Mapped[datetime | None]
    #: the newest tries: at, status, ms, error
    attempts: Mapped[list[Any]]
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    @property
    def message_id(self) -> str:
        """The header ``webhook-id``: the same for every try and replay."""
        return f"evt_{self.event_id or self.id}"
