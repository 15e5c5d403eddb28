"""What the house remembers: deadlines, the move log, events, cases, messages, jobs, idempotency keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Tenant, belongs_to, one_of


class Deadline(Tenant, Base):
    """The moment something happens by itself to an order, unless it is paused or gone by then."""

    __tablename__ = "deadlines"
    __table_args__ = (UniqueConstraint("merchant_id", "order_id", "kind"),)
    order_id: Mapped[UUID] = belongs_to("orders", index=False)
    kind: Mapped[str] = mapped_column(String(60))
    due_at: Mapped[datetime]
    #: seconds that were left when it was paused; None = running
    paused_left: Mapped[int | None]


class MoveLog(Tenant, Base):
    """One move of one thing: who, what, when, from where to where. Rows are added, never changed."""

    __tablename__ = "move_log"
    __table_args__ = (UniqueConstraint("merchant_id", "subject_id", "seq"),)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    #: gapless per subject, from 1
    seq: Mapped[int]
    #: the order it belongs to, whatever the subject
    order_id: Mapped[UUID | None] = belongs_to("orders")
    move: Mapped[str] = mapped_column(String(60))
    source_state: Mapped[str | None] = mapped_column(String(40))
    target_state: Mapped[str] = mapped_column(String(40))
    #: who set it off: what the system takes by itself in somebody's transaction carries their name
    actor_kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    #: the door it came through
    source: Mapped[str] = one_of("api", "webhook", "job", "plugin", "cli", "import")
    request_id: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    remark: Mapped[str | None] = mapped_column(String(500))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class Event(Tenant, Base):
    """Something happened to a thing; plugins and the inbox hear of it after commit."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("merchant_id", "about_id", "seq"),)
    name: Mapped[str] = mapped_column(String(80))
    about_kind: Mapped[str] = mapped_column(String(40))
    #: the order or case; None = the merchant itself
    about_id: Mapped[UUID | None]
    seq: Mapped[int]
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Case(Tenant, Base):
    """What needs a human."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("merchant_id", "key"),
        Index("ix_cases_by_status", "merchant_id", "status", "id"),
    )
    kind: Mapped[str] = mapped_column(String(60))
    #: one open case per key: the same trouble twice is one case
    key: Mapped[str | None] = mapped_column(String(200))
    order_id: Mapped[UUID | None] = belongs_to("orders")
    thing_kind: Mapped[str] = mapped_column(String(40))
    thing_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(String(500))
    data: Mapped[dict[str, Any]]
    status: Mapped[str] = one_of("open", "resolved", default="open")
    owner_id: Mapped[UUID | None] = belongs_to("staff", index=False)
    remark: Mapped[str | None] = mapped_column(String(500))
    version: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]


class Notice(Tenant, Base):
    """The inbox of what channels tell: written before it is acknowledged, and what became of it."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("merchant_id", "account_id", "event_id"),)
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    channel: Mapped[str] = mapped_column(String(60))
    #: the channel's own id of it: the same twice is the same notice
    event_id: Mapped[str] = mapped_column(String(100))
    #: verified and translated, as `services/facts.py` writes them
    facts: Mapped[list[Any]]
    #: as it came, for whoever must look into it
    body: Mapped[str] = mapped_column(Text)
    #: parked: nobody knows its number yet; refused: it contradicts what we know, a case says how
    status: Mapped[str] = one_of("new", "applied", "parked", "refused", "idle", default="new", index=True)
    outcome: Mapped[str | None] = mapped_column(String(500))
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class Message(Tenant, Base):
    """A line of the in-app inbox, filled from events."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("merchant_id", "event_id", "audience"),)
    event_id: Mapped[UUID] = belongs_to("events", index=False)
    audience: Mapped[str] = one_of("merchant", "buyer")
    customer_id: Mapped[UUID | None] = belongs_to("customers")
    order_id: Mapped[UUID | None] = belongs_to("orders", index=False)
    name: Mapped[str] = mapped_column(String(80))
    #: language -> text
    texts: Mapped[dict[str, Any]]
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Job(Tenant, Base):
    """Something to be done at a time. The row is the truth; rq only carries its id. Gone when done."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("merchant_id", "key"),
        Index("ix_jobs_due", "status", "due_at"),
    )
    #: "core" or the plugin whose queue carries it
    plugin: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(100))
    key: Mapped[str | None] = mapped_column(String(200))
    args: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    status: Mapped[str] = one_of("waiting", "failed", default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    #: a claim: nobody else takes it before this moment
    leased_until: Mapped[datetime | None]
    lease: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(100))
    error: Mapped[str | None] = mapped_column(Text)


class IdempotencyKey(Tenant, Base):
    """One use of an Idempotency-Key by one principal, and the answer it got."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("merchant_id", "principal", "key"),)
    #: kind and id of the caller
    principal: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: None while it runs
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None] = mapped_column(Text)
    leased_until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
