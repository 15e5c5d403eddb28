"""Doors of a buyer's own orders: look, pay, cancel, receive, extend, hide."""

from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import selectinload

from core.api.auth import buyers_only, current_customer_id
from core.api.blueprints import shop_blueprint
from core.api.idempotency import current_key, idempotent
from core.api.limits import paged
from core.api.order_shown import answer_order, show_briefly
from core.api.paging import page
from core.api.wire import answer
from core.current import current_merchant
from core.db import get, reading, transaction
from core.errors import NotFound
from core.flows import close, pay
from core.models import Order, Shipment
from core.schemas.fields import In
from core.schemas.order import OrderBriefOut, OrderOut, OrdersQuery, PaymentOut
from core.schemas.order_work import CancelIn, EditReceiverIn, PaymentIn
from core.services import moves, orders, shipments, wishes

blp = shop_blueprint("orders", __name__, "A buyer's own orders.")

#: what a list's actions and badge are read from
LISTED = tuple(
    selectinload(relation)
    for relation in (Order.lines, Order.instalments, Order.payments, Order.refunds, Order.shipments, Order.deadlines)
)


@blp.get("/orders")
@buyers_only
@blp.arguments(OrdersQuery, location="query")
@blp.response(200, OrderBriefOut(many=True))
@paged
def list_orders(query: dict[str, Any]) -> Response:
    """The buyer's orders, newest first, without those they have hidden."""
    where = [Order.customer_id == current_customer_id(), Order.hidden.is_(False)]
    where += [getattr(Order, name) == value for name, value in query.items()]
    with reading():
        return page(OrderBriefOut, Order, *where, options=LISTED, show=show_briefly)


@blp.get("/orders/<number>")
@buyers_only
@blp.response(200, OrderOut)
def show_order(number: str) -> Response:
    """One order, whole."""
    with reading():
        return answer_order(orders.read_numbered(number, customer_id=current_customer_id()))


@blp.post("/orders/<number>/payments")
@buyers_only
@blp.arguments(PaymentIn)
@blp.response(201, PaymentOut)
@idempotent
def start_payment(body: dict[str, Any], number: str) -> Response:
    """Begin to pay what is due: tenders (balance, cards) hold their parts, one channel brings the rest in cash.

    `client` in the answer says how the buyer goes on. Where tenders pay all of it, the order is paid with the answer.
    """
    wish = wishes.read(body["tenders"], current_key(), request.remote_addr)
    return pay.start_payment(
        number, wish, customer_id=current_customer_id(), answer=lambda payment: answer(PaymentOut, payment, 201)
    )


@blp.post("/orders/<number>/cancel")
@buyers_only
@blp.arguments(CancelIn)
@blp.response(200, OrderOut)
@idempotent
def cancel(body: dict[str, Any], number: str) -> Response:
    """Cancel: unpaid, it is closed; paid and unsent, everything goes back.

    Of an order in instalments of which one is paid, the answer is 409 `deposit_paid`, with what is `kept`: repeat it
    with `forfeit`.
    """
    with reading():
        order = orders.read_numbered(number, customer_id=current_customer_id(), whole=False)
        unpaid = order.payment_axis != "paid"
    if unpaid:
        told = f"{body['reason']}: {body['note']}" if body["note"] else body["reason"]
        close.close_unpaid(
            number,
            "cancel",
            customer_id=current_customer_id(),
            reason="buyer",
            remark=told[:500],
            forfeit=body["forfeit"],
        )
        with transaction():
            return answer_order(orders.read_numbered(number, customer_id=current_customer_id()))
    with transaction():
        order = moves.lock_numbered(number, customer_id=current_customer_id())
        orders.cancel_paid(order, reason=body["reason"], note=body["note"])
        return answer_order(order)


@blp.post("/orders/<number>/receiver")
@buyers_only
@blp.arguments(EditReceiverIn)
@blp.response(200, OrderOut)
def edit_receiver(body: dict[str, Any], number: str) -> Response:
    """Correct where it goes, before it goes, where the merchant lets buyers."""
    remark = body.pop("remark")
    with transaction():
        order = moves.lock_numbered(number, customer_id=current_customer_id())
        orders.edit_receiver(order, body, remark)
        return answer_order(order)


@blp.post("/orders/<number>/receive")
@buyers_only
@blp.arguments(In)
@blp.response(200, OrderOut)
@idempotent
def receive(_: dict[str, Any], number: str) -> Response:
    """It is here."""
    with transaction():
        order = moves.lock_numbered(number, customer_id=current_customer_id())
        orders.receive(order)
        return answer_order(order)


@blp.post("/orders/<number>/extend")
@buyers_only
@blp.arguments(In)
@blp.response(200, OrderOut)
@idempotent
def extend(_: dict[str, Any], number: str) -> Response:
    """More time to receive, once."""
    with transaction():
        order = moves.lock_numbered(number, customer_id=current_customer_id())
        orders.extend(order)
        return answer_order(order)


@blp.post("/orders/<number>/hide")
@buyers_only
@blp.arguments(In)
@blp.response(200, OrderOut)
@idempotent
def hide(_: dict[str, Any], number: str) -> Response:
    """Do not show it to me any more; the merchant still sees it."""
    with transaction():
        order = moves.lock_numbered(number, customer_id=current_customer_id())
        orders.hide(order)
        return answer_order(order)


@blp.post("/shipments/<uuid:shipment_id>/receive")
@buyers_only
@blp.arguments(In)
@blp.response(200, OrderOut)
@idempotent
def receive_shipment(_: dict[str, Any], shipment_id: UUID) -> Response:
    """One shipment of several is here; the order follows with the last."""
    with transaction():
        order_id = get(Shipment, current_merchant().id, shipment_id).order_id
        order = moves.lock_order(order_id)
        if order.customer_id != current_customer_id():
            raise NotFound("There is no such shipment here.")
        shipments.receive(order, shipments.find(order, shipment_id))
        return answer_order(order)
