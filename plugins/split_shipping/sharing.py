"""What each sub-shipment is worth: its goods and its part of the freight; all together are what the order costs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core import Order, Warehouse, all_of, allocate, current_merchant, unit_share
from plugins.split_shipping.models import SplitConfirmation


@dataclass
class Portion:
    """Units of one line in one sub-shipment, and what they cost after all discounts."""

    line_id: UUID
    sku: str
    title: str
    quantity: int
    amount: int


@dataclass
class SubShipment:
    """One sub-shipment; *shipment* None = it is planned, for the order is not released yet."""

    warehouse_id: UUID | None
    shipment: Any = None
    portions: list[Portion] = field(default_factory=list)
    freight: int = 0
    warehouse: str | None = None
    confirm_at: datetime | None = None

    @property
    def goods(self) -> int:
        """Minor units of its goods."""
        return sum(portion.amount for portion in self.portions)

    @property
    def total(self) -> int:
        """Minor units with its part of the freight."""
        return self.goods + self.freight


@dataclass(frozen=True)
class Shared:
    """An order in its sub-shipments; *given_back* is what was given back before it was sent."""

    order: Order
    shipments: Sequence[SubShipment]
    given_back: SubShipment


def shared(order: Order) -> Shared:
    """What each sub-shipment of *order* is worth.

    Units that were given back unsent come first, as a refund reckons them; the others in the order of the
    sub-shipments, so that the parts add up to the line. The freight follows the money of the goods.
    """
    subs, units = _placed(order)
    given_back = SubShipment(None)
    for line in order.goods_lines:
        placed = [(sub, units[n][line.id]) for n, sub in enumerate(subs) if units[n][line.id]]
        start = line.quantity - sum(count for _, count in placed)
        for sub, count, before in ((given_back, start, 0), *_running(placed, start)):
            if count:
                amount = unit_share(line.net, line.quantity, before, count)
                sub.portions.append(Portion(line.id, line.sku, line.title, count, amount))
    _share_freight(order, subs, given_back)
    _name(subs, order)
    return Shared(order, subs, given_back)


# ---------------------------------------------------------------------------------------------- inside
def _placed(order: Order) -> tuple[list[SubShipment], list[dict[UUID, int]]]:
    """The sub-shipments, made or planned, and the units of each line in each."""
    alive = [shipment for shipment in order.shipments if shipment.state != "cancelled"]
    if order.shipments:
        subs = [SubShipment(shipment.warehouse_id, shipment) for shipment in alive]
        return subs, [_counted((row.line_id, row.quantity) for row in shipment.lines) for shipment in alive]
    planned: dict[UUID | None, list[tuple[UUID, int]]] = defaultdict(list)
    for row in order.reservations:
        planned[row.warehouse_id].append((row.line_id, row.quantity - row.restocked))
    for line in order.goods_lines:
        if line.virtual:
            planned[None].append((line.id, line.quantity))
    return [SubShipment(place) for place in planned], [_counted(rows) for rows in planned.values()]


def _counted(rows: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    units: dict[UUID, int] = defaultdict(int)
    for line_id, count in rows:
        units[line_id] += count
    return units


def _running(placed: Sequence[tuple[SubShipment, int]], start: int) -> Iterable[tuple[SubShipment, int, int]]:
    for sub, count in placed:
        yield sub, count, start
        start += count


def _share_freight(order: Order, subs: Sequence[SubShipment], given_back: SubShipment) -> None:
    freight = sum(line.net for line in order.lines if line.kind == "freight")
    if not subs:
        given_back.freight = freight
        return
    # goods that cost nothing travel by their number
    weights = [sub.goods for sub in subs]
    if not any(weights):
        weights = [sum(portion.quantity for portion in sub.portions) for sub in subs]
    for sub, part in zip(subs, allocate(freight, weights if any(weights) else [1] * len(subs)), strict=True):
        sub.freight = part


def _name(subs: Sequence[SubShipment], order: Order) -> None:
    merchant_id = current_merchant().id
    places = {sub.warehouse_id for sub in subs if sub.warehouse_id}
    codes = {row.id: row.code for row in all_of(Warehouse, merchant_id, Warehouse.id.in_(places))} if places else {}
    clocks = all_of(SplitConfirmation, merchant_id, SplitConfirmation.order_id == order.id) if order.shipments else []
    due = {row.shipment_id: row.due_at for row in clocks if row.paused_left is None}
    of_order = next((row.due_at for row in order.deadlines if row.kind == "confirm" and row.paused_left is None), None)
    for sub in subs:
        sub.warehouse = codes.get(sub.warehouse_id) if sub.warehouse_id else None
        if sub.shipment is not None and sub.shipment.state == "shipped":
            sub.confirm_at = due.get(sub.shipment.id, of_order)
