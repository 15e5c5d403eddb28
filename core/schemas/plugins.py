"""Plugins and accounts on the wire: what may be seen of them, and what may be changed."""

from marshmallow import INCLUDE, Schema

from core.schemas.fields import Code, Count, Flag, Identifier, In, JsonObject, ListOf, MapOf, Out, Text


class PluginOut(Out):
    """A plugin as this merchant has it."""

    name = Text(60)
    title = MapOf(Text(200), metadata={"description": "language -> text"})
    enabled = Flag()
    position = Count(allow_none=True, metadata={"description": "its place in the order; null while it is off"})
    broken = Flag(metadata={"description": "quarantined: it runs for nobody"})
    reason = Text(2000, allow_none=True, metadata={"description": "why it is quarantined"})
    has_settings = Flag()
    has_accounts = Flag()


class PluginDetailOut(PluginOut):
    """A plugin with its settings; of a secret only whether it is set, and its last four characters."""

    settings = JsonObject()
    missing = ListOf(Text(100), metadata={"description": "required settings that are not there yet"})
    version = Count()


class PluginListOut(Out):
    """Every plugin there is."""

    data = ListOf(PluginOut)


class PluginSchemaOut(Out):
    """What the forms of a plugin are drawn from: JSON Schema, with title_zh and title_en."""

    settings = JsonObject(allow_none=True)
    account = JsonObject(allow_none=True)


class PluginSettingsIn(Schema):
    """Settings to lay over those there are; which are accepted stands in the plugin's own schema."""

    class Meta:
        """The plugin's schema refuses what it does not know."""

        unknown = INCLUDE


class PluginOrderIn(In):
    """The plugins that are on, in the order in which they shall be asked."""

    names = ListOf(Text(60, min=1), required=True)


class FindingsOut(Out):
    """What a plugin's check found."""

    ok = Flag()
    findings = ListOf(Text(2000), metadata={"description": "sentences; none = all is well"})


class AccountOut(Out):
    """One credential set of a plugin, without its secrets."""

    id = Identifier()
    plugin = Text(60)
    name = Text(60)
    enabled = Flag()
    settings = JsonObject()
    stores = JsonObject(metadata={"description": "store code -> what the channel knows of it; empty = every store"})
    version = Count()


class AccountIn(In):
    """A new account; which settings are accepted stands in the plugin's account schema."""

    plugin = Text(60, min=1, required=True)
    name = Text(60, min=1, required=True)
    settings = JsonObject(load_default=dict)
    stores = MapOf(JsonObject(), key=Code(), load_default=dict)
    enabled = Flag(load_default=True)


class AccountChangeIn(In):
    """What shall change: settings are laid over those there are, and a secret left out stays."""

    name = Text(60, min=1)
    settings = JsonObject()
    stores = MapOf(JsonObject(), key=Code())
    enabled = Flag()
