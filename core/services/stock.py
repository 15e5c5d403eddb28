"""Units in warehouses: the only place that changes stock. Conditional updates in sorted order, taken last."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Update, bindparam, update

from core.current import current_merchant
from core.db import add, all_of, change, db, flush, last, notes, require_transaction
from core.errors import Invalid, OutOfStock
from core.models import Order, Reservation, Stock

#: (warehouse id, variant id) -> units
Units = Mapping[tuple[UUID, UUID], int]

_table: Any = Stock.__table__
_HERE = (
    _table.c.merchant_id == bindparam("merchant"),
    _table.c.warehouse_id == bindparam("warehouse"),
    _table.c.variant_id == bindparam("variant"),
)
_N: Any = bindparam("units")
RESERVE = (
    update(_table).where(*_HERE, _table.c.on_hand - _table.c.reserved >= _N).values(reserved=_table.c.reserved + _N)
)
RELEASE = update(_table).where(*_HERE, _table.c.reserved >= _N).values(reserved=_table.c.reserved - _N)
SELL = (
    update(_table)
    .where(*_HERE, _table.c.reserved >= _N)
    .values(reserved=_table.c.reserved - _N, on_hand=_table.c.on_hand - _N)
)
CHANGE = update(_table).where(*_HERE, _table.c.on_hand + _N >= _table.c.reserved).values(on_hand=_table.c.on_hand + _N)


def reserve(order: Order, wanted: Iterable[tuple[UUID, UUID, UUID, int]]) -> None:
    """Hold units for *order*: (line id, warehouse id, variant id, units) each.

    Where fewer are available by the end of the transaction, that raises :class:`OutOfStock`, and nothing is written.
    """
    require_transaction()
    rows = [
        Reservation(
            merchant_id=order.merchant_id,
            order_id=order.id,
            line_id=line,
            warehouse_id=warehouse,
            variant_id=variant,
            quantity=units,
        )
        for line, warehouse, variant, units in wanted
    ]
    order.reservations.extend(add(row) for row in rows)
    _apply_last(RESERVE, _count(rows), _sold_out)


def sell(order: Order) -> None:
    """The money is there: held units leave the stock."""
    _end(order, SELL, "sold")


def release(order: Order) -> None:
    """The order is off: held units are free again. Once: what is not held any more is left alone."""
    _end(order, RELEASE, "released")


def reserve_again(order: Order) -> bool:
    """Hold once more what was released when the order closed, all of it or nothing.

    :returns: False if somebody has bought it meanwhile.
    """
    require_transaction()
    rows = _reservations(order, "released")
    taken: dict[tuple[UUID, UUID], int] = {}
    for place, units in sorted(_count(rows).items()):
        if _apply(RESERVE, {place: units}) is not None:
            _apply(RELEASE, taken)
            return False
        taken[place] = units
    for row in rows:
        row.status = "held"
    return True


def restock(order: Order, line_id: UUID, warehouse_id: UUID | None, units: int) -> int:
    """Put sold units of a line back on the shelf they were sold from.

    :param warehouse_id: only there; None = wherever they were sold from.
    :returns: how many went back; fewer than asked when fewer were sold.
    """
    back: Counter[tuple[UUID, UUID]] = Counter()
    for row in _reservations(order, "sold"):
        if row.line_id == line_id and warehouse_id in (None, row.warehouse_id):
            step = min(units - sum(back.values()), row.quantity - row.restocked)
            row.restocked += step
            back[row.warehouse_id, row.variant_id] += step
    flush()
    _apply(CHANGE, back)
    return sum(back.values())


def restock_unsent(order: Order) -> None:
    """Everything of a sold order that never left goes back on its shelf."""
    flush()
    sent: Counter[tuple[UUID, UUID]] = Counter()
    for shipment in order.shipments:
        for line in shipment.lines:
            if shipment.warehouse_id:
                sent[line.line_id, shipment.warehouse_id] += line.shipped
    back: Counter[tuple[UUID, UUID]] = Counter()
    for row in _reservations(order, "sold"):
        gone = min(sent[row.line_id, row.warehouse_id], row.quantity - row.restocked)
        sent[row.line_id, row.warehouse_id] -= gone
        step = row.quantity - row.restocked - gone
        row.restocked += step
        back[row.warehouse_id, row.variant_id] += step
    flush()
    _apply(CHANGE, back)


def carry_over(order: Order, line_id: UUID, source: UUID, target: UUID, units: int) -> None:
    """Sold units of a line come from another warehouse: they go back on one shelf and leave the other.

    Where the other has too few by the end of the transaction, that raises :class:`OutOfStock`, and nothing is written.
    """
    require_transaction()
    left = units
    for row in [row for row in _reservations(order, "sold") if (row.line_id, row.warehouse_id) == (line_id, source)]:
        step = min(left, row.quantity - row.restocked)
        left -= step
        if step == row.quantity:
            row.warehouse_id = target
        elif step:
            row.quantity -= step
            part = Reservation(
                merchant_id=order.merchant_id,
                order_id=order.id,
                line_id=line_id,
                warehouse_id=target,
                variant_id=row.variant_id,
                quantity=step,
            )
            part.status = "sold"
            order.reservations.append(add(part))
        _apply_last(CHANGE, {(source, row.variant_id): step}, _lost)
        _apply_last(CHANGE, {(target, row.variant_id): -step}, _sold_out)
    if left:
        raise RuntimeError(f"order {order.number} holds {units - left} of line {line_id} there, not {units}")


def sold_units(order: Order) -> list[Reservation]:
    """The reservations of a paid order: which warehouse sends what."""
    return [row for row in _reservations(order, "sold") if row.quantity > row.restocked]


def change_on_hand(warehouse_id: UUID, variant_id: UUID, delta: int) -> Stock:
    """Goods came in (positive) or went out by hand (negative).

    :returns: the stock row as it is now.
    :raises Invalid: it would leave fewer units than are promised to buyers.
    """
    require_transaction()
    row = _row(warehouse_id, variant_id)
    if _apply(CHANGE, {(warehouse_id, variant_id): delta}) is not None:
        raise Invalid.field(
            "/delta",
            f"{row.reserved} of {row.on_hand} units are promised to buyers: take out {row.available} at most.",
            "below_reserved",
        )
    db.session().refresh(row)
    return row


def set_on_hand(warehouse_id: UUID, variant_id: UUID, on_hand: int) -> Stock:
    """The shelf was counted: this is what lies there.

    :raises Invalid: fewer than are promised to buyers.
    """
    require_transaction()
    row = _row(warehouse_id, variant_id)
    db.session().refresh(row, with_for_update=True)
    if on_hand < row.reserved:
        raise Invalid.field(
            "/on_hand", f"{row.reserved} units are promised to buyers: it cannot be fewer.", "below_reserved"
        )
    _apply(CHANGE, {(warehouse_id, variant_id): on_hand - row.on_hand})
    db.session().refresh(row)
    return row


def _row(warehouse_id: UUID, variant_id: UUID) -> Stock:
    merchant_id = current_merchant().id
    found = all_of(Stock, merchant_id, Stock.warehouse_id == warehouse_id, Stock.variant_id == variant_id)
    if found:
        return found[0]
    row = add(Stock(merchant_id=merchant_id, warehouse_id=warehouse_id, variant_id=variant_id))
    flush()
    return row


def _reservations(order: Order, status: str) -> list[Reservation]:
    return [row for row in order.reservations if row.status == status]


def _count(rows: Iterable[Reservation]) -> Counter[tuple[UUID, UUID]]:
    units: Counter[tuple[UUID, UUID]] = Counter()
    for row in rows:
        units[row.warehouse_id, row.variant_id] += row.quantity
    return units


def _end(order: Order, statement: Update, status: str) -> None:
    rows = _reservations(order, "held")
    for row in rows:
        row.status = status
    _apply_last(statement, _count(rows), _lost)


def _sold_out(place: tuple[UUID, UUID]) -> Exception:
    return OutOfStock("Somebody was faster: not enough units are left.", errors=(), variant_id=str(place[1]))


def _lost(place: tuple[UUID, UUID]) -> Exception:
    return RuntimeError(f"stock of variant {place[1]} in warehouse {place[0]} holds less than its reservations")


def _apply_last(statement: Update, units: Units, short: Callable[[tuple[UUID, UUID]], Exception]) -> None:
    """Run *statement* when all else of the transaction is written: a shelf is locked for little more than the commit.

    :param short: what is raised where a row does not match.
    """
    info = notes()
    if "stock_changes" not in info:
        info["stock_changes"] = []
        last(_apply_all)
    changes: list[Any] = info["stock_changes"]
    for place, count in units.items():
        # numbered: what was asked for first is done first at the same place
        changes.append((place, len(changes), count, statement, short))


def _apply_all() -> None:
    for place, _, count, statement, short in sorted(notes().pop("stock_changes")):
        if _apply(statement, {place: count}) is not None:
            raise short(place)


def _apply(statement: Update, units: Units) -> tuple[UUID, UUID] | None:
    """Run *statement* per row in sorted order; the first row that did not match, or None when all did."""
    merchant_id = current_merchant().id
    for (warehouse, variant), count in sorted(units.items()):
        if count and change(statement, merchant=merchant_id, warehouse=warehouse, variant=variant, units=count) != 1:
            return warehouse, variant
    return None
