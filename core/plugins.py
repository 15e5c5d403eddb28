"""Asking plugins: per merchant, in the merchant's order, from cached lists; each error carries its plugin's name."""

from collections.abc import Mapping, Sequence
from functools import wraps
from typing import Any

from pluggy import HookImpl

from core.contracts.checkout import CheckoutEntry, DeliveryMethod, Option
from core.contracts.courier import Courier, NotifyingCourier, is_telling_courier
from core.contracts.notifier import Notifier
from core.contracts.order import OrderView
from core.contracts.payment_channel import NotifyingChannel, PaymentChannel, reports_by_notices
from core.contracts.tender import Tender
from core.errors import PluginTrouble
from core.lifecycles import MACHINES
from core.machine import Machine
from core.plugin_calls import guarded
from core.plugin_catalog import blueprints, checks, events, jobs, permissions, sandboxes
from core.plugin_choice import (
    Impls,
    all_offers,
    brings,
    broken,
    choice,
    enabled_names,
    house,
    is_enabled,
    is_known,
    load,
    manifest_of,
    manifests,
    refresh,
    settings_of,
    settings_purpose,
)
from core.plugin_loading import CORE
from core.plugin_offers import Guard

__all__ = [
    "CORE",
    "add",
    "add_named",
    "blueprints",
    "brings",
    "broken",
    "call_one",
    "channel",
    "channels",
    "check",
    "checks",
    "choose",
    "choose_named",
    "courier",
    "couriers",
    "delivery_methods",
    "during",
    "enabled_names",
    "entries",
    "events",
    "guard",
    "has_channel",
    "hearers",
    "is_enabled",
    "is_known",
    "is_tender",
    "jobs",
    "load",
    "machine",
    "manifest_of",
    "manifests",
    "notifiers",
    "options",
    "permissions",
    "refresh",
    "reporter",
    "sandboxes",
    "settings_of",
    "settings_purpose",
    "tender",
    "tenders",
]


# ---------------------------------------------------------------------------------------------- asking
def add(hook: str, **args: Any) -> list[Any]:
    """What all answers to an ``add_`` hook hold together."""
    return [item for _, item in add_named(hook, **args)]


def add_named(hook: str, **args: Any) -> list[tuple[str, Any]]:
    """As :func:`add`, each item with the plugin it came from."""
    joined: list[tuple[str, Any]] = []
    for name, impl in _impls(hook):
        answer = _call(name, hook, impl, args)
        if answer is None:
            continue
        if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Sequence):
            raise PluginTrouble(
                f"Plugin {name!r} must answer {hook} with a list, not {type(answer).__name__}.", plugin=name, hook=hook
            )
        joined += [(name, item) for item in answer]
    return joined


def choose(hook: str, **args: Any) -> Any:
    """The first answer that is not None, in the merchant's order, core's own last."""
    return choose_named(hook, **args)[1]


def choose_named(hook: str, **args: Any) -> tuple[str, Any]:
    """As :func:`choose`, with the plugin that answered (``core`` and None if nobody did)."""
    for name, impl in _impls(hook):
        answer = _call(name, hook, impl, args)
        if answer is not None:
            return name, answer
    return CORE, None


def check(hook: str, **args: Any) -> None:
    """Ask everybody whether it may be. :raises MerxError: the refusal of the first that says no."""
    for name, impl in _impls(hook):
        _call(name, hook, impl, args)


def during(hook: str, **args: Any) -> None:
    """Tell everybody, inside the transaction."""
    check(hook, **args)


def hearers(hook: str) -> tuple[str, ...]:
    """The current merchant's plugins that implement *hook*, in its order, with ``core`` if it does."""
    return tuple(name for name, _ in _impls(hook))


def call_one(plugin: str, hook: str, **args: Any) -> Any:
    """Ask one plugin alone, on or off: for its jobs.

    :raises PluginTrouble: it is not installed, quarantined, or raised.
    """
    impl = _implementations(hook).get(plugin)
    if impl is None:
        if plugin != CORE:
            manifest_of(plugin)
        return None
    return _call(plugin, hook, impl, args)


# ---------------------------------------------------------------------------------------------- what plugins bring
def channels() -> Mapping[str, PaymentChannel]:
    """The payment channels whose plugin is on for the current merchant."""
    return _offered("channels")


def entries() -> Mapping[str, CheckoutEntry]:
    """The ways into checkout of the current merchant."""
    return _offered("entries")


def delivery_methods() -> Mapping[str, DeliveryMethod]:
    """The delivery methods of the current merchant."""
    return _offered("delivery_methods")


def channel(name: str) -> tuple[str, PaymentChannel]:
    """(plugin, channel) of any channel that is installed, on or off: for what is in flight.

    :raises PluginTrouble: nobody brings it.
    """
    return _brought("channels", "payment channel", name)


def tenders() -> Mapping[str, Tender]:
    """The tenders whose plugin is on for the current merchant."""
    return _offered("tenders")


def is_tender(name: str) -> bool:
    """Whether an installed plugin, on or off, brings a tender of this name."""
    return any(name in offers.tenders for offers in house().installed.offers.values())


def tender(name: str) -> tuple[str, Tender]:
    """(plugin, tender) of any tender that is installed, on or off: for what is held and what is given back.

    :raises PluginTrouble: nobody brings it.
    """
    return _brought("tenders", "tender", name)


def couriers() -> Mapping[str, Courier]:
    """The couriers whose plugin is on for the current merchant."""
    return _offered("couriers")


def courier(name: str) -> tuple[str, Courier]:
    """(plugin, courier) of any courier that is installed, on or off: for parcels on their way.

    :raises PluginTrouble: nobody brings it.
    """
    return _brought("couriers", "courier", name)


def notifiers() -> list[tuple[str, Notifier]]:
    """(plugin, notifier) of the current merchant's plugins that are on, in its order."""
    offers = house().installed.offers
    return [(name, one) for name in enabled_names() for one in offers[name].notifiers.values()]


def reporter(plugin: str) -> tuple[str, NotifyingChannel | NotifyingCourier]:
    """(name, channel or courier) of the one of *plugin* that reports by notices, on or off.

    :raises PluginTrouble: it is not installed, or has none.
    """
    offers = house().installed.offers.get(plugin)
    for name, channel in offers.channels.items() if offers else ():
        if reports_by_notices(channel):
            return name, channel
    for name, courier in offers.couriers.items() if offers else ():
        if is_telling_courier(courier):
            return name, courier
    raise PluginTrouble(f"Plugin {plugin!r} has nobody that reports by notices; was it removed?", plugin=plugin)


def has_channel(plugin: str) -> bool:
    """Whether *plugin* brings channels, tenders or couriers: what is in flight lives on when it is switched off."""
    mine = house().installed.offers.get(plugin)
    return mine is not None and bool(mine.channels or mine.tenders or mine.couriers)


def options() -> dict[str, Option]:
    """Plugin -> what a storefront may say to it, of the plugins that are on."""
    offers = house().installed.offers
    return {name: option for name in enabled_names() if (option := offers[name].option) is not None}


def machine(name: str) -> Machine:
    """The current merchant's table of moves: core's, with the rows of the plugins that are on before it."""
    mine = choice()
    if name not in mine.machines:
        offers = house().installed.offers
        rows = [row for plugin in mine.names for row in offers[plugin].moves.get(name, ())]
        mine.machines[name] = MACHINES[name].extend(rows) if rows else MACHINES[name]
    return mine.machines[name]


def guard(name: str) -> Guard | None:
    """The plugins' guard called *name*, or None: then it is core's."""
    for plugin, offers in all_offers():
        if name in offers.guards:
            return _careful(plugin, name, offers.guards[name])
    return None


# ---------------------------------------------------------------------------------------------- inside
def _implementations(hook: str) -> dict[str, HookImpl]:
    try:
        return house().installed.impls[hook]
    except KeyError:
        raise LookupError(f"there is no hook {hook!r}; see core/hookspecs.py") from None


def _impls(hook: str) -> Impls:
    mine = choice()
    listed = mine.impls.get(hook)
    if listed is None:
        known = _implementations(hook)
        listed = tuple((name, known[name]) for name in (*mine.names, CORE) if name in known)
        mine.impls[hook] = listed
    return listed


def _offered(kind: str) -> dict[str, Any]:
    mine = choice()
    if kind not in mine.offered:
        offers = house().installed.offers
        names = [name for name in (CORE, *mine.names) if name in offers]
        mine.offered[kind] = {key: thing for name in names for key, thing in getattr(offers[name], kind).items()}
    return mine.offered[kind]


def _brought(kind: str, what: str, name: str) -> tuple[str, Any]:
    for plugin, offers in house().installed.offers.items():
        if name in getattr(offers, kind):
            return plugin, getattr(offers, kind)[name]
    raise PluginTrouble(f"No installed plugin brings the {what} {name!r}; was one removed or quarantined?")


def _call(plugin: str, hook: str, impl: HookImpl, args: Mapping[str, Any]) -> Any:
    values = [args[name] for name in impl.argnames]
    return guarded(plugin, hook, lambda: impl.function(*values))


def _careful(plugin: str, name: str, function: Guard) -> Guard:
    @wraps(function)
    def careful(order: OrderView) -> bool:
        return bool(guarded(plugin, f"guard {name}", lambda: function(order)))

    return careful
