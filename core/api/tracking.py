"""Doors of trails: how far an order's parcels are, and which courier companies can be followed."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from core.api.auth import buyers_only, current_customer_id, needs
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.order_shown import Shown
from core.api.wire import answer_all
from core.contracts.courier import Carrier
from core.db import all_of, reading
from core.flows import tracking as flow
from core.models import Order, Track
from core.schemas.tracking import (
    CarrierOut,
    CarriersOut,
    CarriersQuery,
    TrackForStaffOut,
    TrackOut,
    TracksForStaffOut,
    TracksOut,
)
from core.services import orders, track_facts, tracking

shop = shop_blueprint("tracks", __name__, "How far parcels are.")
admin = admin_blueprint("tracks_admin", __name__, "How far parcels are, and who follows them.")


@shop.get("/orders/<number>/tracks")
@buyers_only
@shop.response(200, TracksOut)
def list_tracks(number: str) -> Response:
    """The trails of the order's parcels, as they are numbered now."""
    with reading():
        order = orders.read_numbered(number, customer_id=current_customer_id(), whole=False)
        return answer_all(TrackOut, _shown(order, Track.replaced_at.is_(None)))


@admin.get("/orders/<number>/tracks")
@needs("orders.read")
@admin.response(200, TracksForStaffOut)
def list_tracks_for_staff(number: str) -> Response:
    """The trails of the order's parcels, under every number they had."""
    with reading():
        return answer_all(TrackForStaffOut, _shown(orders.read_numbered(number, whole=False)))


@admin.get("/carriers")
@needs("orders.read")
@admin.arguments(CarriersQuery, location="query")
@admin.response(200, CarriersOut)
def list_carriers(query: Mapping[str, Any]) -> Response:
    """The courier companies that can be followed; with `tracking_no`, those whose it may be, best first."""
    if number := query.get("tracking_no"):
        return answer_all(CarrierOut, flow.recognise(number))
    return answer_all(CarrierOut, tracking.carriers())


def _shown(order: Order, *where: Any) -> list[Shown]:
    tracks = all_of(Track, order.merchant_id, Track.order_id == order.id, *where)
    points = track_facts.points_of(tracks)
    known = {one.code: one for one in tracking.carriers()}
    return [
        Shown(
            track,
            points=[point for point in points if point.track_id == track.id],
            carrier_title=_title(known, track.carrier),
        )
        for track in tracks
    ]


def _title(known: Mapping[str, Carrier], code: str) -> Mapping[str, str]:
    """A company whose courier is off is called by its code."""
    return known[code].title if code in known else {"en": code, "zh": code}
