"""Settings of a plugin or account: patched, checked by the plugin's schema, sealed whole, and shown without secrets."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, missing
from marshmallow.fields import Field

from core import redaction
from core.current import current_merchant
from core.errors import FieldError, Invalid

#: a secret shorter than this is too short to show the end of
SHOWN_FROM = 8


def merged(schema: type[Schema] | None, stored: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """*stored* with *patch* over it: what is left out stays, null goes back to the default.

    :raises Invalid: the plugin has no such setting.
    """
    known = wire_fields(schema)
    unknown = [name for name in patch if name not in known]
    if unknown:
        accepted = ", ".join(sorted(known)) or "none"
        raise Invalid(
            f"There is no such setting. Accepted: {accepted}.",
            errors=[FieldError(f"/{name}", f"Unknown. Accepted: {accepted}.", "unknown_field") for name in unknown],
        )
    whole = {name: value for name, value in stored.items() if name in known}
    for name, value in patch.items():
        if value is None and not known[name].allow_none:
            whole.pop(name, None)
        else:
            whole[name] = value
    return whole


def checked(
    schema: type[Schema] | None, raw: Mapping[str, Any], secret: tuple[str, ...] = (), *, partial: bool = False
) -> dict[str, Any]:
    """*raw* as the schema loads it, defaults filled.

    :param partial: required settings may still be missing.
    :raises Invalid: naming each field at fault, and never a secret's value.
    """
    if schema is None:
        return {}
    remember(schema, raw, secret)
    try:
        loaded: dict[str, Any] = schema(unknown=RAISE).load(raw, partial=partial)
    except ValidationError as error:
        hidden = [str(raw[name]) for name in secret_names(schema, secret) if raw.get(name)]
        errors = list(_flat(error.messages_dict, "", hidden))
        raise Invalid("Some settings are missing or not acceptable.", errors=errors) from None
    return loaded


def opened(schema: type[Schema] | None, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings as the schema loads them; what it no longer knows is left aside.

    :raises Invalid: they do not fit any more; the message names fields only.
    """
    if schema is None:
        return {}
    try:
        loaded: dict[str, Any] = schema(unknown=EXCLUDE).load(raw)
    except ValidationError as error:
        errors = [FieldError(f"/{name}", "Missing, or not acceptable any more.") for name in error.messages_dict]
        raise Invalid("The stored settings do not fit the plugin's schema.", errors=errors) from None
    return loaded


def shown(schema: type[Schema] | None, raw: Mapping[str, Any], secret: tuple[str, ...]) -> dict[str, Any]:
    """What may be shown: values and defaults; of a secret only whether it is set, and its end if it is long."""
    hidden = secret_names(schema, secret)
    return {
        name: _masked(raw.get(name)) if name in hidden else raw.get(name, _plain_default(field))
        for name, field in wire_fields(schema).items()
    }


def lacking(schema: type[Schema] | None, raw: Mapping[str, Any]) -> list[str]:
    """The required settings that are not there yet."""
    return [name for name, field in wire_fields(schema).items() if field.required and raw.get(name) is None]


def wire_fields(schema: type[Schema] | None) -> dict[str, Field[Any]]:
    """Name on the wire -> field."""
    return {} if schema is None else {field.data_key or name: field for name, field in schema().load_fields.items()}


@cache
def secret_names(schema: type[Schema] | None, secret: tuple[str, ...]) -> frozenset[str]:
    """The wire names of the fields that are secret."""
    return frozenset(wire for wire, field in wire_fields(schema).items() if field.name in secret)


def remember(schema: type[Schema] | None, raw: Mapping[str, Any], secret: tuple[str, ...]) -> None:
    """From now on, no log line and no error shows the secrets in *raw*, which are the current merchant's."""
    redaction.remember(current_merchant().id, [raw.get(name) for name in secret_names(schema, secret)])


def _masked(value: Any) -> dict[str, Any]:
    if value in (None, ""):
        return {"set": False}
    if isinstance(value, str) and len(value) >= SHOWN_FROM:
        return {"set": True, "last4": value[-4:]}
    return {"set": True}


def _plain_default(field: Field[Any]) -> Any:
    default = field.load_default
    if default is missing or callable(default):
        return None
    if default is None or isinstance(default, bool | int | str):
        return default
    return field.serialize("default", {"default": default})


def _flat(messages: Any, pointer: str, hidden: list[str]) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}", hidden)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Mapping):
            yield from _flat(message, pointer, hidden)
            continue
        text, code = str(message), getattr(message, "code", "invalid")
        for value in hidden:
            text = text.replace(value, "…")
        yield FieldError(pointer.removesuffix("/_schema") or "/", text, code)
