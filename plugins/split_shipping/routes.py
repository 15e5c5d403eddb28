"""Doors of split shipping: what each sub-shipment is worth, and staff who change what is not sent yet."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core import (
    FieldError,
    Invalid,
    NotFound,
    Order,
    Shipment,
    admin_blueprint,
    answer,
    buyers_only,
    current_customer_id,
    current_merchant,
    db,
    get,
    idempotent,
    lock_order,
    merge_shipments,
    move,
    needs,
    reading,
    reallocate,
    shop_blueprint,
    split_shipment,
    transaction,
)
from plugins.split_shipping.schemas import MergeIn, ReallocateIn, SharesOut, SplitIn
from plugins.split_shipping.sharing import shared

MOVE = "rearrange"
shop = shop_blueprint("split_shipping_shop", __name__, "Sub-shipments of the buyer's orders.")
admin = admin_blueprint("split_shipping_admin", __name__, "Sub-shipments, their money and their warehouses.")


@shop.get("/orders/<number>")
@buyers_only
@shop.response(200, SharesOut)
def show_mine(number: str) -> Response:
    """The sub-shipments of one of the buyer's orders: money, parcels, and when each counts as received."""
    with reading():
        return answer(SharesOut, shared(_order(number, current_customer_id())))


@admin.get("/orders/<number>")
@needs("split_shipping.read")
@admin.response(200, SharesOut)
def show(number: str) -> Response:
    """The sub-shipments of an order: money, warehouse, parcels, and when each counts as received."""
    with reading():
        return answer(SharesOut, shared(_order(number)))


@admin.post("/shipments/<uuid:waiting_id>/reallocate")
@needs("split_shipping.rearrange")
@admin.arguments(ReallocateIn)
@admin.response(200, SharesOut)
@idempotent
def send_from_elsewhere(body: dict[str, Any], waiting_id: UUID) -> Response:
    """Let another warehouse send a waiting sub-shipment, or some units of it; the stock goes along."""
    with transaction():
        order = lock_order(get(Shipment, current_merchant().id, waiting_id).order_id)
        row = reallocate(order, waiting_id, body["warehouse"], _units(body["lines"]))
        return _moved(order, body["remark"], reallocated=row.number, warehouse=body["warehouse"])


@admin.post("/shipments/<uuid:waiting_id>/split")
@needs("split_shipping.rearrange")
@admin.arguments(SplitIn)
@admin.response(200, SharesOut)
@idempotent
def split(body: dict[str, Any], waiting_id: UUID) -> Response:
    """Make a sub-shipment of its own of some units of a waiting one."""
    with transaction():
        order = lock_order(get(Shipment, current_merchant().id, waiting_id).order_id)
        row = split_shipment(order, waiting_id, _units(body["lines"]) or {})
        return _moved(order, body["remark"], split_off=row.number)


@admin.post("/orders/<number>/merge")
@needs("split_shipping.rearrange")
@admin.arguments(MergeIn)
@admin.response(200, SharesOut)
@idempotent
def merge(body: dict[str, Any], number: str) -> Response:
    """Let one warehouse send what several were to send, as one sub-shipment; the stock goes along."""
    with transaction():
        order = lock_order(_found(number).id)
        row = merge_shipments(order, body["shipment_ids"], body["warehouse"])
        return _moved(order, body["remark"], merged_into=row.number, warehouse=body["warehouse"])


# ---------------------------------------------------------------------------------------------- inside
def _moved(order: Order, remark: str | None, **after: Any) -> Response:
    move(order, MOVE, remark=remark, after=after)
    return answer(SharesOut, shared(order))


def _units(lines: list[dict[str, Any]] | None) -> dict[UUID, int] | None:
    if lines is None:
        return None
    units: dict[UUID, int] = {}
    for n, line in enumerate(lines):
        if line["line_id"] in units:
            error = FieldError(f"/lines/{n}/line_id", "This line is named already.", "line_twice")
            raise Invalid("Name each line once.", errors=[error])
        units[line["line_id"]] = line["quantity"]
    return units


def _found(number: str, *options: Any) -> Order:
    query = select(Order).where(Order.merchant_id == current_merchant().id, Order.number == number).options(*options)
    order = db.session().scalar(query)
    if order is None:
        raise NotFound(f"There is no order {number} here.")
    return order


def _order(number: str, customer_id: UUID | None = None) -> Order:
    """The order with what its sub-shipments need, in a constant number of statements."""
    order = _found(
        number,
        selectinload(Order.lines),
        selectinload(Order.reservations),
        selectinload(Order.deadlines),
        selectinload(Order.shipments).selectinload(Shipment.lines),
        selectinload(Order.shipments).selectinload(Shipment.parcels),
    )
    if customer_id is not None and order.customer_id != customer_id:
        raise NotFound(f"There is no order {number} here.")
    return order
