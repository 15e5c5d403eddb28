"""How far parcels are: a track for each number a parcel has or had, and the points of its trail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.contracts.track import STATUSES
from core.tables import Base, Tenant, belongs_to, one_of


class Track(Tenant, Base):
    """One number of one parcel, and who follows it. Written under its order's lock."""

    __tablename__ = "tracks"
    __table_args__ = (
        UniqueConstraint("merchant_id", "parcel_id", "carrier", "tracking_no"),
        Index("ix_tracks_by_number", "merchant_id", "tracking_no", "carrier"),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    parcel_id: Mapped[UUID] = belongs_to("parcels", index=False)
    carrier: Mapped[str] = mapped_column(String(40))
    tracking_no: Mapped[str] = mapped_column(String(60))
    #: the source that follows it, and the account it is asked with
    courier: Mapped[str] = mapped_column(String(60))
    account_id: Mapped[UUID | None] = belongs_to("accounts", index=False)
    status: Mapped[str] = one_of(*STATUSES, default="none")
    #: when the newest known point happened
    status_at: Mapped[datetime | None]
    #: why it is in trouble or late, see ``contracts/track.py``
    reason: Mapped[str | None] = mapped_column(String(40))
    subscription: Mapped[str] = one_of("waiting", "done", "none", "refused", default="waiting")
    #: what the source said no with
    failure: Mapped[str | None] = mapped_column(String(500))
    #: seconds between two questions; None = it is not asked
    look_every: Mapped[int | None]
    looked_at: Mapped[datetime | None]
    began_at: Mapped[datetime]
    #: another number took its place; what is told of this one changes nothing any more
    replaced_at: Mapped[datetime | None]


class TrackStep(Tenant, Base):
    """One point of a trail. Rows are added, never changed."""

    __tablename__ = "track_points"
    __table_args__ = (UniqueConstraint("merchant_id", "track_id", "at", "text"),)
    track_id: Mapped[UUID] = belongs_to("tracks", index=False)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(500))
    status: Mapped[str | None] = mapped_column(String(40))
    place: Mapped[str | None] = mapped_column(String(100))
