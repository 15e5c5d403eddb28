"""Doors of money for staff: payments and refunds, looked at, decided, withdrawn, done by hand."""

from typing import Any

from flask import Response
from sqlalchemy.orm import selectinload

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.order_shown import answer_order
from core.api.paging import page
from core.db import reading, transaction
from core.flows import offline
from core.flows import refund as refund_flow
from core.models import Payment, Refund
from core.schemas.order import OrderForStaffOut, PaymentOut, RefundOut
from core.schemas.order_work import PaymentsQuery, RedirectIn, RefundDoneIn, RefundIn, RefundsQuery, RemarkIn
from core.services import moves, orders, refunds
from core.services.refund_amounts import Wanted

blp = admin_blueprint("payments", __name__, "Payments and refunds.")


@blp.get("/payments")
@needs("orders.read")
@blp.arguments(PaymentsQuery, location="query")
@blp.response(200, PaymentOut(many=True))
@paged
def list_payments(query: dict[str, Any]) -> Response:
    """Attempts to pay, newest first."""
    with reading():
        return page(PaymentOut, Payment, *(getattr(Payment, name) == value for name, value in query.items()))


@blp.get("/refunds")
@needs("refunds.read")
@blp.arguments(RefundsQuery, location="query")
@blp.response(200, RefundOut(many=True))
@paged
def list_refunds(query: dict[str, Any]) -> Response:
    """Refunds, newest first."""
    where = [getattr(Refund, name) == value for name, value in query.items()]
    with reading():
        return page(RefundOut, Refund, *where, options=(selectinload(Refund.parts), selectinload(Refund.lines)))


@blp.post("/orders/<number>/refunds")
@needs("refund.create")
@blp.arguments(RefundIn)
@blp.response(201, OrderForStaffOut)
@idempotent
def refund(body: dict[str, Any], number: str) -> Response:
    """Give money back: all that is left, or the lines named. All of it takes the order to `refunding`."""
    lines = body.pop("lines")
    wanted = None if lines is None else [Wanted(**line) for line in lines]
    with transaction():
        order = moves.lock_numbered(number)
        refunds.request_refund(order, "refund", wanted=wanted, **body)
        return answer_order(order, 201)


@blp.post("/orders/<number>/refunds/<refund_number>/withdraw")
@needs("refund.withdraw")
@blp.arguments(RemarkIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def withdraw(body: dict[str, Any], number: str, refund_number: str) -> Response:
    """Take a refund back before anybody has begun to pay it; the order goes on where it was."""
    with transaction():
        order = moves.lock_numbered(number)
        refunds.withdraw(order, refunds.find(order, refund_number), body["remark"])
        return answer_order(order)


@blp.post("/orders/<number>/refunds/<refund_number>/redirect")
@needs("refund.manual")
@blp.arguments(RedirectIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def redirect(body: dict[str, Any], number: str, refund_number: str) -> Response:
    """What its channel could not give back is paid into a tender (the buyer's balance) instead."""
    refund_flow.redirect(number, refund_number, body["destination"])
    with transaction():
        return answer_order(orders.read_numbered(number))


@blp.post("/orders/<number>/refunds/<refund_number>/done")
@needs("refund.manual")
@blp.arguments(RefundDoneIn)
@blp.response(200, OrderForStaffOut)
@idempotent
def done(body: dict[str, Any], number: str, refund_number: str) -> Response:
    """The transfer back was made by hand; the reference, a note and perhaps a file prove it."""
    offline.refund_done(number, refund_number, **body)
    with transaction():
        return answer_order(orders.read_numbered(number))
