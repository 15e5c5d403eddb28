"""The cart of the buyer who is signed in. Every answer is the whole cart, with prices and stock as they are now."""

from typing import Any
from uuid import UUID

from flask import Response

from core.api.auth import buyers_only, current_customer_id
from core.api.blueprints import shop_blueprint
from core.api.idempotency import idempotent
from core.api.wire import answer, nothing
from core.db import reading, transaction
from core.schemas.cart import CartLineIn, CartOut, QuantityIn
from core.services import cart

blp = shop_blueprint("cart", __name__, "What a buyer means to buy.")


@blp.get("/cart")
@buyers_only
@blp.response(200, CartOut)
def show_cart() -> Response:
    """The caller's cart."""
    with reading():
        return answer(CartOut, cart.cart_of(current_customer_id()))


@blp.post("/cart/lines")
@buyers_only
@blp.arguments(CartLineIn)
@blp.response(201, CartOut)
@idempotent
def add_cart_line(body: dict[str, Any]) -> Response:
    """Put units of a variant into the cart, on top of those already there."""
    with transaction():
        cart.add_line(current_customer_id(), body)
        return answer(CartOut, cart.cart_of(current_customer_id()), 201)


@blp.patch("/cart/lines/<uuid:line_id>")
@buyers_only
@blp.arguments(QuantityIn)
@blp.response(200, CartOut)
def change_cart_line(body: dict[str, Any], line_id: UUID) -> Response:
    """Set how many units of a line are wanted."""
    with transaction():
        cart.change_line(current_customer_id(), line_id, body["quantity"])
        return answer(CartOut, cart.cart_of(current_customer_id()))


@blp.delete("/cart/lines/<uuid:line_id>")
@buyers_only
@blp.response(200, CartOut)
def remove_cart_line(line_id: UUID) -> Response:
    """Take a line out of the cart."""
    with transaction():
        cart.remove_line(current_customer_id(), line_id)
        return answer(CartOut, cart.cart_of(current_customer_id()))


@blp.delete("/cart")
@buyers_only
@blp.response(204)
def empty_cart() -> Response:
    """Take everything out of the cart."""
    with transaction():
        cart.empty(current_customer_id())
        return nothing()
