"""Who may come in: staff, API keys, customers, and the sessions of all of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Tenant, belongs_to, one_of


class Staff(Tenant, Base):
    """A person who works for the merchant."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("merchant_id", "login"),)
    login: Mapped[str] = mapped_column(String(100))
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(String(200))
    #: names out of `core/services/roles.py`
    roles: Mapped[list[Any]]
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class ApiKey(Tenant, Base):
    """A key of the merchant's own servers; the key itself is shown once and kept as a hash."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("merchant_id", "token_hash"),)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(String(64))
    last4: Mapped[str] = mapped_column(String(4))
    #: permission names
    scopes: Mapped[list[Any]]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Customer(Tenant, Base):
    """A buyer of this merchant."""

    __tablename__ = "customers"
    __table_args__ = (UniqueConstraint("merchant_id", "email"), UniqueConstraint("merchant_id", "phone"))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str | None]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[datetime]


class CustomerIdentity(Tenant, Base):
    """The same buyer under another name: the merchant's own id, an openid of an app ..."""

    __tablename__ = "customer_identities"
    __table_args__ = (UniqueConstraint("merchant_id", "kind", "app_id", "external_id"),)
    customer_id: Mapped[UUID] = belongs_to("customers")
    kind: Mapped[str] = mapped_column(String(40))
    app_id: Mapped[str] = mapped_column(String(100), default="")
    external_id: Mapped[str] = mapped_column(String(200))


class Session(Tenant, Base):
    """A signed-in buyer or member of staff; the token is kept as a hash."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("merchant_id", "token_hash"),)
    kind: Mapped[str] = one_of("buyer", "staff")
    customer_id: Mapped[UUID | None] = belongs_to("customers")
    staff_id: Mapped[UUID | None] = belongs_to("staff")
    token_hash: Mapped[str] = mapped_column(String(64))
    #: set for browser sessions: what X-CSRF-Token must hash to
    csrf_hash: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
