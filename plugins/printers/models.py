"""The devices that print, and each print with what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, one_of
from plugins.printers.terms import CODEPAGES, DOCUMENTS, LANGUAGES, STATUSES, TARGETS


class PrinterDevice(Tenant, Base):
    """Something that prints: what, for whom, how wide, and where it is reached."""

    __tablename__ = "printer_devices"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    enabled: Mapped[bool] = mapped_column(default=True)
    target: Mapped[str] = one_of(*TARGETS)
    #: of a TCP printer
    host: Mapped[str | None] = mapped_column(String(253))
    port: Mapped[int | None]
    #: of an HTTP endpoint
    url: Mapped[str | None] = mapped_column(String(2000))
    #: what is printed by itself: objects with `document` and `node`
    prints: Mapped[list[Any]]
    copies: Mapped[int] = mapped_column(default=1)
    #: columns of a line; a Chinese character takes two
    width: Mapped[int] = mapped_column(default=32)
    codepage: Mapped[str] = one_of(*CODEPAGES, default="gbk")
    cut: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = one_of(*LANGUAGES, default="zh")
    #: only orders of this store; only goods from this warehouse
    store_id: Mapped[UUID | None] = belongs_to("stores", index=False)
    warehouse_id: Mapped[UUID | None] = belongs_to("warehouses", index=False)
    created_at: Mapped[datetime]


class PrinterPrint(Tenant, Base):
    """One document of one order on one device. What it says is made when it is printed, and not kept."""

    __tablename__ = "printer_prints"
    __table_args__ = (
        # by itself a document is printed once; each reprint has a number of its own
        UniqueConstraint(
            "merchant_id", "device_id", "order_id", "document", "node", "reprint", name="uq_printer_prints_once"
        ),
    )
    device_id: Mapped[UUID] = belongs_to("printer_devices", index=False)
    order_id: Mapped[UUID] = belongs_to("orders")
    document: Mapped[str] = one_of(*DOCUMENTS)
    #: what it was printed at; `reprint` for what staff asked for
    node: Mapped[str] = mapped_column(String(40))
    reprint: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = one_of(*STATUSES, default="waiting", index=True)
    tries: Mapped[int] = mapped_column(default=0)
    #: a try broke off in the middle: paper may lie there already
    doubtful: Mapped[bool] = mapped_column(default=False)
    result: Mapped[str | None] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
