"""Accounts over the admin API: the credential sets of plugins; secrets go in and never come out."""

from typing import Any
from uuid import UUID

from flask import Response

from core import redaction
from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.etags import check_version
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.current import current_merchant
from core.db import get, reading, transaction
from core.flows import plugin_check
from core.models import Account
from core.schemas.plugins import AccountChangeIn, AccountIn, AccountOut, FindingsOut
from core.services import account_settings

blp = admin_blueprint("accounts", __name__, "Whose money box a payment goes to: one credential set of a plugin each.")


@blp.get("/accounts")
@needs("plugins.read")
@blp.response(200, AccountOut(many=True))
@paged
def list_accounts() -> Response:
    """The merchant's accounts, newest first."""
    with reading():
        return page(AccountOut, Account, show=lambda rows: [_shown(row) for row in rows])


@blp.post("/accounts")
@needs("plugins.write")
@blp.arguments(AccountIn)
@blp.response(201, AccountOut)
@idempotent
def create_account(body: dict[str, Any]) -> Response:
    """A new credential set of a plugin."""
    with transaction():
        account = account_settings.create_account(
            body["plugin"], body["name"], body["settings"], body["stores"], enabled=body["enabled"]
        )
        return answer(AccountOut, _shown(account), 201)


@blp.get("/accounts/<uuid:account_id>")
@needs("plugins.read")
@blp.response(200, AccountOut)
def show_account(account_id: UUID) -> Response:
    """One account; secrets are masked."""
    with reading():
        return answer(AccountOut, _shown(get(Account, current_merchant().id, account_id)))


@blp.patch("/accounts/<uuid:account_id>")
@needs("plugins.write")
@blp.arguments(AccountChangeIn)
@blp.response(200, AccountOut)
def change_account(body: dict[str, Any], account_id: UUID) -> Response:
    """Change what is given; a secret left out stays. Switched off, it finishes its payments. Needs If-Match."""
    with transaction():
        account = get(Account, current_merchant().id, account_id, lock=True)
        check_version(account)
        return answer(AccountOut, _shown(account_settings.change_account(account, **body)))


@blp.post("/accounts/<uuid:account_id>/check")
@needs("plugins.write")
@blp.response(200, FindingsOut)
def check_account(account_id: UUID) -> Response:
    """Ask the plugin whether this account works."""
    findings = plugin_check.check_account(account_id)
    with reading():
        # the plugin's own words
        return answer(FindingsOut, {"ok": not findings, "findings": redaction.hidden(findings)})


def _shown(account: Account) -> dict[str, Any]:
    names = ("id", "plugin", "name", "enabled", "stores", "version")
    return {name: getattr(account, name) for name in names} | {"settings": account_settings.show_settings(account)}
