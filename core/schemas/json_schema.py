"""A marshmallow schema as JSON Schema 2020-12, with titles in Chinese and English: admin forms are drawn from it."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema
from marshmallow.fields import Field, List, Nested

#: what a field's metadata may say besides JSON Schema's own words
TITLES = ("title_zh", "title_en")


def json_schema(schema: type[Schema] | None, secret: tuple[str, ...] = ()) -> dict[str, Any] | None:
    """*schema* as a JSON Schema object; None for none.

    :param secret: fields that are written, never shown.
    """
    if schema is None:
        return None
    # no names for nested schemas: they are written where they stand, so the document stands alone
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _: "")
    APISpec("", "", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None
    document: dict[str, Any] = plugin.converter.schema2jsonschema(schema())  # type: ignore[no-untyped-call]
    _annotate(document, schema(), secret)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def _annotate(document: dict[str, Any], schema: Schema, secret: tuple[str, ...] = ()) -> None:
    document["additionalProperties"] = False
    for name, field in schema.load_fields.items():
        entry = document["properties"].get(field.data_key or name)
        if entry is None:
            continue
        for title in TITLES:
            if title in field.metadata:
                entry[title] = field.metadata[title]
        entry.setdefault("title", field.metadata.get("title_en", (field.data_key or name).replace("_", " ")))
        if name in secret:
            entry.update(writeOnly=True, format="password")
            entry.pop("default", None)
        inner = _inside(field)
        place = entry.get("items", entry)
        if inner is not None and "properties" in place:
            _annotate(place, inner)


def _inside(field: Field[Any]) -> Schema | None:
    if isinstance(field, List):
        return _inside(field.inner)
    return field.schema if isinstance(field, Nested) else None
