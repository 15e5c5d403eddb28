"""Accounts as staff keep them: made, changed, checked by the plugin's account schema, shown without secrets."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core import plugins, vault
from core.contracts.plugin import Plugin
from core.current import current_merchant
from core.db import add, all_of, db, flush
from core.errors import FieldError, Invalid, Refused
from core.ids import new_id
from core.models import Account, Merchant, Store
from core.services.accounts import purpose
from core.services.sealed_settings import checked, merged, shown


def create_account(
    plugin: str, name: str, settings: Mapping[str, Any], stores: Mapping[str, Any], *, enabled: bool = True
) -> Account:
    """A new credential set of *plugin*.

    :param stores: store code -> what the channel wants to know of that store; empty = every store.
    :raises Invalid: the plugin has no accounts, a setting is wrong, or a store does not exist.
    :raises Refused: the plugin has an account of this name.
    """
    manifest = plugins.manifests().get(plugin)
    if manifest is None or manifest.account is None:
        able = ", ".join(sorted(n for n, m in plugins.manifests().items() if m.account is not None)) or "none"
        raise Invalid.field("/plugin", f"No installed plugin of this name has accounts. Accepted: {able}.", "unknown")
    account = Account(merchant_id=current_merchant().id, id=new_id(), plugin=plugin, version=0)
    _take_turns()
    _rename(account, name)
    account.enabled = enabled
    account.stores = _known_stores(stores)
    account.settings = _sealed(account, manifest, {}, settings)
    add(account)
    flush()  # the next account in this transaction must see that the name is taken
    return account


def change_account(
    account: Account,
    *,
    name: str | None = None,
    enabled: bool | None = None,
    settings: Mapping[str, Any] | None = None,
    stores: Mapping[str, Any] | None = None,
) -> Account:
    """Change what is given; settings are laid over those there are, and a secret left out stays.

    :raises Invalid: as :func:`create_account`. :raises Refused: the name is taken.
    """
    _take_turns()
    if name is not None and name != account.name:
        _rename(account, name)
    if enabled is not None:
        account.enabled = enabled
    if stores is not None:
        account.stores = _known_stores(stores)
    if settings is not None:
        stored = vault.unseal(account.settings, purpose(account))
        account.settings = _sealed(account, plugins.manifest_of(account.plugin), stored, settings)
    account.version += 1
    return account


def show_settings(account: Account) -> dict[str, Any]:
    """Its settings without secrets; nothing if its plugin is not there any more."""
    manifest = plugins.manifests().get(account.plugin)
    if manifest is None:
        return {}
    return shown(manifest.account, vault.unseal(account.settings, purpose(account)), manifest.account_secret)


def _take_turns() -> None:
    # two requests must not give the same name at once, nor overwrite each other's settings
    db.session().get_one(Merchant, current_merchant().id, with_for_update=True)


def _rename(account: Account, name: str) -> None:
    where = (Account.plugin == account.plugin, Account.name == name)
    if all_of(Account, account.merchant_id, *where):
        raise Refused(f"{account.plugin!r} has an account called {name!r} already.", code="name_taken")
    account.name = name


def _sealed(account: Account, manifest: Plugin, stored: Mapping[str, Any], patch: Mapping[str, Any]) -> str:
    try:
        whole = merged(manifest.account, stored, patch)
        checked(manifest.account, whole, manifest.account_secret)
    except Invalid as wrong:
        errors = [FieldError(f"/settings{e.pointer}".rstrip("/"), e.message, e.code) for e in wrong.errors]
        raise Invalid(wrong.detail, errors=errors) from None
    return vault.seal(whole, purpose(account))


def _known_stores(stores: Mapping[str, Any]) -> dict[str, Any]:
    codes = set(db.session().scalars(select(Store.code).where(Store.merchant_id == current_merchant().id)))
    errors = []
    for code, told in stores.items():
        if code not in codes:
            errors.append(FieldError(f"/stores/{code}", f"There is no store {code!r}.", "unknown_store"))
        elif not isinstance(told, Mapping):
            errors.append(FieldError(f"/stores/{code}", "Must be a JSON object.", "wrong_type"))
    if errors:
        raise Invalid("The map of stores is not acceptable.", errors=errors)
    return dict(stores)
