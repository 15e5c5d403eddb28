"""Doors of pay passwords: tried by whoever pays, set by the buyer, taken away by staff."""

from typing import Any
from uuid import UUID

from flask import Response

from core import (
    Refused,
    admin_blueprint,
    answer,
    buyers_only,
    current_customer_id,
    needs,
    reading,
    settings_of,
    shop_blueprint,
    transaction,
)
from plugins.balance_points.passwords import hashing, tries
from plugins.balance_points.schemas import PayPasswordIn, PayPasswordOut, PayPasswordResetIn
from plugins.balance_points.terms import NAME

shop = shop_blueprint("pay_password", __name__, "The buyer's pay password.")
admin = admin_blueprint("pay_passwords", __name__, "Pay passwords that customers forgot.")


def prove(customer_id: UUID, given: str | None) -> None:
    """Let nobody past who does not know the pay password, if there is one or there must be. Outside any transaction.

    :raises Refused: ``pay_password_not_set``, ``pay_password_missing``, ``pay_password_wrong`` or
        ``pay_password_locked``.
    """
    with reading():
        kept = tries.kept_hash(customer_id)
    if kept is None and not settings_of(NAME)["password_required"]:
        return
    if kept is not None and given is None:
        raise Refused("Balance needs the pay password: give `password`.", code="pay_password_missing")
    with transaction():
        kept = tries.take(customer_id)
    if hashing.matches(kept, given or ""):
        with transaction():
            tries.forgive(customer_id, kept)
        return
    with reading():
        raise tries.wrong(customer_id)


@shop.get("/password")
@buyers_only
@shop.response(200, PayPasswordOut)
def show_password() -> Response:
    """Whether there is a pay password, and whether one is needed."""
    with reading():
        return answer(PayPasswordOut, _shown(tries.kept_hash(current_customer_id()) is not None))


@shop.post("/password")
@buyers_only
@shop.arguments(PayPasswordIn)
@shop.response(200, PayPasswordOut)
def set_password(body: dict[str, Any]) -> Response:
    """Set the first pay password, or another one: that needs the one there is."""
    customer_id = current_customer_id()
    with reading():
        before = tries.kept_hash(customer_id)
    if before is not None:
        prove(customer_id, body["current_password"])
    hashed = hashing.hash_password(body["password"])
    with transaction():
        tries.keep(customer_id, hashed, before)
        return answer(PayPasswordOut, _shown(True))


@admin.post("/customers/<uuid:customer_id>/password/reset")
@needs("balance_points.password")
@admin.arguments(PayPasswordResetIn)
@admin.response(200, PayPasswordOut)
def reset_password(body: dict[str, Any], customer_id: UUID) -> Response:
    """Take a customer's pay password away; they set a new one when they are signed in."""
    with transaction():
        tries.reset(customer_id, body["remark"])
        return answer(PayPasswordOut, _shown(False))


def _shown(is_set: bool) -> dict[str, bool]:
    return {"set": is_set, "required": bool(settings_of(NAME)["password_required"])}
