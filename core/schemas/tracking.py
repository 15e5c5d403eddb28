"""The wire shapes of trails and courier companies."""

from core.contracts.track import REASONS, STATUSES
from core.schemas.fields import Choice, Code, Identifier, ListOf, MapOf, Moment, Out, QueryIn, Text


class TrackPointOut(Out):
    """One point of a trail."""

    at = Moment()
    text = Text(500)
    status = Choice(*STATUSES, allow_none=True)
    place = Text(100, allow_none=True)


class TrackOut(Out):
    """How far a parcel is; its trail, newest first."""

    parcel_id = Identifier()
    carrier = Text()
    carrier_title = MapOf(Text())
    tracking_no = Text()
    status = Choice(*STATUSES)
    status_at = Moment(allow_none=True)
    reason = Choice(*REASONS, allow_none=True)
    points = ListOf(TrackPointOut)


class TracksOut(Out):
    """Every trail of an order."""

    data = ListOf(TrackOut)


class TrackForStaffOut(TrackOut):
    """As staff see it: who follows it, and numbers it had before."""

    id = Identifier()
    courier = Text()
    account_id = Identifier(allow_none=True)
    subscription = Choice("waiting", "done", "none", "refused")
    failure = Text(500, allow_none=True)
    looked_at = Moment(allow_none=True)
    began_at = Moment()
    replaced_at = Moment(allow_none=True)


class TracksForStaffOut(Out):
    """Every trail of an order, under every number."""

    data = ListOf(TrackForStaffOut)


class CarrierOut(Out):
    """A courier company whose parcels can be followed."""

    code = Text()
    title = MapOf(Text())


class CarriersOut(Out):
    """Courier companies."""

    data = ListOf(CarrierOut, max=5000)


class CarriersQuery(QueryIn):
    """With a number: those whose it may be, best first."""

    tracking_no = Code(max=60)
