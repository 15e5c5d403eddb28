"""Merchants, their plugins, accounts at channels, stores and files."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Tenant, belongs_to, one_of


class Merchant(Base):
    """One tenant of the installation. Everything else hangs under its small id."""

    __tablename__ = "merchants"
    __table_args__ = (CheckConstraint("id > 0", name="id"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(10))
    #: core's own settings, as `schemas/settings.py` describes them; only what differs from the default
    settings: Mapped[dict[str, Any]]
    #: ETag of the settings
    version: Mapped[int] = mapped_column(default=0)
    #: rises when a plugin is enabled, disabled, ordered or configured: every process rebuilds its hook lists
    plugin_version: Mapped[int] = mapped_column(default=0)
    event_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class MerchantPlugin(Tenant, Base):
    """A plugin as this merchant has it."""

    __tablename__ = "merchant_plugins"
    __table_args__ = (UniqueConstraint("merchant_id", "name"),)
    name: Mapped[str] = mapped_column(String(60))
    enabled: Mapped[bool] = mapped_column(default=False)
    #: asked in this order, lowest first
    position: Mapped[int] = mapped_column(default=0)
    #: encrypted JSON, whole
    settings: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=0)


class Account(Tenant, Base):
    """One credential set of a plugin: whose money box a payment goes to."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("merchant_id", "plugin", "name"),)
    plugin: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    enabled: Mapped[bool] = mapped_column(default=True)
    #: encrypted JSON, whole
    settings: Mapped[str | None] = mapped_column(Text)
    #: store code -> what the channel wants to know of that store (a sub-merchant id ...); empty = every store
    stores: Mapped[dict[str, Any]]
    #: 128 random bits in the address its channel sends notices to; it opens nothing by itself
    notify_token: Mapped[str] = mapped_column(String(40), index=True, default=lambda: secrets.token_hex(16))
    #: public facts that the plugin learned of the channel (platform certificates ...)
    learned: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=0)


class Store(Tenant, Base):
    """A selling store of the merchant."""

    __tablename__ = "stores"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(500))
    region: Mapped[str | None] = mapped_column(String(20))
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)


class File(Tenant, Base):
    """A stored upload: its bytes lie in the storage, under `key`."""

    __tablename__ = "files"
    key: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    owner_kind: Mapped[str] = one_of("buyer", "staff", "api_key", "system")
    owner_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class StaffStore(Tenant, Base):
    """A store a member of staff works in; with none, every store."""

    __tablename__ = "staff_stores"
    __table_args__ = (UniqueConstraint("merchant_id", "staff_id", "store_id"),)
    staff_id: Mapped[UUID] = belongs_to("staff")
    store_id: Mapped[UUID] = belongs_to("stores")
