"""What the installed plugins bring for the whole installation, whatever a merchant has switched on."""

from collections.abc import Mapping

from flask import Blueprint

from core.contracts.checkout import Check, EventSpec, JobSpec
from core.contracts.sandbox import Sandbox
from core.plugin_choice import all_offers, house, manifests


def jobs() -> Mapping[str, JobSpec]:
    """``plugin.job`` -> spec, of every installed plugin."""
    known = house().jobs
    if not known:
        known.update(
            {f"{plugin}.{name}": spec for plugin, offers in all_offers() for name, spec in offers.jobs.items()}
        )
    return known


def events() -> Mapping[str, EventSpec]:
    """The catalogue of events of every installed plugin."""
    known = house().events
    if not known:
        known.update({name: spec for _, offers in all_offers() for name, spec in offers.events.items()})
    return known


def checks() -> list[tuple[str, Check]]:
    """(plugin, invariant) for ``merx doctor``."""
    return [(plugin, spec) for plugin, offers in all_offers() for spec in offers.checks.values()]


def sandboxes() -> list[Sandbox]:
    """The simulators of every installed plugin."""
    return [sandbox for _, offers in all_offers() for sandbox in offers.sandboxes.values()]


def blueprints() -> list[tuple[str, Blueprint]]:
    """(plugin, routes) of every installed plugin."""
    return [(plugin, blueprint) for plugin, offers in all_offers() for blueprint in offers.blueprints.values()]


def permissions() -> dict[str, str]:
    """Name -> what it allows, of every manifest."""
    return {name: text for manifest in manifests().values() for name, text in manifest.permissions.items()}


def permissions_by_role() -> dict[str, frozenset[str]]:
    """Role -> the permissions that manifests give its people."""
    given: dict[str, frozenset[str]] = {}
    for manifest in manifests().values():
        for role, names in manifest.roles.items():
            given[role] = given.get(role, frozenset()) | frozenset(names)
    return given
