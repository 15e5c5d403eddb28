"""What is told of a parcel's way, written down once and never backwards; and what follows from it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from core import clock
from core.contracts.track import REASONS, TROUBLE, TrackPoint, TrackUpdate, moves_on
from core.current import current_merchant
from core.db import add, all_of, get
from core.models import Order, Parcel, Track, TrackStep
from core.services import cases, deadlines, events, moves

#: points of one trail; a source that tells more is telling nonsense
MAX_POINTS = 1000
#: couriers give old numbers to new parcels
REMEMBERED = timedelta(days=180)
#: status -> what staff must do
CASES = {
    "lost": "Parcel {no} of order {order} is lost: talk to the courier, then send again or give the money back.",
    "returned": "Parcel {no} of order {order} came back: talk to the buyer, then send again or give the money back.",
}


def record_track(update: TrackUpdate) -> str:
    """Write down how far a parcel is, in the caller's transaction; merged with what is known, never backwards.

    :returns: ``news``, ``known`` (nothing has changed, or the parcel has another number now), or ``stranger``: no
        parcel of the current merchant has or had this number.
    """
    found = _tracks(update)
    if not found:
        return "stranger"
    # in one order, for two of them may belong to orders that somebody else locks too
    results = [_record(track.order_id, track.id, update) for track in sorted(found, key=lambda one: one.order_id)]
    return "news" if "news" in results else "known"


def apply(order: Order, track: Track, update: TrackUpdate) -> bool:
    """As :func:`record_track`, for one track whose *order* is locked; whether anything changed."""
    fresh = _add_points(track, update.points)
    before = track.status
    latest, known = update.latest, track.status_at
    is_current = known is None or (latest is not None and latest >= known)
    steps = moves_on(before, known, update.status, latest)
    if latest is not None and is_current:
        track.status_at = latest
    reason_before = track.reason
    if steps:
        track.status, track.reason = update.status, update.reason
    elif is_current and update.status == before and update.reason:
        track.reason = update.reason
    changed = steps or track.reason != reason_before
    if changed:
        parcel = _parcel(order, track.parcel_id)
        if steps and track.status == "signed":
            _delivered(order, parcel, track, latest or clock.now())
        elif track.reason or track.status in TROUBLE:
            _in_trouble(order, parcel, track)
        if before == "lost":
            cases.resolve_key(f"parcel:{parcel.id}:lost", f"It was found again: {track.status}.")
    if changed or fresh:
        events.tell_after("after_track_changed", parcel_id=track.parcel_id, order_id=order.id, status=track.status)
    return changed or fresh


def points_of(tracks: Iterable[Track]) -> list[TrackStep]:
    """The points of *tracks*, newest first."""
    ids = [track.id for track in tracks]
    if not ids:
        return []
    rows = all_of(TrackStep, current_merchant().id, TrackStep.track_id.in_(ids))
    return sorted(rows, key=lambda row: (row.at, row.id), reverse=True)


def _tracks(update: TrackUpdate) -> list[Track]:
    where = (Track.tracking_no == update.tracking_no, Track.carrier == update.carrier)
    return all_of(Track, current_merchant().id, *where, Track.began_at > clock.now() - REMEMBERED)


def _record(order_id: UUID, track_id: UUID, update: TrackUpdate) -> str:
    order = moves.lock_order(order_id)
    track = get(Track, order.merchant_id, track_id, lock=True)
    if track.replaced_at is not None:
        return "known"
    return "news" if apply(order, track, update) else "known"


def _add_points(track: Track, points: Iterable[TrackPoint]) -> bool:
    there = {(row.at, row.text) for row in all_of(TrackStep, track.merchant_id, TrackStep.track_id == track.id)}
    before = len(there)
    for point in sorted(points, key=lambda one: one.at):
        text = point.text.strip()[:500]
        if not text or (point.at, text) in there or len(there) >= MAX_POINTS:
            continue
        there.add((point.at, text))
        place = point.place[:100] if point.place else None
        add(
            TrackStep(
                merchant_id=track.merchant_id, track_id=track.id, at=point.at, text=text, status=point.status,
                place=place,
            )
        )  # fmt: skip
    return len(there) > before


# ---------------------------------------------------------------------------------------------- what follows
def _delivered(order: Order, parcel: Parcel, track: Track, at: datetime) -> None:
    parcel.delivered_at = at
    events.announce("parcel.delivered", order, **_told(order, track), at=at.isoformat())
    deadlines.shorten_if_signed(order)


def _in_trouble(order: Order, parcel: Parcel, track: Track) -> None:
    reason = track.reason or (track.status if track.status in REASONS else "other")
    english, chinese = REASONS[reason]
    told = _told(order, track) | {"status": track.status, "reason": reason}
    events.announce("parcel.exception", order, **told, reason_en=english, reason_zh=chinese)
    if words := CASES.get(track.status):
        cases.open_case(
            f"parcel_{track.status}",
            words.format(no=track.tracking_no, order=order.number),
            thing_kind="parcel",
            thing_id=parcel.id,
            key=f"parcel:{parcel.id}:{track.status}",
            order_id=order.id,
        )


def _told(order: Order, track: Track) -> dict[str, str]:
    ids = {"parcel_id": str(track.parcel_id), "carrier": track.carrier, "tracking_no": track.tracking_no}
    return {"number": order.number, **ids}


def _parcel(order: Order, parcel_id: UUID) -> Parcel:
    found = (parcel for shipment in order.shipments for parcel in shipment.parcels)
    return next(parcel for parcel in found if parcel.id == parcel_id)
