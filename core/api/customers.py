"""Customers: registering, and tokens minted by the merchant's own server."""

from typing import Any

from flask import Response, request
from sqlalchemy import or_

from core.api.auth import anyone, needs
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.current import current_merchant
from core.db import get, reading, transaction
from core.errors import Invalid
from core.models import Customer
from core.schemas.fields import QueryIn, Text
from core.schemas.people import BuyerSessionOut, CustomerIn, CustomerOut, MintIn
from core.services import people, sign_in

shop = shop_blueprint("registration", __name__, "Registering as a buyer")
admin = admin_blueprint("customers", __name__, "Customers of the merchant")


class CustomersIn(QueryIn):
    """Which customers."""

    search = Text(100, metadata={"description": "an e-mail address or a telephone number, whole"})


@shop.post("/customers")
@anyone
@shop.arguments(CustomerIn)
@shop.response(201, BuyerSessionOut)
def register(body: dict[str, Any]) -> Response:
    """Register with an e-mail address or a telephone number and a password; the answer signs you in."""
    if not (body.get("email") or body.get("phone")):
        raise Invalid.field("/email", "Give an e-mail address or a telephone number.", "required")
    sign_in.count_registration(request.remote_addr or "")
    password_hash = sign_in.hash_password(body.pop("password"))
    with transaction():
        customer = people.create_customer(password_hash=password_hash, **body)
        opened = sign_in.open_buyer_session(customer.id)
        shown = {"token": opened.token, "expires_at": opened.session.expires_at, "customer": customer}
        return answer(BuyerSessionOut, shown, 201)


@admin.post("/customers/tokens")
@needs("customers.mint")
@admin.arguments(MintIn)
@admin.response(201, BuyerSessionOut)
@idempotent(secret=True)
def mint(body: dict[str, Any]) -> Response:
    """Sign a customer in under the merchant's own id; it is made if it is not known yet."""
    with transaction():
        customer = people.customer_for(body.pop("external_id"), app_id=body.pop("app_id"), **body)
        opened = sign_in.open_buyer_session(customer.id)
        shown = {"token": opened.token, "expires_at": opened.session.expires_at, "customer": customer}
        return answer(BuyerSessionOut, shown, 201)


@admin.get("/customers")
@needs("customers.read")
@paged
@admin.arguments(CustomersIn, location="query")
@admin.response(200, CustomerOut(many=True))
def list_customers(query: dict[str, Any]) -> Response:
    """The merchant's customers, newest first."""
    wanted = query.get("search")
    where = [or_(Customer.email == wanted.lower(), Customer.phone == wanted)] if wanted else []
    with reading():
        return page(CustomerOut, Customer, *where)


@admin.get("/customers/<uuid:customer_id>")
@needs("customers.read")
@admin.response(200, CustomerOut)
def show_customer(customer_id: Any) -> Response:
    """One customer."""
    with reading():
        return answer(CustomerOut, get(Customer, current_merchant().id, customer_id))
