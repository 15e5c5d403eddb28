"""Sending: shipments are made when the warehouse may start, shrink when units are given back, and end received."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core import clock, plugins
from core.contracts.order import ShipmentDraft
from core.current import current_actor, current_merchant
from core.db import add, get, with_rows
from core.errors import FieldError, Invalid, NotFound, Refused
from core.models import Order, OrderLine, Parcel, Shipment, ShipmentLine
from core.services import axes, moves, stock, tracking
from core.services.pictures import picture

MAX_PARCELS = 50
#: how often one parcel's number may be mended
MAX_CORRECTIONS = 20


def make(order: Order) -> None:
    """Tell each warehouse what to send; virtual goods make a shipment without one."""
    if any(shipment.state != "cancelled" for shipment in order.shipments):
        return
    units: dict[UUID | None, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for row in stock.sold_units(order):
        units[row.warehouse_id][row.line_id] += row.quantity - row.restocked
    for line in order.goods_lines:
        if line.virtual and line.left_to_ship:
            units[None][line.id] += line.left_to_ship
    for position, (warehouse_id, lines) in enumerate(units.items(), start=len(order.shipments) + 1):
        make_one(order, position, warehouse_id, lines)


def make_one(order: Order, position: int, warehouse_id: UUID | None, units: Mapping[UUID, int]) -> Shipment:
    """One shipment of so many units of each line."""
    shipment = Shipment(
        merchant_id=order.merchant_id,
        order_id=order.id,
        number=f"{order.number}-{position}",
        position=position,
        warehouse_id=warehouse_id,
        delivery_method=order.delivery_method if warehouse_id else "none",
    )
    moves.birth(shipment, "make", by="system")
    lines = [
        add(
            ShipmentLine(
                merchant_id=order.merchant_id, shipment_id=shipment.id, line_id=line_id, quantity=quantity, shipped=0
            )
        )
        for line_id, quantity in units.items()
    ]
    order.shipments.append(with_rows(shipment, lines=lines, parcels=[]))
    return shipment


def send(
    order: Order,
    *,
    shipment_id: UUID | None,
    units: Mapping[UUID, int] | None,
    carrier: str | None,
    tracking_no: str | None,
    remark: str | None = None,
    sent_at: datetime | None = None,
) -> Parcel:
    """Hand a parcel to its courier, or goods over in person (no *carrier*). *order* is locked.

    :param shipment_id: which warehouse's; may be left out while only one is open.
    :param units: order line id -> units; None = everything of the shipment that may be sent now.
    :param sent_at: when it left, if that is not now.
    :raises MoveRefused: the order is not awaiting shipment. :raises Invalid: units that may not be sent.
    """
    name = "ship" if carrier else "hand_over"
    moves.find_row(order, name, "staff")
    if carrier and tracking_no:
        carrier, tracking_no = tracking.checked_for(order, carrier, tracking_no)
    shipment = _choose(order, shipment_id)
    lines = {line.id: line for line in order.goods_lines}
    wanted = _units(shipment, lines, units)
    if len(shipment.parcels) >= MAX_PARCELS:
        raise Refused(f"A shipment has {MAX_PARCELS} parcels at most.", code="too_many_parcels")
    plugins.check("check_shipment", shipment=ShipmentDraft(picture(order), wanted, carrier, tracking_no))
    for row in shipment.lines:
        count = wanted.get(row.line_id, 0)
        row.shipped += count
        lines[row.line_id].shipped += count
    parcel = add(
        Parcel(
            merchant_id=order.merchant_id,
            shipment_id=shipment.id,
            carrier=carrier,
            tracking_no=tracking_no,
            contents={str(line_id): count for line_id, count in wanted.items()},
            history=[],
            sent_at=sent_at or clock.now(),
        )
    )
    shipment.parcels.append(parcel)
    tracking.begin(order, parcel)
    shipment.shipped_at = clock.now()
    axes.goods_changed(order)
    moves.move(shipment, "ship", by="staff")
    moves.move(order, name, by="staff", remark=remark, after=_told(order, parcel, wanted))
    return parcel


def fix_tracking(order: Order, parcel_id: UUID, *, carrier: str, tracking_no: str, reason: str) -> Parcel:
    """The number was wrong; the old one is kept and the time to confirm is not started anew.

    :raises NotFound: no such parcel. :raises Refused: it is received, or it never had a number.
    """
    for shipment in order.shipments:
        for parcel in shipment.parcels:
            if parcel.id == parcel_id:
                return _fix(order, shipment, parcel, carrier, tracking_no, reason)
    raise NotFound(f"Order {order.number} has no such parcel.")


def _fix(order: Order, shipment: Shipment, parcel: Parcel, carrier: str, tracking_no: str, reason: str) -> Parcel:
    if shipment.state == "received":
        raise Refused("The shipment is received: its numbers stay as they are.", code="received")
    if parcel.delivered_at is not None:
        raise Refused("The parcel was signed for: its number stays as it is.", code="delivered")
    if parcel.carrier is None:
        raise Refused("These goods were handed over in person: there is no number to mend.", code="handed_over")
    carrier, tracking_no = tracking.checked_for(order, carrier, tracking_no)
    before = {"carrier": parcel.carrier, "tracking_no": parcel.tracking_no}
    if before == {"carrier": carrier, "tracking_no": tracking_no}:
        raise Refused(f"The parcel has the number {tracking_no} of {carrier} already.", code="unchanged")
    if len(parcel.history) >= MAX_CORRECTIONS:
        raise Refused(f"A number may be mended {MAX_CORRECTIONS} times.", code="too_many_corrections")
    parcel.history = [*parcel.history, {**before, "until": clock.now().isoformat(), "reason": reason}]
    parcel.carrier, parcel.tracking_no = carrier, tracking_no
    tracking.begin(order, parcel)
    after = {"parcel": str(parcel.id), "carrier": carrier, "tracking_no": tracking_no}
    moves.move(order, "fix_tracking", by="staff", remark=reason, before=before, after=after)
    return parcel


def receive(order: Order, shipment: Shipment, *, by: str | None = None, remark: str | None = None) -> None:
    """One shipment is confirmed; the order follows when it was the last. *order* is locked.

    :param by: the word in the order's table; the current actor's unless given.
    """
    by = by or current_actor().plays
    moves.find_row(order, "receive_shipment", by)
    _confirm(order, shipment, by if by in ("buyer", "staff") else "system")
    moves.move(order, "receive_shipment", by=by, remark=remark, after={"shipment": shipment.number})


def receive_all(order: Order) -> None:
    """The order is confirmed, and so is all that was sent of it."""
    for shipment in order.shipments:
        if shipment.state == "shipped":
            _confirm(order, shipment, "system")


def give_up_unsent(order: Order) -> None:
    """What was never sent and is owed to nobody any more goes back on its shelf; shipments shrink by it."""
    to_send: dict[UUID, int] = defaultdict(int)
    for shipment in order.shipments:
        for row in shipment.lines:
            to_send[row.line_id] += row.unshipped
    for sold in () if order.shipments else stock.sold_units(order):
        to_send[sold.line_id] += sold.quantity - sold.restocked
    for line in order.goods_lines:
        if (units := to_send[line.id] - line.left_to_ship) > 0:
            _give_up(order, line, units)


def _give_up(order: Order, line: OrderLine, units: int) -> None:
    left = units
    for shipment in order.shipments:
        for row in shipment.lines:
            if row.line_id == line.id and left and row.unshipped:
                step = min(left, row.unshipped)
                row.quantity -= step
                left -= step
                stock.restock(order, line.id, shipment.warehouse_id, step)
                moves.move(shipment, "shrink", by="system")
    if left and not line.virtual:
        stock.restock(order, line.id, None, left)


def cancel_unsent(order: Order) -> None:
    """The whole order is given back: what never left goes back on its shelf and is not sent any more."""
    stock.restock_unsent(order)
    for shipment in order.shipments:
        if shipment.state == "waiting":
            moves.move(shipment, "cancel", by="system")
        elif shipment.state == "part_shipped":
            for row in shipment.lines:
                row.quantity = row.shipped
            moves.move(shipment, "shrink", by="system")


def find(order: Order, shipment_id: UUID) -> Shipment:
    """One of the order's shipments.

    :raises NotFound: not one of them.
    """
    for shipment in order.shipments:
        if shipment.id == shipment_id:
            return shipment
    raise NotFound(f"Order {order.number} has no such shipment.")


def order_of_parcel(parcel_id: UUID) -> UUID:
    """The order a parcel belongs to.

    :raises NotFound: there is no such parcel of this merchant.
    """
    merchant_id = current_merchant().id
    return get(Shipment, merchant_id, get(Parcel, merchant_id, parcel_id).shipment_id).order_id


def _confirm(order: Order, shipment: Shipment, by: str) -> None:
    moves.move(shipment, "receive", by=by)
    shipment.received_at = clock.now()
    lines = {line.id: line for line in order.lines}
    for row in shipment.lines:
        lines[row.line_id].received += row.shipped
    axes.goods_changed(order)


def _choose(order: Order, shipment_id: UUID | None) -> Shipment:
    if shipment_id is not None:
        return find(order, shipment_id)
    still = [shipment for shipment in order.shipments if shipment.state in ("waiting", "part_shipped")]
    if len(still) == 1:
        return still[0]
    listed = ", ".join(f"{shipment.id} ({shipment.number})" for shipment in still)
    raise Invalid.field("/shipment_id", f"Say which shipment this parcel belongs to: {listed}.", "required")


def _units(shipment: Shipment, lines: Mapping[UUID, OrderLine], units: Mapping[UUID, int] | None) -> dict[UUID, int]:
    """What may be sent of what is wanted."""
    may = {row.line_id: min(row.unshipped, lines[row.line_id].shippable) for row in shipment.lines}
    if units is None:
        wanted = {line_id: count for line_id, count in may.items() if count}
        if not wanted:
            raise Refused(f"Nothing of shipment {shipment.number} is left to send.", code="nothing_to_send")
        return wanted
    errors = []
    for n, (line_id, count) in enumerate(units.items()):
        if not 0 < count <= may.get(line_id, 0):
            message = f"{may.get(line_id, 0)} units of this line may be sent with this shipment, not {count}."
            errors.append(FieldError(f"/lines/{n}/quantity", message, "too_many"))
    if errors or not units:
        raise Invalid("These units may not be sent.", code="units_refused", errors=errors)
    return dict(units)


def _told(order: Order, parcel: Parcel, units: Mapping[UUID, int]) -> dict[str, Any]:
    sku = {line.id: line.sku for line in order.lines}
    return {
        "parcel": str(parcel.id),
        "carrier": parcel.carrier,
        "tracking_no": parcel.tracking_no,
        "units": {sku[line_id]: count for line_id, count in units.items()},
    }
