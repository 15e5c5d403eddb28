"""Plugins over the admin API: seen, configured, checked, switched on and off, put in order."""

from types import SimpleNamespace
from typing import Any

from flask import Response

from core import redaction
from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.etags import check_version
from core.api.wire import answer, answer_all
from core.db import reading, transaction
from core.flows import plugin_check
from core.schemas.json_schema import json_schema
from core.schemas.plugins import (
    FindingsOut,
    PluginDetailOut,
    PluginListOut,
    PluginOrderIn,
    PluginOut,
    PluginSchemaOut,
    PluginSettingsIn,
)
from core.services import plugin_settings

blp = admin_blueprint("plugins", __name__, "What the merchant uses beside core, and how it is set.")


@blp.get("/plugins")
@needs("plugins.read")
@blp.response(200, PluginListOut)
def list_plugins() -> Response:
    """Every plugin there is: those that are on in their order, the others, and the quarantined ones."""
    with reading():
        return answer_all(PluginOut, plugin_settings.all_plugins())


@blp.put("/plugins/order")
@needs("plugins.write")
@blp.arguments(PluginOrderIn)
@blp.response(200, PluginListOut)
def order_plugins(body: dict[str, Any]) -> Response:
    """Put the plugins that are on in the order in which they shall be asked."""
    with transaction():
        plugin_settings.reorder(body["names"])
        return answer_all(PluginOut, plugin_settings.all_plugins())


@blp.get("/plugins/<name>")
@needs("plugins.read")
@blp.response(200, PluginDetailOut)
def show_plugin(name: str) -> Response:
    """One plugin with its settings; secrets are masked."""
    with reading():
        return answer(PluginDetailOut, plugin_settings.one_plugin(name))


@blp.get("/plugins/<name>/schema")
@needs("plugins.read")
@blp.response(200, PluginSchemaOut)
def show_schema(name: str) -> Response:
    """The JSON Schema of its settings and of its accounts."""
    with reading():
        plugin = plugin_settings.sound_plugin(name)
        settings = json_schema(plugin.settings, plugin.secret)
        account = json_schema(plugin.account, plugin.account_secret)
        return answer(PluginSchemaOut, {"settings": settings, "account": account})


@blp.patch("/plugins/<name>/settings")
@needs("plugins.write")
@blp.arguments(PluginSettingsIn)
@blp.response(200, PluginDetailOut)
def change_settings(body: dict[str, Any], name: str) -> Response:
    """Lay these over the settings: what is left out stays, null goes back to the default. Needs If-Match."""
    with transaction():
        check_version(SimpleNamespace(version=plugin_settings.lock_version(name)))
        return answer(PluginDetailOut, plugin_settings.change_settings(name, body))


@blp.post("/plugins/<name>/enable")
@needs("plugins.write")
@blp.response(200, PluginDetailOut)
def enable_plugin(name: str) -> Response:
    """Check it and, if nothing is wrong, switch it on, last in order; with effect from the next request."""
    plugin_check.enable_plugin(name)
    with reading():
        return answer(PluginDetailOut, plugin_settings.one_plugin(name))


@blp.post("/plugins/<name>/disable")
@needs("plugins.write")
@blp.response(200, PluginDetailOut)
def disable_plugin(name: str) -> Response:
    """Switch it off. Refused while things of it are open; a payment channel goes at once and finishes its payments."""
    with transaction():
        plugin_settings.disable(name)
        return answer(PluginDetailOut, plugin_settings.one_plugin(name))


@blp.post("/plugins/<name>/check")
@needs("plugins.write")
@blp.response(200, FindingsOut)
def check_plugin(name: str) -> Response:
    """Ask it whether its settings and accounts work."""
    findings = plugin_check.check_plugin(name)
    with reading():
        # the plugin's own words
        return answer(FindingsOut, {"ok": not findings, "findings": redaction.hidden(findings)})
