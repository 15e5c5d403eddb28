"""The ways to pay as a merchant has them: channels and payable tenders, in its order, under its titles, on or off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import plugins, vault
from core.contracts.payment_channel import PaymentChannel
from core.contracts.tender import Tender
from core.current import current_merchant
from core.db import all_of, db
from core.errors import Invalid, MerxError, NotFound, Refused
from core.models import Account, Merchant
from core.plugin_calls import guarded
from core.schemas.settings import filled
from core.services import merchants, plugin_settings
from core.services.accounts import purpose
from core.services.sealed_settings import lacking

#: where the list stands among the merchant's settings
SETTING = "payment_methods"
#: a method that the merchant never listed
UNLISTED: Mapping[str, Any] = {"enabled": True, "title": {}}
Stored = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Lack:
    """Something that keeps a method from being offered: *code* for programs, *detail* for people."""

    code: str
    detail: str
    account: str | None = None
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Method:
    """A way to pay: what brings it, and what the merchant made of it."""

    name: str
    plugin: str
    brought: PaymentChannel | Tender
    enabled: bool
    own_title: Mapping[str, str]
    missing: Sequence[Lack] = ()

    @property
    def kind(self) -> str:
        """cash: through a channel; tender: from the buyer's own account."""
        return "tender" if hasattr(self.brought, "role") else "cash"

    @property
    def title(self) -> Mapping[str, str]:
        """What buyers read: the merchant's own words over the plugin's."""
        return {**self.brought.title, **self.own_title}

    @property
    def offered(self) -> bool:
        """Whether buyers are offered it now."""
        return self.enabled and not self.missing


# ---------------------------------------------------------------------------------------------- for buyers
def offered() -> list[Method]:
    """What a buyer can really pay with now: switched on, and a channel has an open account."""
    query = select(Account.plugin).where(Account.merchant_id == current_merchant().id, Account.enabled).distinct()
    open_for = set(db.session().scalars(query))
    found = _in_order(_stored(), plugins.enabled_names())
    return [one for one in found if one.enabled and (one.kind == "tender" or one.plugin in open_for)]


def balance(method: Method, customer_id: UUID | None) -> int | None:
    """Minor units the buyer could spend with a tender; None = nobody is signed in, or it cannot be said."""
    tender: Any = method.brought
    if method.kind == "cash" or customer_id is None:
        return None
    try:
        found: int | None = guarded(
            method.plugin, "balance", lambda: tender.balance(customer_id, current_merchant().currency)
        )
    except MerxError:
        # one plugin's trouble must not hide the other ways to pay; the log has it
        return None
    return found


def refuse_switched_off(name: str) -> None:
    """Let nobody begin to pay by what the merchant has switched off.

    :raises Invalid: it is off; the message names what is on.
    """
    off = {one["name"] for one in _stored() if not one["enabled"]}
    if name in off:
        on = ", ".join(one.name for one in _in_order(_stored(), plugins.enabled_names()) if one.enabled) or "none"
        raise Invalid.field("/tenders", f"{name!r} is not offered; these are: {on}.", "not_offered")


# ---------------------------------------------------------------------------------------------- for the merchant
def all_methods(stored: Stored | None = None) -> list[Method]:
    """Every way to pay that is installed: listed ones first, then those whose plugin is on, then the others.

    :param stored: the list, if it was changed a moment ago.
    """
    states = {state.name: state for state in plugin_settings.all_plugins()}
    accounts = all_of(Account, current_merchant().id, Account.enabled)
    names = [name for name, state in states.items() if not state.broken]
    return [
        _with_lacks(method, states[method.plugin], [row for row in accounts if row.plugin == method.plugin])
        for method in _in_order(_stored() if stored is None else stored, names)
    ]


def find(name: str) -> Method:
    """One of them. :raises NotFound: nothing installed is called so."""
    for method in all_methods():
        if method.name == name:
            return method
    raise NotFound(f"There is no payment method {name!r} here.")


def arrange(row: Merchant, wanted: Stored) -> list[Method]:
    """List, name and switch the methods as *wanted* says. *row*: the merchant, locked.

    :raises Invalid: a name twice, or of nothing that is installed. :raises Refused: one that was off shall be on, and
        something is missing; the refusal says what.
    """
    before = {one["name"]: one["enabled"] for one in filled(row.settings)[SETTING]}
    known = {method.name: method for method in all_methods(wanted)}
    for place, one in enumerate(wanted):
        if one["name"] not in known:
            told = f"{one['name']!r} is no payment method; these are installed: {', '.join(known) or 'none'}."
            raise Invalid.field(f"/methods/{place}/name", told, "unknown")
        if one["name"] in [earlier["name"] for earlier in wanted[:place]]:
            raise Invalid.field(f"/methods/{place}/name", f"{one['name']!r} stands in the list twice.", "repeated")
    turned_on = [known[one["name"]] for one in wanted if one["enabled"] and not before.get(one["name"], True)]
    lacks = [(method.name, lack) for method in turned_on for lack in method.missing]
    if lacks:
        told = " ".join(f"{name}: {lack.detail}" for name, lack in lacks)
        missing = [{"method": name, "code": lack.code, "names": list(lack.names)} for name, lack in lacks]
        raise Refused(f"Something is missing. {told}", code="method_not_ready", missing=missing)
    merchants.change_settings(row, {SETTING: [dict(one) for one in wanted]})
    return list(known.values())


def open_accounts(method: Method) -> list[Account]:
    """The accounts that payments by *method* may go to."""
    return all_of(Account, current_merchant().id, Account.plugin == method.plugin, Account.enabled)


def titles() -> dict[str, Mapping[str, str]]:
    """Name -> what people call it, of everything installed that takes money, tenders that lower prices too."""
    own = {one["name"]: one["title"] for one in _stored()}
    brought = [thing for name in plugins.manifests() for _, thing in _brought(name)]
    return {thing.name: {**thing.title, **own.get(thing.name, {})} for thing in brought}


# ---------------------------------------------------------------------------------------------- inside
def _stored() -> Stored:
    found: Stored = current_merchant().settings.get(SETTING, ())
    return found


def _in_order(stored: Stored, names: Sequence[str]) -> list[Method]:
    """The methods of the plugins *names*: those listed first, the others as their plugins stand."""
    listed = {one["name"]: (place, one) for place, one in enumerate(stored)}
    found = []
    for plugin in names:
        for name, thing in _brought(plugin):
            if getattr(thing, "role", "payable") == "payable":
                place, one = listed.get(name, (len(listed), UNLISTED))
                found.append((place, Method(name, plugin, thing, one["enabled"], one["title"])))
    return [method for _, method in sorted(found, key=lambda pair: pair[0])]


def _brought(plugin: str) -> Iterator[tuple[str, PaymentChannel | Tender]]:
    offers = plugins.brings(plugin)
    yield from offers.channels.items()
    yield from offers.tenders.items()


def _with_lacks(method: Method, state: plugin_settings.PluginState, accounts: Sequence[Account]) -> Method:
    return Method(
        method.name, method.plugin, method.brought, method.enabled, method.own_title,
        tuple(_lacks(method, state, accounts)),
    )  # fmt: skip


def _lacks(method: Method, state: plugin_settings.PluginState, accounts: Sequence[Account]) -> Iterator[Lack]:
    if state.missing:
        yield Lack("settings", f"Set {', '.join(state.missing)} of plugin {state.name}.", None, state.missing)
    if not state.enabled:
        yield Lack("plugin_off", f"Enable the plugin {state.name}.")
    if method.kind == "cash" and not accounts:
        yield Lack("no_account", f"Open an account of plugin {state.name}.")
    schema = plugins.manifest_of(state.name).account
    for account in accounts:
        names = lacking(schema, vault.unseal(account.settings, purpose(account)))
        if names:
            told = f"Set {', '.join(names)} of the account {account.name}."
            yield Lack("account_settings", told, account.name, names)
