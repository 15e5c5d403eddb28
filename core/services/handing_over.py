"""Goods that nobody sends: handed over against what entitles to them, or called off and left on their shelf."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from core.errors import FieldError, Invalid
from core.models import Order, Parcel
from core.services import moves, shipments, stock


def redeem(order: Order, units: Mapping[UUID, int], *, remark: str | None = None) -> list[Parcel]:
    """Hand units over to whoever shows what entitles to them, out of the shipments that hold them. *order* is locked.

    :param units: order line id -> units; they count as redeemed, too.
    :raises MoveRefused: the order is not awaiting shipment. :raises Invalid: units that may not be sent.
    """
    left = Counter(units)
    parts: list[tuple[UUID, dict[UUID, int]]] = []
    for shipment in order.shipments:
        if shipment.state in ("waiting", "part_shipped"):
            part = {row.line_id: min(row.unshipped, left[row.line_id]) for row in shipment.lines}
            left.subtract(part)
            parts.append((shipment.id, {line_id: count for line_id, count in part.items() if count}))
    errors = [
        FieldError(f"/lines/{n}/quantity", f"{units[line_id] - left[line_id]} units of this line are left.", "too_many")
        for n, line_id in enumerate(units)
        if left[line_id] or units[line_id] < 1
    ]
    if errors or not units:
        raise Invalid("These units may not be handed over.", code="units_refused", errors=errors)
    for line in order.goods_lines:
        line.redeemed += units.get(line.id, 0)
    # the last of them moves the order on
    return [
        shipments.send(order, shipment_id=shipment_id, units=part, carrier=None, tracking_no=None, remark=remark)
        for shipment_id, part in parts
        if part
    ]


def call_off_unsent(order: Order) -> None:
    """What never left is not sent any more and goes back on its shelf, whoever keeps the money. *order* is locked."""
    stock.restock_unsent(order)
    for shipment in order.shipments:
        if shipment.state in ("waiting", "part_shipped"):
            for row in shipment.lines:
                row.quantity = row.shipped
            moves.move(shipment, "shrink", by="system")
