"""Doors of sending: parcels, their numbers, shipments received."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import selectinload

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.order_shown import answer_order, show_shipments
from core.api.paging import page
from core.current import current_merchant
from core.db import get, reading, transaction
from core.errors import FieldError, Invalid
from core.models import Order, Shipment
from core.schemas.order import OrderForStaffOut, ShipmentOut
from core.schemas.order_work import RemarkIn, ShipIn, ShipmentsQuery, TrackingIn
from core.services import moves, shipments

blp = admin_blueprint("fulfilment", __name__, "Sending.")


@blp.get("/shipments")
@needs("orders.read")
@blp.arguments(ShipmentsQuery, location="query")
@blp.response(200, ShipmentOut(many=True))
@paged
def list_shipments(query: dict[str, Any]) -> Response:
    """What warehouses have to send or have sent, newest first."""
    where = [getattr(Shipment, name) == value for name, value in query.items()]
    load = (selectinload(Shipment.lines), selectinload(Shipment.parcels))
    with reading():
        return page(ShipmentOut, Shipment, *where, options=load, show=show_shipments)


@blp.post("/orders/<number>/shipments")
@needs("order.ship")
@blp.arguments(ShipIn)
@blp.response(201, OrderForStaffOut)
@idempotent
def ship(body: dict[str, Any], number: str) -> Response:
    """Hand a parcel to its courier, or goods over in person: all that is left, or the lines named."""
    units = _units(body.pop("lines"))
    with transaction():
        order = moves.lock_numbered(number)
        shipments.send(order, units=units, **body)
        return answer_order(order, 201)


@blp.post("/parcels/<uuid:parcel_id>/tracking")
@needs("order.ship")
@blp.arguments(TrackingIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def fix_tracking(body: dict[str, Any], parcel_id: UUID) -> Response:
    """The number was wrong: the old one is kept, the time to confirm is not started anew."""
    with transaction():
        order = moves.lock_order(shipments.order_of_parcel(parcel_id))
        shipments.fix_tracking(order, parcel_id, **body)
        return answer_order(order)


@blp.post("/shipments/<uuid:shipment_id>/receive")
@needs("order.receive")
@blp.arguments(RemarkIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def receive(body: dict[str, Any], shipment_id: UUID) -> Response:
    """One shipment is there; the order follows with the last."""
    with transaction():
        order: Order = moves.lock_order(get(Shipment, current_merchant().id, shipment_id).order_id)
        shipments.receive(order, shipments.find(order, shipment_id), remark=body["remark"])
        return answer_order(order)


def _units(lines: list[dict[str, Any]] | None) -> dict[UUID, int] | None:
    if lines is None:
        return None
    units = {line["line_id"]: line["quantity"] for line in lines}
    if len(units) < len(lines):
        error = FieldError("/lines", "Each line of the order once, please.", "line")
        raise Invalid(error.message, code="units_refused", errors=(error,))
    return units
