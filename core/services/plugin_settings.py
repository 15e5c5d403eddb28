"""Which plugins a merchant uses, in what order, with what settings; every change moves its plugin version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core import plugins, vault
from core.contracts.payment_channel import AccountView
from core.contracts.plugin import Plugin
from core.current import current_merchant
from core.db import add, all_of, db, flush
from core.errors import InUse, Invalid, NotFound, PluginTrouble, Refused
from core.models import Account, Deadline, Merchant, MerchantPlugin, Order
from core.services.accounts import view
from core.services.pictures import picture
from core.services.sealed_settings import checked, lacking, merged, shown

#: how many living things a refusal lists
LISTED = 20
OVER = ("completed", "closed", "refunded")


@dataclass(frozen=True)
class PluginState:
    """A plugin as the current merchant has it; the settings are fit to be shown."""

    name: str
    title: Mapping[str, str]
    enabled: bool
    position: int | None
    broken: bool
    reason: str | None
    has_settings: bool
    has_accounts: bool
    settings: Mapping[str, Any]
    #: required settings that are still missing
    missing: Sequence[str]
    version: int


@dataclass(frozen=True)
class Question:
    """What a plugin's check is asked about: never shown, never logged."""

    plugin: Plugin
    version: int
    enabled: bool
    settings: Mapping[str, Any]
    accounts: tuple[AccountView, ...]


def all_plugins() -> list[PluginState]:
    """Every plugin there is: those that are on in their order, then the others, then the broken ones."""
    rows = {row.name: row for row in all_of(MerchantPlugin, current_merchant().id)}
    sound = [_state(manifest, rows.get(name)) for name, manifest in plugins.manifests().items()]
    sound.sort(key=lambda state: (not state.enabled, state.position or 0, state.name))
    return sound + [_broken_state(name, why, rows.get(name)) for name, why in sorted(plugins.broken().items())]


def one_plugin(name: str) -> PluginState:
    """The plugin *name* as the merchant has it. :raises NotFound: nobody installed it."""
    manifest = plugins.manifests().get(name)
    if manifest is not None:
        return _state(manifest, find_row(name))
    if name in plugins.broken():
        return _broken_state(name, plugins.broken()[name], find_row(name))
    raise NotFound(f"There is no plugin {name!r} here.")


def sound_plugin(name: str) -> Plugin:
    """The manifest of *name*. :raises NotFound: nobody installed it. :raises Refused: it is quarantined."""
    state = one_plugin(name)
    if state.broken:
        raise Refused(f"Plugin {name!r} is quarantined: {state.reason}.", code="plugin_broken")
    return plugins.manifests()[name]


def lock_version(name: str) -> int:
    """The version of the settings of *name*, which nobody else can change from now on: the ETag to compare with.

    :raises NotFound: nobody installed it. :raises Refused: it is quarantined.
    """
    sound_plugin(name)
    _lock_merchant()
    row = find_row(name)
    return row.version if row else 0


def change_settings(name: str, patch: Mapping[str, Any]) -> PluginState:
    """Lay *patch* over the settings; while the plugin is off, required ones may still be missing.

    :raises Invalid: naming the fields.
    """
    manifest, row = sound_plugin(name), _row_to_change(name)
    purpose = plugins.settings_purpose(row.merchant_id, name)
    whole = merged(manifest.settings, vault.unseal(row.settings, purpose), patch)
    checked(manifest.settings, whole, manifest.secret, partial=not row.enabled)
    row.settings = vault.seal(whole, purpose)
    row.version += 1
    return _state(manifest, row)


def question(name: str) -> Question:
    """What the plugin's check must be asked. :raises Invalid: required settings are missing."""
    manifest, row = sound_plugin(name), find_row(name)
    settings = checked(manifest.settings, _raw(row, name), manifest.secret)
    accounts = all_of(Account, current_merchant().id, Account.plugin == name, Account.enabled)
    return Question(
        manifest, row.version if row else 0, bool(row and row.enabled), settings, tuple(map(view, accounts))
    )


def enable(name: str, version: int) -> None:
    """Switch *name* on, as the last in order.

    :param version: of the settings that were checked.
    :raises Refused: they changed meanwhile.
    """
    sound_plugin(name)
    row = _row_to_change(name)
    if row.version != version:
        raise Refused(f"The settings of {name!r} changed while they were checked: try again.", code="version_changed")
    if row.enabled:
        return
    others = all_of(MerchantPlugin, row.merchant_id, MerchantPlugin.enabled)
    row.position = max((other.position for other in others if other is not row), default=0) + 1
    row.enabled = True
    row.version += 1


def disable(name: str) -> None:
    """Switch *name* off. A plugin with payment channels goes at once, and what is in flight lives on.

    :raises InUse: something of any other plugin is alive; the refusal lists it.
    """
    if find_row(name) is None:
        one_plugin(name)
        return
    row = _row_to_change(name)
    if not row.enabled:
        return
    alive = [] if plugins.has_channel(name) or name not in plugins.manifests() else _alive(name)
    if alive:
        raise InUse(
            f"Plugin {name!r} cannot be switched off while {len(alive)} thing(s) of it are open; see in_use.",
            in_use=alive[:LISTED],
        )
    row.enabled = False
    row.version += 1


def reorder(names: Sequence[str]) -> None:
    """Ask the plugins in the order of *names*. :raises Invalid: they are not exactly those that are on."""
    _move_version()
    rows = {row.name: row for row in all_of(MerchantPlugin, current_merchant().id, MerchantPlugin.enabled)}
    if sorted(names) != sorted(rows):
        listed = ", ".join(sorted(rows)) or "none"
        raise Invalid.field("/names", f"Name each plugin that is on exactly once: {listed}.", "wrong_names")
    for position, name in enumerate(names, 1):
        if rows[name].position != position:
            rows[name].position = position
            rows[name].version += 1


def find_row(name: str) -> MerchantPlugin | None:
    """The merchant's row of *name*, if it ever touched it."""
    rows = all_of(MerchantPlugin, current_merchant().id, MerchantPlugin.name == name)
    return rows[0] if rows else None


def _row_to_change(name: str) -> MerchantPlugin:
    _move_version()
    row = find_row(name)
    if row is None:
        row = add(MerchantPlugin(merchant_id=current_merchant().id, name=name))
        flush()  # the next question in this transaction must find it
    return row


def _move_version() -> None:
    _lock_merchant().plugin_version += 1


def _lock_merchant() -> Merchant:
    # changes of one merchant's plugins wait for each other
    return db.session().get_one(Merchant, current_merchant().id, with_for_update=True)


def _raw(row: MerchantPlugin | None, name: str) -> dict[str, Any]:
    return vault.unseal(row.settings, plugins.settings_purpose(row.merchant_id, name)) if row else {}


def _state(manifest: Plugin, row: MerchantPlugin | None) -> PluginState:
    raw = _raw(row, manifest.name)
    enabled = bool(row and row.enabled)
    return PluginState(
        name=manifest.name,
        title=manifest.title,
        enabled=enabled,
        position=row.position if row and enabled else None,
        broken=False,
        reason=None,
        has_settings=manifest.settings is not None,
        has_accounts=manifest.account is not None,
        settings=shown(manifest.settings, raw, manifest.secret),
        missing=lacking(manifest.settings, raw),
        version=row.version if row else 0,
    )


def _broken_state(name: str, why: str, row: MerchantPlugin | None) -> PluginState:
    on, version = bool(row and row.enabled), row.version if row else 0
    return PluginState(name, {"en": name}, on, None, True, why, False, False, {}, (), version)


def _alive(name: str) -> list[dict[str, str]]:
    merchant_id = current_merchant().id
    waiting = db.session().execute(
        select(Order.number, Deadline.kind)
        .join(Deadline, (Deadline.merchant_id == Order.merchant_id) & (Deadline.order_id == Order.id))
        .where(Order.merchant_id == merchant_id, Deadline.merchant_id == merchant_id)
        .where(Deadline.kind.startswith(f"{name}.", autoescape=True))
        .order_by(Order.id)
    )
    alive = [{"order": number, "what": f"deadline {kind}"} for number, kind in waiting]
    entries = list(plugins.brings(name).entries)
    if entries:
        unpaid = all_of(Order, merchant_id, Order.entry.in_(entries), Order.state == "pending_payment")
        alive += [{"order": order.number, "what": f"checkout entry {order.entry}"} for order in unpaid]
    methods = list(plugins.brings(name).delivery_methods)
    if methods:
        sent = all_of(Order, merchant_id, Order.delivery_method.in_(methods), Order.state.not_in(OVER))
        alive += [{"order": order.number, "what": f"delivery method {order.delivery_method}"} for order in sent]
    if name in plugins.hearers("add_hold_reasons"):
        for order in all_of(Order, merchant_id, Order.state == "paid"):
            alive += [{"order": order.number, "what": f"hold {reason}"} for reason in _holds(name, order)]
    return alive


def _holds(name: str, order: Order) -> Sequence[str]:
    try:
        return plugins.call_one(name, "add_hold_reasons", order=picture(order)) or ()
    except PluginTrouble:
        # one that raises holds everything and can tell nothing: switching it off must stay possible
        return ()
