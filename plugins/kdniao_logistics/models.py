"""Turns at Kdniao's doors, so that no limit of its is broken; and labels."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, one_of


class KdniaoTurn(Tenant, Base):
    """How fast one product of one account was asked, and how often today."""

    __tablename__ = "kdniao_turns"
    __table_args__ = (UniqueConstraint("merchant_id", "account_id", "request_type"),)
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    request_type: Mapped[str] = mapped_column(String(10))
    #: when the next call may be made, and up to when those that must wait have been given a moment
    free_at: Mapped[datetime]
    promised_at: Mapped[datetime]
    #: a day of China, and calls made on it
    day: Mapped[date]
    used: Mapped[int] = mapped_column(default=0)
    #: Kdniao said that it is enough for now
    closed_until: Mapped[datetime | None]


class KdniaoLabel(Tenant, Base):
    """A label that was asked for: its number, and the page that is printed."""

    __tablename__ = "kdniao_labels"
    __table_args__ = (UniqueConstraint("merchant_id", "order_code"),)
    order_id: Mapped[UUID] = belongs_to("orders")
    account_id: Mapped[UUID] = belongs_to("accounts", index=False)
    #: new for each label and the same for each repeat
    order_code: Mapped[str] = mapped_column(String(30))
    carrier: Mapped[str] = mapped_column(String(40))
    #: sender, receiver, goods ... as they were sent
    wanted: Mapped[dict[str, Any]]
    #: planned: asked for, not answered yet; voiding: being given back
    status: Mapped[str] = one_of("planned", "done", "refused", "voiding", "void", default="planned")
    tracking_no: Mapped[str | None] = mapped_column(String(60))
    #: HTML of Kdniao's; shown in a sandbox only
    page: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
