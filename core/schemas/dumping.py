"""What goes out is put in shape by plain functions: each made once from a schema, and a fifth of marshmallow's work.

An id and a moment stay as they are, for the JSON writer knows both. Whatever is not plain is left to the field.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from marshmallow import Schema, fields, missing

from core.schemas.fields import Count, Flag, Identifier, JsonObject, ListOf, Moment, Part, Text

Convert = Callable[[Any], Any]
Dump = Callable[[Any], dict[str, Any]]
#: values of exactly this type are sent as they are
_SENT_AS_IT_IS: Final[Mapping[type, type]] = {Count: int, Flag: bool, Identifier: UUID, JsonObject: dict, Text: str}


class _Entry(NamedTuple):
    """One name of an answer."""

    key: str
    #: where its value is found
    source: str
    #: what its field was called
    name: str
    field: fields.Field[Any]
    #: the type whose values need no converting
    plain: type
    convert: Convert


@cache
def dumper(schema: type[Schema]) -> Dump:
    """What does as the ``dump()`` of *schema* does; :func:`core.api.wire.plain` writes the document it gives."""
    return _dumper(schema())


def _dumper(schema: Schema) -> Dump:
    if any(schema._hooks.values()):
        return schema.dump
    entries = [_entry(name, field) for name, field in schema.dump_fields.items()]

    def dump(thing: Any) -> dict[str, Any]:
        known = thing if type(thing) is dict else getattr(thing, "__dict__", {})
        found = {}
        for key, source, name, field, plain, convert in entries:
            # what a row holds already is not asked for through the mapper
            value = known[source] if source in known else schema.get_attribute(thing, source, missing)
            if value is missing:
                value = field.serialize(name, thing, accessor=schema.get_attribute)
                if value is missing:
                    continue
                found[key] = value
            else:
                found[key] = value if value is None or type(value) is plain else convert(value)
        return found

    return dump


def _entry(name: str, field: fields.Field[Any]) -> _Entry:
    plain, convert = _kind(field)
    source = field.attribute or name
    if "." in source or not field._CHECK_ATTRIBUTE:
        # it takes its value from further away, or makes it: nothing is found under this name, so it is asked itself
        source = ""
    return _Entry(field.data_key or name, source, name, field, plain, convert)


def _kind(field: fields.Field[Any]) -> tuple[type, Convert]:
    for ours, plain in _SENT_AS_IT_IS.items():
        if isinstance(field, ours) and type(field)._serialize is ours._serialize:  # type: ignore[attr-defined]
            return plain, lambda value: field._serialize(value, None, None)
    if type(field) is Moment:
        return type(None), _utc
    if type(field) is Part and not field.many:
        return type(None), _dumper(field.schema)
    if type(field) is ListOf:
        return type(None), _list(*_kind(field.inner))
    return type(None), lambda value: field._serialize(value, None, None)


def _list(plain: type, convert: Convert) -> Convert:
    def dump_all(values: Any) -> list[Any]:
        return [value if value is None or type(value) is plain else convert(value) for value in values]

    return dump_all


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
