"""Accounts as channels get them: settings decrypted and loaded, for the length of one call."""

from typing import Any

from core import plugins, vault
from core.contracts.payment_channel import AccountView
from core.db import get
from core.models import Account, Order, Payment, Store
from core.services import sealed_settings


def view(account: Account, order: Order) -> AccountView:
    """*account* for one call about *order*."""
    store: dict[str, Any] = {}
    if order.store_id and account.stores:
        store = account.stores.get(get(Store, order.merchant_id, order.store_id).code, {})
    return AccountView(
        merchant_id=account.merchant_id,
        id=account.id,
        plugin=account.plugin,
        name=account.name,
        settings=_settings(account),
        store=store,
    )


def of_payment(order: Order, payment: Payment) -> AccountView:
    """The account an attempt was made with, even if it has been switched off since."""
    if payment.account is None:
        raise RuntimeError(f"payment {payment.out_trade_no} was made without an account: no channel can be asked")
    return view(payment.account, order)


def _settings(account: Account) -> dict[str, Any]:
    schema = plugins.manifest_of(account.plugin).account
    return sealed_settings.opened(schema, vault.unseal(account.settings, purpose(account)))


def purpose(account: Account) -> str:
    """What the account's ciphertext is bound to: it cannot be moved to another account."""
    return f"{account.merchant_id}:{account.id}:account"
