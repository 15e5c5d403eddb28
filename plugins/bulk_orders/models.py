"""Batches of work on orders, their rows with what became of each, and saved filters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, one_of
from plugins.bulk_orders.terms import KINDS, ROW_STATUSES, STATUSES


class BulkBatch(Tenant, Base):
    """One file or list: what shall be done to orders, who said so, and how far it is (its rows tell)."""

    __tablename__ = "bulk_batches"
    __table_args__ = (
        Index("ix_bulk_batches_by_file", "merchant_id", "sha256"),
        Index("ix_bulk_batches_by_status", "merchant_id", "status", "id"),
    )
    kind: Mapped[str] = one_of(*KINDS)
    status: Mapped[str] = one_of(*STATUSES, default="preview")
    #: of a file: its name, its hash, and how it was written
    file_name: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    encoding: Mapped[str | None] = mapped_column(String(20))
    separator: Mapped[str | None] = mapped_column(String(1))
    rows: Mapped[int]
    #: of a batch that closes
    reason: Mapped[str | None] = mapped_column(String(60))
    #: of a batch that closes or remarks
    remark: Mapped[str | None] = mapped_column(String(500))
    #: in whose name rows are done: whoever committed it
    actor_kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    #: the stores that person is bound to; empty = every store
    store_ids: Mapped[list[Any]]
    #: what its moves carry in the log
    request_id: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class BulkRow(Tenant, Base):
    """One row of a batch: what it said, how it was read, what became of it."""

    __tablename__ = "bulk_rows"
    __table_args__ = (
        UniqueConstraint("merchant_id", "batch_id", "line"),
        Index("ix_bulk_rows_by_part", "merchant_id", "batch_id", "status", "part"),
    )
    batch_id: Mapped[UUID] = belongs_to("bulk_batches", index=False)
    #: of the file, as an editor counts: the heading is 1; of a list, from 1
    line: Mapped[int]
    #: the line of the first row that is done together with it: rows of one parcel
    part: Mapped[int]
    status: Mapped[str] = one_of(*ROW_STATUSES, default="ready")
    #: why it was not done, and which column is at fault
    code: Mapped[str | None] = mapped_column(String(60))
    column: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None] = mapped_column(String(500))
    #: what was mended while reading it, or is doubtful
    notes: Mapped[list[Any]]
    #: heading -> cell, as it stood there
    given: Mapped[dict[str, Any]]
    #: as it was read, see `wishes.py`
    wish: Mapped[dict[str, Any]]
    order_number: Mapped[str | None] = mapped_column(String(60))
    parcel_id: Mapped[UUID | None] = belongs_to("parcels", index=False)
    done_at: Mapped[datetime | None]


class BulkFilter(Tenant, Base):
    """A filter of orders that somebody wants to see again."""

    __tablename__ = "bulk_filters"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),)
    code: Mapped[str] = mapped_column(String(40))
    #: language -> text
    title: Mapped[dict[str, Any]]
    #: as the list of orders takes them
    terms: Mapped[dict[str, Any]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
