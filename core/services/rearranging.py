"""What a warehouse was told to send is sent by another, together or apart, as long as nothing of it has left."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.current import current_merchant
from core.db import add, all_of
from core.errors import FieldError, Invalid, OutOfStock, Refused
from core.models import Order, Shipment, ShipmentLine, Stock
from core.services import moves, shipments, stock
from core.services.warehouses import warehouse_called

#: order line id -> units
Units = Mapping[UUID, int]


def reallocate(order: Order, shipment_id: UUID, warehouse: str, units: Units | None = None) -> Shipment:
    """Let another warehouse send a shipment, or some units of it. *order* is locked; the stock goes along.

    :param warehouse: the code of the warehouse that shall send. :param units: None = all of the shipment.
    :returns: the shipment that holds them then: the same one, or a new one if a part stays behind.
    :raises Refused: something of it has left, or it lies in no warehouse, or there already.
    :raises OutOfStock: the warehouse has too few; if somebody takes the last ones at this moment, the end of the
        transaction says so.
    """
    shipment = _unsent(order, shipment_id)
    target = _open_warehouse(warehouse)
    if shipment.warehouse_id == target:
        raise Refused(f"Shipment {shipment.number} is sent from {warehouse} already.", code="unchanged")
    wanted = _units(shipment, units)
    _check_shelf(order, target, wanted)
    _carry_stock(order, shipment.warehouse_id, target, wanted)
    if wanted == _all_of(shipment):
        before = {"warehouse": str(shipment.warehouse_id)}
        shipment.warehouse_id = target
        moves.move(shipment, "reallocate", by="system", before=before, after={"warehouse": str(target)})
        return shipment
    return _part(order, shipment, wanted, target)


def merge_shipments(order: Order, shipment_ids: Sequence[UUID], warehouse: str) -> Shipment:
    """Let one warehouse send what several were to send, as one shipment. *order* is locked; the stock goes along.

    :returns: the first of them, which holds everything then; the others are cancelled.
    :raises Refused: something of one has left, or one lies in no warehouse. :raises OutOfStock: as for one shipment.
    """
    if len(set(shipment_ids)) < 2:
        raise Invalid.field("/shipment_ids", "Name two or more different shipments.", "too_few")
    rows = [_unsent(order, one) for one in dict.fromkeys(shipment_ids)]
    target = _open_warehouse(warehouse)
    wanted: Counter[UUID] = Counter()
    for shipment in rows:
        if shipment.warehouse_id != target:
            wanted.update(_all_of(shipment))
    _check_shelf(order, target, wanted)
    first, *others = sorted(rows, key=lambda row: row.position)
    for shipment in (first, *others):
        if shipment.warehouse_id != target:
            _carry_stock(order, shipment.warehouse_id, target, _all_of(shipment))
    if first.warehouse_id != target:
        before = {"warehouse": str(first.warehouse_id)}
        first.warehouse_id = target
        moves.move(first, "reallocate", by="system", before=before, after={"warehouse": str(target)})
    for shipment in others:
        _pass_on(shipment, first, _all_of(shipment))
    return first


def split_shipment(order: Order, shipment_id: UUID, units: Units) -> Shipment:
    """Make a shipment of its own of some units; the same warehouse sends both. *order* is locked.

    :returns: the new one.
    :raises Refused: something of it has left. :raises Invalid: units that are not in it, or all of it.
    """
    shipment = _unsent(order, shipment_id)
    wanted = _units(shipment, units)
    if wanted == _all_of(shipment):
        raise Invalid.field("/lines", "That is all of the shipment: leave something behind.", "nothing_left_behind")
    return _part(order, shipment, wanted, shipment.warehouse_id)


# ------------------------------------------------------------------------------------------------ inside
def _unsent(order: Order, shipment_id: UUID) -> Shipment:
    shipment = shipments.find(order, shipment_id)
    if shipment.state != "waiting":
        raise Refused(f"Shipment {shipment.number} is {shipment.state}: only one that waits whole.", code="not_waiting")
    if shipment.warehouse_id is None:
        raise Refused(f"Shipment {shipment.number} lies in no warehouse.", code="no_warehouse")
    return shipment


def _open_warehouse(code: str) -> UUID:
    row = warehouse_called(code)
    if not row.enabled:
        raise Refused(f"The warehouse {code} is closed.", code="warehouse_closed")
    return row.id


def _all_of(shipment: Shipment) -> dict[UUID, int]:
    return {row.line_id: row.quantity for row in shipment.lines if row.quantity}


def _units(shipment: Shipment, units: Units | None) -> dict[UUID, int]:
    """What is wanted of the shipment, if it holds that."""
    has = _all_of(shipment)
    if units is None:
        return has
    errors = [
        FieldError(f"/lines/{n}/quantity", f"The shipment holds {has.get(line_id, 0)} of this line.", "too_many")
        for n, (line_id, count) in enumerate(units.items())
        if not 0 < count <= has.get(line_id, 0)
    ]
    if errors or not units:
        raise Invalid("These units are not in the shipment.", code="units_refused", errors=errors)
    return dict(units)


def _check_shelf(order: Order, warehouse_id: UUID, units: Units) -> None:
    """Say what is missing before anything is written; the shelf itself is asked again, last."""
    lines = {line.id: line for line in order.goods_lines}
    wanted: Counter[Any] = Counter()
    for line_id, count in units.items():
        wanted[lines[line_id].variant_id] += count
    here = (Stock.warehouse_id == warehouse_id, Stock.variant_id.in_(wanted))
    free = {row.variant_id: row.available for row in all_of(Stock, current_merchant().id, *here)}
    sku = {line.variant_id: line.sku for line in order.goods_lines}
    short = [
        f"{max(0, free.get(variant, 0))} of {sku[variant]} are free there, {count} are wanted"
        for variant, count in wanted.items()
        if free.get(variant, 0) < count
    ]
    if short:
        raise OutOfStock(f"The warehouse cannot send that: {'; '.join(short)}.")


def _carry_stock(order: Order, source: UUID | None, target: UUID, units: Units) -> None:
    for line_id, count in units.items():
        if source is not None:
            stock.carry_over(order, line_id, source, target, count)


def _part(order: Order, shipment: Shipment, units: Units, warehouse_id: UUID | None) -> Shipment:
    """A new shipment of *units*, which leave the old one."""
    fresh = shipments.make_one(order, len(order.shipments) + 1, warehouse_id, units)
    _take_out(shipment, units)
    moves.move(shipment, "pass_on", by="system", after={"to": fresh.number})
    return fresh


def _pass_on(shipment: Shipment, target: Shipment, units: Units) -> None:
    _take_out(shipment, units)
    has = {row.line_id: row for row in target.lines}
    for line_id, count in units.items():
        if line_id in has:
            has[line_id].quantity += count
            continue
        row = ShipmentLine(
            merchant_id=target.merchant_id, shipment_id=target.id, line_id=line_id, quantity=count, shipped=0
        )
        target.lines.append(add(row))
    moves.move(shipment, "pass_on", by="system", after={"to": target.number})


def _take_out(shipment: Shipment, units: Units) -> None:
    for row in shipment.lines:
        row.quantity -= units.get(row.line_id, 0)
