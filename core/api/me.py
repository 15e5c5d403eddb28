"""The caller: who they are, what they may do, and what buyers may change of themselves."""

from typing import Any

from flask import Response

from core.api.auth import buyers_only, current_customer_id, staff_only
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.wire import answer
from core.current import current_actor, current_merchant
from core.db import get, reading, transaction
from core.errors import Invalid
from core.models import Customer, Staff
from core.schemas.people import CallerOut, CustomerEditIn, CustomerOut
from core.services import people, roles, sign_in

shop = shop_blueprint("me", __name__, "The buyer who is signed in")
admin = admin_blueprint("caller", __name__, "The member of staff or API key that calls")


@shop.get("/me")
@buyers_only
@shop.response(200, CustomerOut)
def show_me() -> Response:
    """The buyer who is signed in."""
    with reading():
        return answer(CustomerOut, get(Customer, current_merchant().id, current_customer_id()))


@shop.patch("/me")
@buyers_only
@shop.arguments(CustomerEditIn)
@shop.response(200, CustomerOut)
def edit_me(body: dict[str, Any]) -> Response:
    """Change what is known of the buyer; a new password needs the current one."""
    current = body.pop("current_password", None)
    if "password" in body:
        body["password_hash"] = _new_password(body.pop("password"), current)
    with transaction():
        customer = get(Customer, current_merchant().id, current_customer_id(), lock=True)
        return answer(CustomerOut, people.change_customer(customer, body))


@admin.get("/me")
@staff_only
@admin.response(200, CallerOut)
def show_caller() -> Response:
    """Who is calling: roles, permissions, stores."""
    actor = current_actor()
    with reading():
        member = get(Staff, current_merchant().id, actor.id) if actor.kind == "staff" else None
        shown = {
            "kind": actor.kind,
            "id": actor.id,
            "name": actor.name,
            "roles": member.roles if member else [],
            "permissions": sorted(roles.spelled_out(actor.permissions)),
            "store_ids": sorted(actor.store_ids),
        }
        return answer(CallerOut, shown)


def _new_password(wanted: str, current: str | None) -> str:
    with reading():
        customer = get(Customer, current_merchant().id, current_customer_id())
    if customer.password_hash and not sign_in.password_matches(customer.password_hash, current or ""):
        raise Invalid.field("/current_password", "Must be the password you have now.", "wrong_password")
    return sign_in.hash_password(wanted)
