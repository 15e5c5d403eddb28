"""Finding plugins and letting them in: built-ins, entry points, tests' own; a broken one is set aside by name."""

import difflib
import importlib
import importlib.util
import inspect
import logging
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

import pluggy
from marshmallow import Schema
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from core import hookspecs
from core.contracts.plugin import API_VERSION, Plugin
from core.lifecycles import MACHINES
from core.machine import Machine
from core.plugin_offers import Offers, Unfit, clash, collect

log = logging.getLogger("merx.plugins")

CORE = "core"
#: by string: core never imports plugins
BUILT_INS = "plugins"
GROUP = "merx.plugins"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass
class Installed:
    """What is there: complete once :func:`install` returns, and never changed after."""

    manifests: dict[str, Plugin] = field(default_factory=dict)
    #: in the order of loading; core's own answers stand under ``core``
    offers: dict[str, Offers] = field(default_factory=dict)
    #: hook -> plugin -> its implementation
    impls: dict[str, dict[str, pluggy.HookImpl]] = field(default_factory=dict)
    #: name -> why it was set aside
    broken: dict[str, str] = field(default_factory=dict)
    #: core's permissions, then the plugins'
    permissions: dict[str, str] = field(default_factory=dict)
    #: every plugin's rows at once: as long as this builds, any choice of plugins does
    machines: dict[str, Machine] = field(default_factory=lambda: dict(MACHINES))


def install(
    standard: object | None, extra: Iterable[tuple[str, object]], permissions: Mapping[str, str] | None = None
) -> Installed:
    """Find all plugins and let in those that are sound.

    :param standard: core's own answers; an error in them is ours and passes.
    :param extra: (name, module or dotted module name), for tests.
    :param permissions: core's own, which no plugin may take.
    """
    asker = pluggy.PluginManager(hookspecs.PROJECT)
    asker.add_hookspecs(hookspecs)
    found = Installed(permissions=dict(permissions or {}))
    found.impls = {name: {} for name in vars(asker.hook) if not name.startswith("_")}
    if standard is not None:
        found.offers[CORE] = _register(asker, found, CORE, standard)
    for name, bring in _discover(extra):
        try:
            _let_in(asker, found, name, bring)
        except (Exception, SystemExit) as error:  # a plugin's import may do anything, even leave
            reason = str(error) if isinstance(error, Unfit) else f"{type(error).__name__}: {error}"
            label = name if name not in found.manifests else f"{name} (again)"
            found.broken[label] = reason
            log.error(
                "plugin %s is quarantined: %s", label, reason, exc_info=None if isinstance(error, Unfit) else error
            )
    return found


def _discover(extra: Iterable[tuple[str, object]]) -> Iterator[tuple[str, Callable[[], object]]]:
    package = importlib.import_module(BUILT_INS) if importlib.util.find_spec(BUILT_INS) else None
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda e: e.name) if package else ():
        if entry.ispkg and not entry.name.startswith("_"):
            yield entry.name, _importer(f"{BUILT_INS}.{entry.name}.plugin")
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        yield point.name, point.load
    for name, module in extra:
        yield name, _importer(module)


def _importer(module: object) -> Callable[[], object]:
    return lambda: importlib.import_module(module) if isinstance(module, str) else module


def _let_in(asker: pluggy.PluginManager, found: Installed, name: str, bring: Callable[[], object]) -> None:
    if not _NAME.fullmatch(name) or name == CORE:
        raise Unfit(f"{name!r} is no name for a plugin: use small letters, digits and underscores, and not {CORE!r}")
    if name in found.manifests:
        raise Unfit(f"there is a plugin {name!r} already")
    try:
        module = bring()
    except (Exception, SystemExit) as error:
        log.error("plugin %s cannot be imported", name, exc_info=error)
        raise Unfit(f"it cannot be imported: {type(error).__name__}: {error}") from error
    manifest = _manifest(name, module)
    taken = sorted(set(manifest.permissions) & set(found.permissions))
    if taken:
        raise Unfit(f"the permission {taken[0]!r} is taken")
    offers = _register(asker, found, name, module)
    found.manifests[name] = manifest
    found.offers[name] = offers
    found.permissions.update(manifest.permissions)


def _manifest(name: str, module: object) -> Plugin:
    manifest = getattr(module, "PLUGIN", None)
    if not isinstance(manifest, Plugin):
        raise Unfit("its plugin.py has no PLUGIN = Plugin(name=…, title=…, api=…)")
    if manifest.name != name:
        raise Unfit(f"it is installed as {name!r}, but its manifest says {manifest.name!r}")
    version = ".".join(map(str, API_VERSION))
    try:
        fits = SpecifierSet(manifest.api).contains(version)
    except (InvalidSpecifier, TypeError):
        raise Unfit(f"api={manifest.api!r} is no range of versions; write it like '>=1,<2'") from None
    if not fits:
        raise Unfit(f"it is written for version {manifest.api} of the face; this core offers {version}")
    if not isinstance(manifest.title, Mapping) or not manifest.title:
        raise Unfit("its title must be a dict of language -> text")
    _check_schema("settings", manifest.settings, manifest.secret)
    _check_schema("account", manifest.account, manifest.account_secret)
    # it may give away what it brought itself, and nothing of core's
    foreign = sorted({name for names in manifest.roles.values() for name in names} - set(manifest.permissions))
    if foreign:
        raise Unfit(f"its roles give {foreign[0]!r}, which is none of its permissions")
    return manifest


def _check_schema(what: str, schema: Any, secret: tuple[str, ...]) -> None:
    if schema is not None and not (isinstance(schema, type) and issubclass(schema, Schema)):
        raise Unfit(f"its {what} must be a marshmallow Schema class")
    known = schema().fields if schema else {}
    for name in secret:
        # a misspelt name here would show the secret to everybody
        if name not in known:
            raise Unfit(f"the secret {name!r} is no field of its {what}; fields are {', '.join(known) or 'none'}")


def _register(asker: pluggy.PluginManager, found: Installed, name: str, module: object) -> Offers:
    try:
        asker.register(module, name)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise Unfit(" ".join(str(error).split())) from error
    try:
        impls = _impls(asker, found, module)
        offers = collect(name, lambda hook: _answer(hook, impls.get(hook)))
        taken = clash(offers, found.offers)
        if taken:
            raise Unfit(taken)
        machines = _extended(found.machines, offers)
    except BaseException:
        asker.unregister(module)
        raise
    for hook, impl in impls.items():
        found.impls[hook][name] = impl
    found.machines.update(machines)
    return offers


def _impls(asker: pluggy.PluginManager, found: Installed, module: object) -> dict[str, pluggy.HookImpl]:
    impls: dict[str, pluggy.HookImpl] = {}
    for caller in asker.get_hookcallers(module) or ():
        for impl in caller.get_hookimpls():
            if impl.plugin is not module:
                continue
            if not caller.has_spec():
                if impl.optionalhook:
                    continue
                near = difflib.get_close_matches(caller.name, found.impls, 1)
                raise Unfit(f"there is no hook {caller.name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
            if impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast:
                raise Unfit(
                    f"{caller.name}: wrappers, tryfirst and trylast are not taken; the merchant gives the order"
                )
            if inspect.iscoroutinefunction(impl.function) or inspect.isgeneratorfunction(impl.function):
                raise Unfit(f"{caller.name} must be a plain function: nobody would run its async or yielding body")
            if caller.name in impls:
                raise Unfit(f"it answers {caller.name} twice")
            impls[caller.name] = impl
    return impls


def _answer(hook: str, impl: pluggy.HookImpl | None) -> Any:
    if impl is None:
        return None
    try:
        return impl.function()
    except (Exception, SystemExit) as error:
        log.error("%s of plugin %s raised", hook, impl.plugin_name, exc_info=error)
        raise Unfit(f"{hook} raised {type(error).__name__}: {error}") from error


def _extended(machines: Mapping[str, Machine], offers: Offers) -> dict[str, Machine]:
    try:
        return {name: machines[name].extend(rows) for name, rows in offers.moves.items()}
    except ValueError as error:
        raise Unfit(f"register_moves: {error}") from error
