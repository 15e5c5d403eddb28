"""Accounts as channels get them: settings decrypted and loaded, for the length of one call."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import current_app

from core import plugins, vault
from core.contracts.payment_channel import AccountView
from core.current import current_merchant
from core.db import all_of, get
from core.models import Account, Payment, Store
from core.services import sealed_settings

#: accounts of all merchants whose settings a process keeps open
KEPT_OPEN = 1000
_COLUMNS = tuple(column.name for column in Account.__table__.columns)


def view(account: Account, store: Mapping[str, Any] | None = None) -> AccountView:
    """*account* for one call.

    :param store: what it says of the store in question, see :func:`terms_of_store`.
    """
    return AccountView(
        merchant_id=account.merchant_id,
        id=account.id,
        plugin=account.plugin,
        name=account.name,
        settings=_settings(account),
        store=dict(store or {}),
        notify_url=notify_url(account),
        learned=dict(account.learned),
    )


def of_row(row: Any, prefix: str = "") -> Account:
    """An account out of the columns of a prebuilt statement, for looking at; it belongs to no session.

    :param prefix: what the names of the columns begin with.
    """
    return Account(**{name: getattr(row, prefix + name) for name in _COLUMNS})


def of_payment(payment: Payment) -> AccountView:
    """The account an attempt was made with, on the terms it was made on, even if it has been switched off since."""
    if payment.account is None:
        raise RuntimeError(f"payment {payment.out_trade_no} was made without an account: no channel can be asked")
    return view(payment.account, payment.store_terms)


def terms_of_store(account: Account, store: Store | None) -> dict[str, Any]:
    """What *account* says of *store* (a sub-merchant id ...); empty if nothing."""
    return dict(account.stores.get(store.code, {})) if store is not None else {}


def notify_url(account: Account) -> str | None:
    """Where the account's channel sends its notices; None while nobody has said under which address we are reached."""
    base = str(current_app.config.get("PUBLIC_URL") or "").rstrip("/")
    return f"{base}/v1/notify/{account.notify_token}" if base else None


def open_accounts(plugin: str) -> list[AccountView]:
    """The current merchant's open accounts of *plugin*, oldest first: for a plugin's own jobs. Inside a scope."""
    return [view(row) for row in all_of(Account, current_merchant().id, Account.plugin == plugin, Account.enabled)]


def learn(account_id: UUID, **facts: Any) -> None:
    """Write down public facts about the channel of an account; they come back as ``AccountView.learned``.

    :param facts: JSON values, never a secret: they are stored in the clear. What is not named stays.
    """
    account = get(Account, current_merchant().id, account_id, lock=True)
    account.learned = {**account.learned, **facts}


def _settings(account: Account) -> Mapping[str, Any]:
    """Opened once per sealed text: opening costs more than the rest of a payment."""
    opened: dict[tuple[str, str | None], Mapping[str, Any]]
    opened = current_app.extensions.setdefault("merx_opened_accounts", {})
    key = (purpose(account), account.settings)
    if key not in opened:
        manifest = plugins.manifest_of(account.plugin)
        raw = vault.unseal(account.settings, purpose(account))
        sealed_settings.remember(manifest.account, raw, manifest.account_secret)
        if len(opened) >= KEPT_OPEN:
            opened.clear()
        opened[key] = MappingProxyType(sealed_settings.opened(manifest.account, raw))
    return opened[key]


def purpose(account: Account) -> str:
    """What the account's ciphertext is bound to: it cannot be moved to another account."""
    return f"{account.merchant_id}:{account.id}:account"
