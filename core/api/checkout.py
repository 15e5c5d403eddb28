"""Doors of checkout: quotes and orders, by buyers and by staff on behalf of a customer."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy.exc import IntegrityError

from core.api.auth import buyers_only, current_customer_id, needs
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.idempotency import idempotent
from core.api.order_shown import answer_order
from core.api.wire import answer, shape
from core.current import current_merchant
from core.db import get, reading, transaction
from core.errors import PriceChanged
from core.models import Customer
from core.schemas.checkout import PlaceIn, PlaceOnBehalfIn, QuoteIn, QuoteOut
from core.schemas.order import OrderForStaffOut, OrderOut
from core.services import checkout, ordering, pricing

shop = shop_blueprint("checkout", __name__, "Quotes and orders.")
admin = admin_blueprint("checkout_on_behalf", __name__, "Orders on behalf of a customer.")

#: how often a taken order number is drawn anew: with nine digits a day the second draw is rare already
DRAWS = 5


@shop.post("/quotes")
@buyers_only
@shop.arguments(QuoteIn)
@shop.response(200, QuoteOut)
def quote(body: dict[str, Any]) -> Response:
    """What it would cost now. Promises nothing, writes nothing."""
    with reading():
        return answer(QuoteOut, ordering.quote_values(pricing.price(ordering.wish_of(body, current_customer_id()))))


@shop.post("/orders")
@buyers_only
@shop.arguments(PlaceIn)
@shop.response(201, OrderOut)
@idempotent
def place(body: dict[str, Any]) -> Response:
    """Order what was quoted: refused with the new quote when it costs something else by now."""
    return _numbered(lambda: _place(body, current_customer_id(), None))


@admin.post("/orders")
@needs("order.place")
@admin.arguments(PlaceOnBehalfIn)
@admin.response(201, OrderForStaffOut)
@idempotent
def place_on_behalf(body: dict[str, Any]) -> Response:
    """Order for a customer who asked by telephone, at the counter ..."""
    return _numbered(lambda: _place_for_customer(body))


def _place_for_customer(body: Mapping[str, Any]) -> Response:
    with reading():
        get(Customer, current_merchant().id, body["customer_id"])
    return _place(body, body["customer_id"], body["remark"])


def _place(body: Mapping[str, Any], customer_id: UUID, remark: str | None) -> Response:
    with transaction():
        priced = pricing.price(ordering.wish_of(body, customer_id))
        language = request.accept_languages.best_match(["en", "zh"])
        try:
            order = checkout.place(
                priced, expected_total=body["expected_total"], note=body["note"], language=language, remark=remark
            )
        except PriceChanged as changed:
            changed.extra = {"quote": shape(QuoteOut).dump(ordering.quote_values(priced))}
            raise
        return answer_order(order, 201)


def _numbered(attempt: Callable[[], Response]) -> Response:
    """Once more when the number drawn for the order is taken; nothing was written then."""
    for _ in range(DRAWS - 1):
        try:
            return attempt()
        except IntegrityError as error:
            if "orders" not in str(error.orig) or "number" not in str(error.orig):
                raise
    return attempt()
