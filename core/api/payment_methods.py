"""Doors of the ways to pay: what buyers are offered, and how the merchant lists, names, switches and tests them."""

from typing import Any

from flask import Response

from core import redaction
from core.api.auth import anyone, needs
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.etags import check_version
from core.api.wire import answer, answer_all
from core.current import current_actor, current_merchant
from core.db import reading, transaction
from core.flows import plugin_check
from core.schemas.json_schema import json_schema
from core.schemas.payment_methods import MethodsIn, MethodsOut, MethodTestOut, PaymentMethodOut, PaymentMethodsOut
from core.services import merchants, payment_methods

shop = shop_blueprint("payment_methods_shop", __name__, "What a buyer may pay with.")
admin = admin_blueprint("payment_methods", __name__, "The ways to pay, as the merchant wants them shown.")


@shop.get("/payment-methods")
@anyone
@shop.response(200, PaymentMethodsOut)
def list_payment_methods() -> Response:
    """The ways to pay that are offered now, in the merchant's order; with their balance to a buyer who is signed in."""
    actor = current_actor()
    customer_id = actor.id if actor.kind == "buyer" else None
    with reading():
        return answer_all(
            PaymentMethodOut,
            [
                _for_buyers(method) | {"balance": payment_methods.balance(method, customer_id)}
                for method in payment_methods.offered()
            ],
        )


def _for_buyers(method: payment_methods.Method) -> dict[str, Any]:
    schema = method.brought.input_schema
    return {
        "channel": method.name,
        "kind": method.kind,
        "title": method.title,
        "products": list(getattr(method.brought, "products", ())),
        "input_schema": json_schema(schema) if schema else None,
    }


@admin.get("/payment-methods")
@needs("plugins.read")
@admin.response(200, MethodsOut)
def show_payment_methods() -> Response:
    """Every way to pay that is installed, and what keeps it from being offered; the ETag is needed to change them."""
    with reading():
        version = merchants.find_merchant(current_merchant().code).version
        return answer(MethodsOut, {"methods": payment_methods.all_methods(), "version": version})


@admin.put("/payment-methods")
@needs("plugins.write")
@admin.arguments(MethodsIn)
@admin.response(200, MethodsOut)
def arrange_payment_methods(body: dict[str, Any]) -> Response:
    """List, name and switch them (If-Match). One that is off takes no new payment; what is under way still counts."""
    with transaction():
        row = merchants.locked_merchant()
        check_version(row)
        found = payment_methods.arrange(row, body["methods"])
        return answer(MethodsOut, {"methods": found, "version": row.version})


@admin.post("/payment-methods/<name>/test")
@needs("plugins.write")
@admin.response(200, MethodTestOut)
def test_payment_method(name: str) -> Response:
    """Say what is missing, and ask its plugin whether each open account works."""
    with reading():
        method = payment_methods.find(name)
        accounts = [(row.id, row.name) for row in payment_methods.open_accounts(method)]
    told = [lack.detail for lack in method.missing]
    asked = []
    if not any(lack.code in ("settings", "account_settings") for lack in method.missing):
        if not accounts:
            told += plugin_check.check_plugin(method.plugin)
        for account_id, account in accounts:
            findings = plugin_check.check_account(account_id)
            asked.append({"id": account_id, "name": account, "ok": not findings, "findings": findings})
    ok = not told and all(one["ok"] for one in asked)
    with reading():
        # the plugin's own words
        return answer(MethodTestOut, redaction.hidden({"ok": ok, "findings": told, "accounts": asked}))
