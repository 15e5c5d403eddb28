"""Which plugins an app has and which of them a merchant uses, in what order, with what settings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from flask import Flask, current_app
from marshmallow import EXCLUDE, ValidationError
from pluggy import HookImpl
from sqlalchemy import select

from core import redaction, vault
from core.contracts.checkout import EventSpec, JobSpec
from core.contracts.plugin import Plugin
from core.current import current_merchant
from core.db import db
from core.errors import PluginTrouble
from core.machine import Machine
from core.models import MerchantPlugin
from core.plugin_loading import CORE, Installed, install
from core.plugin_offers import Offers

Impls = tuple[tuple[str, HookImpl], ...]


@dataclass(frozen=True)
class Choice:
    """A merchant's plugins as of one version. The dicts fill as they are asked; threads may fill them twice, alike."""

    version: int
    names: tuple[str, ...]
    stored: Mapping[str, str | None] = field(repr=False)
    impls: dict[str, Impls] = field(default_factory=dict, repr=False)
    settings: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    offered: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    machines: dict[str, Machine] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class House:
    """The plugins of one app."""

    installed: Installed
    choices: dict[int, Choice] = field(default_factory=dict)
    #: of all plugins, gathered when first asked for
    jobs: dict[str, JobSpec] = field(default_factory=dict)
    events: dict[str, EventSpec] = field(default_factory=dict)


def load(
    app: Flask,
    standard: object | None = None,
    extra: Iterable[tuple[str, object]] = (),
    permissions: Mapping[str, str] | None = None,
) -> None:
    """Find the plugins of *app*; broken ones are quarantined (see :func:`broken`), the rest is ready.

    :param standard: core's own answers, asked last and always on, under the name ``core``.
    :param extra: (name, module or dotted module name) pairs besides the installed ones, for tests.
    :param permissions: core's own permissions, which no plugin may take.
    """
    with app.app_context():
        app.extensions["merx_plugins"] = House(install(standard, extra, permissions))


def broken() -> dict[str, str]:
    """Name -> why, of every plugin that was set aside."""
    return dict(house().installed.broken)


def manifests() -> dict[str, Plugin]:
    """Name -> manifest of every sound plugin."""
    return house().installed.manifests


def brings(name: str) -> Offers:
    """Everything the plugin *name* registered."""
    return house().installed.offers[name]


# ---------------------------------------------------------------------------------------------- the merchant's choice
def refresh(merchant_id: int, plugin_version: int) -> None:
    """Read the merchant's plugins anew if their version has moved. Inside a scope, by doors.

    :param plugin_version: as it stands on the merchant's row, read in the same scope.
    """
    choices = house().choices
    if is_known(merchant_id, plugin_version):
        return
    table = MerchantPlugin
    rows = db.session().execute(
        select(table.name, table.enabled, table.settings)
        .where(table.merchant_id == merchant_id)
        .order_by(table.position, table.name)
    )
    stored, names = {}, []
    for name, enabled, settings in rows:
        stored[name] = settings
        if enabled and name in house().installed.manifests:
            names.append(name)
    choices[merchant_id] = Choice(plugin_version, tuple(names), stored)


def is_known(merchant_id: int, plugin_version: int) -> bool:
    """Whether the merchant's plugins were read at this version: then :func:`refresh` would read nothing."""
    known = house().choices.get(merchant_id)
    return known is not None and known.version == plugin_version


def enabled_names() -> tuple[str, ...]:
    """The current merchant's plugins in its order, without ``core``."""
    return choice().names


def is_enabled(name: str) -> bool:
    """Whether the current merchant has *name* switched on; ``core`` always is."""
    return name == CORE or name in choice().names


def settings_of(name: str) -> Mapping[str, Any]:
    """The current merchant's settings of *name*, opened, loaded by its schema, defaults filled; on or off.

    :raises PluginTrouble: it is not installed, or what is stored does not fit its schema any more.
    """
    mine = choice()
    if name not in mine.settings:
        schema = manifest_of(name).settings if name != CORE else None
        raw = vault.unseal(mine.stored.get(name), settings_purpose(current_merchant().id, name))
        try:
            # what an older version of the plugin stored and this one does not know is left aside
            loaded = schema(unknown=EXCLUDE).load(raw) if schema else {}
        except ValidationError as error:
            fields = ", ".join(sorted(map(str, error.messages_dict)))
            raise PluginTrouble(
                f"The settings of plugin {name!r} do not fit its schema: look at {fields}.", plugin=name
            ) from None
        secret = manifest_of(name).secret if schema else ()
        redaction.remember(current_merchant().id, [loaded.get(field) for field in secret])
        mine.settings[name] = MappingProxyType(loaded)
    return mine.settings[name]


def settings_purpose(merchant_id: int, name: str) -> str:
    """What the vault is told about a plugin's settings."""
    return f"{merchant_id}:{name}:settings"


def manifest_of(name: str) -> Plugin:
    """The manifest of *name*. :raises PluginTrouble: it is not installed or quarantined; the message says which."""
    installed = house().installed
    if name not in installed.manifests:
        why = f"is quarantined: {installed.broken[name]}" if name in installed.broken else "is not installed"
        raise PluginTrouble(f"Plugin {name!r} {why}.", plugin=name)
    return installed.manifests[name]


def house() -> House:
    """The plugins of the current app."""
    here: House = current_app.extensions["merx_plugins"]
    return here


def all_offers() -> Iterable[tuple[str, Offers]]:
    """(plugin, what it brings) of all that is installed, core's own answers first."""
    return house().installed.offers.items()


def choice() -> Choice:
    """The current merchant's plugins.

    :raises RuntimeError: no door has read them yet.
    """
    merchant = current_merchant()
    try:
        return house().choices[merchant.id]
    except KeyError:
        raise RuntimeError(f"the plugins of merchant {merchant.code!r} were never read: doors call refresh()") from None
