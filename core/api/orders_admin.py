"""Doors of the merchant's orders: look, count, and everything staff do besides sending and refunding."""

from typing import Any

from flask import Response
from sqlalchemy import func, select

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.etags import check_version
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.order_shown import answer_order, show_briefly
from core.api.orders_shop import LISTED
from core.api.paging import page
from core.api.wire import answer
from core.contracts.order import NODES
from core.current import current_merchant
from core.db import db, reading, transaction
from core.flows import close, offline
from core.models import MoveLog, Order
from core.schemas.order import AdminOrdersQuery, CountsOut, MoveOut, OrderBriefOut, OrderForStaffOut
from core.schemas.order_work import (
    CloseIn,
    ConfirmOfflineIn,
    EditReceiverIn,
    ExtendIn,
    HoldIn,
    RejectIn,
    RemarkIn,
    RepriceIn,
)
from core.services import moves, orders, payments, receipts
from core.services.order_search import order_conditions, waiting, with_case

blp = admin_blueprint("orders_admin", __name__, "The merchant's orders.")


@blp.get("/orders")
@needs("orders.read")
@blp.arguments(AdminOrdersQuery, location="query")
@blp.response(200, OrderBriefOut(many=True))
@paged
def list_orders(query: dict[str, Any]) -> Response:
    """The merchant's orders, newest first."""
    with reading():
        return page(OrderBriefOut, Order, *order_conditions(query), options=LISTED, show=show_briefly)


@blp.get("/orders/counts")
@needs("orders.read")
@blp.response(200, CountsOut)
def count_orders() -> Response:
    """How many orders stand in each node, and how many carry each flag."""
    merchant_id = current_merchant().id
    with reading():
        counted = select(Order.state, func.count()).where(Order.merchant_id == merchant_id).group_by(Order.state)
        found: dict[str, int] = dict(db.session().execute(counted).all())
        flags = {
            "risk_held": _count(Order.risk_hold.is_not(None), Order.state == "paid"),
            "refund_open": _count(Order.refund_axis == "applying"),
            "waiting_3_days": _count(*waiting(3)),
            "with_open_case": _count(Order.id.in_(with_case())),
        }
        nodes = {state: found.get(state, 0) for state in NODES}
        return answer(CountsOut, {"nodes": nodes, "flags": flags})


@blp.get("/orders/<number>")
@needs("orders.read")
@blp.response(200, OrderForStaffOut)
def show_order(number: str) -> Response:
    """One order, whole."""
    with reading():
        return answer_order(orders.read_numbered(number))


@blp.get("/orders/<number>/moves")
@needs("orders.read")
@blp.response(200, MoveOut(many=True))
@paged
def list_moves(number: str) -> Response:
    """Everything that happened to it and its payments, refunds and shipments, oldest first."""
    with reading():
        order = orders.read_numbered(number, whole=False)
        return page(MoveOut, MoveLog, MoveLog.order_id == order.id, newest_first=False)


@blp.post("/orders/<number>/reprice")
@needs("order.reprice")
@blp.arguments(RepriceIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def reprice(body: dict[str, Any], number: str) -> Response:
    """Change goods or freight by hand; running attempts are closed at their channels first."""
    close.before_reprice(number, body["goods_delta"], body["freight_delta"])
    with transaction():
        order = moves.lock_numbered(number)
        orders.reprice(order, **body)
        return answer_order(order)


@blp.post("/orders/<number>/confirm-offline")
@needs("order.confirm_offline")
@blp.arguments(ConfirmOfflineIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def confirm_offline(body: dict[str, Any], number: str) -> Response:
    """The money was seen on the merchant's own account: 200 when booked, 202 when a second person must confirm."""
    booked = offline.confirm_offline(number, **body)
    with transaction():
        order = moves.lock_numbered(number)
        if booked is not None:
            receipts.conclude(order, payments.find_attempt(order, booked))
        return answer_order(order, 200 if booked else 202)


@blp.post("/orders/<number>/close")
@needs("order.close")
@blp.arguments(CloseIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def close_order(body: dict[str, Any], number: str) -> Response:
    """Close an unpaid order; its attempts are closed at their channels first."""
    close.close_unpaid(number, "close", customer_id=None, reason=body["reason"], remark=body["remark"])
    with transaction():
        return answer_order(orders.read_numbered(number))


@blp.post("/orders/<number>/reject")
@needs("order.reject")
@blp.arguments(RejectIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def reject(body: dict[str, Any], number: str) -> Response:
    """Refuse a paid order that waits: everything goes back."""
    with transaction():
        order = moves.lock_numbered(number)
        orders.reject(order, reason=body["reason"], note=body["note"])
        return answer_order(order)


@blp.post("/orders/<number>/receiver")
@needs("order.edit_receiver")
@blp.arguments(EditReceiverIn)
@blp.response(200, OrderForStaffOut)
def edit_receiver(body: dict[str, Any], number: str) -> Response:
    """Correct where it goes, before it goes. If-Match names the version that was read."""
    remark = body.pop("remark")
    with transaction():
        order = moves.lock_numbered(number)
        check_version(order)
        orders.edit_receiver(order, body, remark)
        return answer_order(order)


@blp.put("/orders/<number>/remark")
@needs("order.edit_receiver")
@blp.arguments(RemarkIn)
@blp.response(200, OrderForStaffOut)
def write_remark(body: dict[str, Any], number: str) -> Response:
    """A word among staff about the order; the buyer never sees it."""
    with transaction():
        order = moves.lock_numbered(number)
        check_version(order)
        orders.write_remark(order, body["remark"])
        return answer_order(order)


@blp.post("/orders/<number>/hold")
@needs("order.hold")
@blp.arguments(HoldIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def hold(body: dict[str, Any], number: str) -> Response:
    """Keep a paid order back."""
    with transaction():
        order = moves.lock_numbered(number)
        orders.hold(order, body["reason"])
        return answer_order(order)


@blp.post("/orders/<number>/free")
@needs("order.hold")
@blp.arguments(RemarkIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def free(body: dict[str, Any], number: str) -> Response:
    """Let a held order go on."""
    with transaction():
        order = moves.lock_numbered(number)
        orders.free(order, body["remark"])
        return answer_order(order)


@blp.post("/orders/<number>/receive")
@needs("order.receive")
@blp.arguments(RemarkIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def receive(body: dict[str, Any], number: str) -> Response:
    """Staff know that it is there."""
    with transaction():
        order = moves.lock_numbered(number)
        orders.receive(order, body["remark"])
        return answer_order(order)


@blp.post("/orders/<number>/extend")
@needs("order.extend")
@blp.arguments(ExtendIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def extend(body: dict[str, Any], number: str) -> Response:
    """Give more time to receive."""
    with transaction():
        order = moves.lock_numbered(number)
        orders.extend(order, body["days"])
        return answer_order(order)


@blp.post("/orders/<number>/remind")
@needs("order.extend")
@blp.arguments(RemarkIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def remind(body: dict[str, Any], number: str) -> Response:
    """Ask the buyer to confirm."""
    with transaction():
        order = moves.lock_numbered(number)
        orders.remind(order, body["remark"])
        return answer_order(order)


def _count(*where: Any) -> int:
    query = select(func.count()).select_from(Order).where(Order.merchant_id == current_merchant().id, *where)
    return db.session().scalar(query) or 0
