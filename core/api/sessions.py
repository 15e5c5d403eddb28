"""Coming in and going out: buyers' and staff's sessions."""

from typing import Any

from flask import Response, request

from core.api.auth import COOKIE, anyone, buyers_only, current_session_id, staff_only
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.wire import answer, nothing
from core.current import current_merchant
from core.db import reading, transaction
from core.errors import Invalid
from core.schemas.people import BuyerSessionOut, BuyerSignInIn, StaffSessionOut, StaffSignInIn
from core.services import people, sign_in
from core.services.sign_in import Opened

shop = shop_blueprint("buyer_sessions", __name__, "Signing in and out as a buyer")
admin = admin_blueprint("staff_sessions", __name__, "Signing in and out as staff")


@shop.post("/sessions")
@anyone
@shop.arguments(BuyerSignInIn)
@shop.response(201, BuyerSessionOut)
def sign_in_buyer(body: dict[str, Any]) -> Response:
    """Sign in as a buyer."""
    email, phone = body.get("email"), body.get("phone")
    if bool(email) == bool(phone):
        raise Invalid.field("/email", "Give either email or phone.", "required")
    who, address = f"buyer:{email or phone}", request.remote_addr or ""
    sign_in.count_try(who, address)
    with reading():
        customer = sign_in.find_customer(email, phone)
    right = sign_in.password_matches(customer.password_hash if customer else None, body["password"])
    sign_in.end_try(who, address, right=right)
    if not right or customer is None:
        raise sign_in.bad_credentials()
    with transaction():
        opened = sign_in.open_buyer_session(customer.id)
        shown = {"token": opened.token, "expires_at": opened.session.expires_at, "customer": customer}
        return answer(BuyerSessionOut, shown, 201)


@shop.delete("/sessions")
@buyers_only
@shop.response(204)
def sign_out_buyer() -> Response:
    """Sign out: the token is refused from now on."""
    with transaction():
        sign_in.close_session(current_session_id())
        return nothing()


@admin.post("/sessions")
@anyone
@admin.arguments(StaffSignInIn)
@admin.response(201, StaffSessionOut)
def sign_in_staff(body: dict[str, Any]) -> Response:
    """Sign in as staff; with `cookie: true` for a browser."""
    who, address = f"staff:{body['login']}", request.remote_addr or ""
    sign_in.count_try(who, address)
    with reading():
        member = sign_in.find_member(body["login"])
    right = sign_in.password_matches(member.password_hash if member else None, body["password"])
    sign_in.end_try(who, address, right=right)
    if not right or member is None:
        raise sign_in.bad_credentials()
    with transaction():
        opened = sign_in.open_staff_session(member.id, cookie=body["cookie"])
        response = answer(StaffSessionOut, _shown(opened, people.member_view(member), body["cookie"]), 201)
    if body["cookie"]:
        response.set_cookie(
            COOKIE,
            opened.token,
            path=f"/v1/admin/{current_merchant().code}",
            expires=opened.session.expires_at,
            httponly=True,
            secure=request.is_secure,
            samesite="Lax",
        )
    return response


@admin.delete("/sessions")
@staff_only
@admin.response(204)
def sign_out_staff() -> Response:
    """Sign out: the token is refused from now on."""
    with transaction():
        sign_in.close_session(current_session_id())
        response = nothing()
    response.delete_cookie(COOKIE, path=f"/v1/admin/{current_merchant().code}", httponly=True, samesite="Lax")
    return response


def _shown(opened: Opened, staff: dict[str, Any], cookie: bool) -> dict[str, Any]:
    # a browser's scripts must never see what the cookie holds
    token = None if cookie else opened.token
    return {"token": token, "csrf_token": opened.csrf, "expires_at": opened.session.expires_at, "staff": staff}
