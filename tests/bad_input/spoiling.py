"""Bodies spoilt one field at a time, and what the published schema says of each value."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Schema = Mapping[str, Any]
Path = tuple[Any, ...]

NUL, HALF = "a\0b", "\ud800"
#: what clients send in place of the right thing
HOSTILE: tuple[Any, ...] = (
    None, True, 49.0, -1, 0, 2**31, 2**63, "5", "", " ", "x" * 20_000, NUL, HALF, [], [None], {}, {"a": 1},
    "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
UNKNOWN = "no_such_field"


@dataclass(frozen=True)
class Spoilt:
    """A body with one thing wrong: *pointer* names it, *why* says what."""

    pointer: str
    why: str
    body: Any


class Contract:
    """The schemas of the OpenAPI document, asked about values."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def of(self, method: str, rule: str) -> Schema | None:
        """The schema of a call's JSON body; None: it takes none."""
        path = re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule)
        content = self._document["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
        return self.resolved(content["application/json"]["schema"]) if "application/json" in content else None

    def resolved(self, schema: Schema) -> Schema:
        """Without a reference at its top."""
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def fits(self, schema: Schema, value: Any) -> bool:
        """Whether the document lets *value* in. A float is no whole number; NUL and half a surrogate are no text."""
        schema = self.resolved(schema)
        if "anyOf" in schema:
            return any(self.fits(one, value) for one in schema["anyOf"])
        kinds = schema.get("type", [])
        if kinds and _kind(value) not in ([kinds] if isinstance(kinds, str) else kinds):
            return isinstance(value, int) and not isinstance(value, bool) and "number" in kinds
        if "enum" in schema and value not in [*schema["enum"], None]:
            return False
        if isinstance(value, str):
            return _text_fits(schema, value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
        if isinstance(value, list):
            low, high = schema.get("minItems", 0), schema.get("maxItems", len(value))
            return low <= len(value) <= high and all(self.fits(schema.get("items", {}), one) for one in value)
        return not isinstance(value, dict) or self._object_fits(schema, value)

    def _object_fits(self, schema: Schema, value: dict[str, Any]) -> bool:
        known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        if set(schema.get("required", ())) - set(value) or len(value) > schema.get("maxProperties", len(value)):
            return False
        if more is False and set(value) - set(known):
            return False
        rest = more if isinstance(more, Mapping) else {}
        return all(self.fits(known.get(name, rest), inner) for name, inner in value.items())

    # ------------------------------------------------------------------------------------------ spoiling
    def spoilt(self, schema: Schema, body: Any) -> Iterator[Spoilt]:
        """*body* with, each time, one value the document does not let in, one field missing or one too many."""
        for path, part in self._parts(schema, body):
            part = self.resolved(part)
            for value in HOSTILE:
                if not self.fits(part, value):
                    yield Spoilt(pointer(path), f"{value!r:.30}", _with(body, path, value))
            if "properties" in part:
                yield Spoilt(pointer((*path, UNKNOWN)), "unknown", _with(body, (*path, UNKNOWN), 1))
                for name in part.get("required", ()):
                    yield Spoilt(pointer((*path, name)), "missing", _without(body, (*path, name)))

    def odd(self, schema: Schema, body: Any) -> Iterator[Spoilt]:
        """*body* with, each time, one value that is odd but fits the document."""
        for path, part in self._parts(schema, body):
            for value in HOSTILE:
                if path and self.fits(part, value):
                    yield Spoilt(pointer(path), f"{value!r:.30}", _with(body, path, value))

    def _parts(self, schema: Schema, body: Any, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
        """Every field the document names, with its schema; objects and lists are entered as deep as *body* goes."""
        schema = self.resolved(schema)
        yield path, schema
        if "anyOf" in schema:
            schema = self.resolved(schema["anyOf"][0])
        if isinstance(body, list) and body:
            yield from self._parts(schema.get("items", {}), body[0], (*path, 0))
        if isinstance(body, dict):
            known, rest = schema.get("properties", {}), schema.get("additionalProperties")
            for name in {**known, **body}:
                part = known.get(name, rest if isinstance(rest, Mapping) else {})
                yield from self._parts(part, body.get(name), (*path, name))


def pointer(path: Path) -> str:
    """The JSON Pointer of *path*."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else kinds[type(value)]


def _text_fits(schema: Schema, value: str) -> bool:
    if NUL[1] in value or HALF in value or (value and not value.strip() and schema.get("minLength", 0)):
        return False
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    if schema.get("format") == "uuid":
        try:
            return str(UUID(value)) == value
        except ValueError:
            return False
    if schema.get("format") == "date-time":
        return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None
    return "pattern" not in schema or re.search(schema["pattern"], value) is not None


def _with(body: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    body = copy.deepcopy(body)
    inner = body
    for step in path[:-1]:
        # an object that the right call leaves out may be named wrongly all the same
        inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
    inner[path[-1]] = value
    return body


def _without(body: Any, path: Path) -> Any:
    body = copy.deepcopy(body)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner.pop(path[-1], None)
    return body
