"""An answer put in shape by our own functions is, to the byte, what marshmallow would have sent."""

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, fields, post_dump

import core
import plugins
from core.api.wire import plain
from core.schemas.dumping import dumper
from core.schemas.fields import Count, Flag, Identifier, JsonObject, ListOf, MapOf, Moment, Out, Part, Text

EAST = timezone(timedelta(hours=8))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)


class Word(StrEnum):
    """A text that is more than a text."""

    PAID = "paid"


def out_schemas() -> list[type[Schema]]:
    """Every shape that core and the plugins of the house send."""
    for package in (core, plugins):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    found, more = set(), [Out]
    while more:
        one = more.pop()
        if one not in found and one.__module__.startswith(("core.", "plugins.")):
            found.add(one)
            more += one.__subclasses__()
    return sorted(found, key=lambda schema: (schema.__module__, schema.__qualname__))


def values(field: fields.Field[Any]) -> st.SearchStrategy[Any]:
    """What the rows of a field hold, and a little of what they should not."""
    if isinstance(field, Part):
        return st.none() | things(field.schema)
    if isinstance(field, ListOf):
        return st.none() | st.lists(values(field.inner), max_size=2)
    if isinstance(field, MapOf) and field.value_field is not None:
        return st.none() | st.dictionaries(st.text(max_size=5), values(field.value_field), max_size=2)
    for kind, strategy in {
        Identifier: st.uuids() | st.uuids().map(str),
        Flag: st.booleans() | st.sampled_from([0, 1]),
        Count: st.integers(-(2**53), 2**53) | st.booleans(),
        Moment: st.datetimes(timezones=st.sampled_from([UTC, EAST]), min_value=datetime(1970, 1, 2)),
        JsonObject: st.dictionaries(st.text(max_size=5), JSON, max_size=2),
        fields.Float: st.floats(allow_nan=False) | st.integers(-90, 90),
        Text: st.text(max_size=5) | st.just(Word.PAID) | st.uuids(),
    }.items():
        if isinstance(field, kind):
            return st.none() | strategy
    return JSON


def things(schema: Schema) -> st.SearchStrategy[Any]:
    """A mapping or an object with some of the names of *schema*."""
    wanted: dict[str, Any] = {}
    for name, field in schema.dump_fields.items():
        *outer, inner = (field.attribute or name).split(".")
        within = wanted
        for one in outer:
            within = within.setdefault(one, {})
        within[inner] = values(field)
    return _some(wanted)


def _some(wanted: dict[str, Any]) -> st.SearchStrategy[Any]:
    made = {name: _some(one) if isinstance(one, dict) else one for name, one in wanted.items()}
    # without a value of its own under a name such as "items", marshmallow would take the method
    always = {name: made.pop(name) for name in list(made) if hasattr(dict, name)}
    found = st.fixed_dictionaries(always, optional=made)
    return found | found.map(lambda some: SimpleNamespace(**some))


def sent(schema: type[Schema], thing: Any) -> bytes:
    return plain(dumper(schema)(thing)).get_data()


@pytest.mark.parametrize("schema", out_schemas(), ids=lambda schema: schema.__qualname__)
def test_each_shape_is_sent_as_marshmallow_would(schema: type[Schema]) -> None:
    @settings(max_examples=30, deadline=None)
    @given(things(schema()))
    def is_sent_alike(thing: Any) -> None:
        assert sent(schema, thing) == orjson.dumps(schema().dump(thing))

    is_sent_alike()


def test_every_shape_of_the_house_is_compared() -> None:
    names = {schema.__qualname__ for schema in out_schemas()}
    assert {"OrderOut", "PaymentOut", "QuoteOut", "MoveOut"} < names
    assert len(names) > 40


class Unusual(Out):
    """What no shape of ours does yet, and a plugin's may."""

    renamed = Count(data_key="as_sent", attribute="as_kept")
    deep = Text(attribute="inner.name")
    otherwise = Text(dump_default="a default")
    called = fields.Function(lambda thing: f"{thing['as_kept']} made")
    always = fields.Constant(7)
    share = fields.Decimal(as_string=True)
    secret = Text(load_only=True)


class Finished(Unusual):
    """A shape with a last word."""

    @post_dump
    def _finish(self, document: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**document, "finished": True}


@pytest.mark.parametrize("schema", [Unusual, Finished])
def test_what_is_not_plain_is_left_to_the_field(schema: type[Schema]) -> None:
    thing = {"as_kept": 3, "inner": {"name": "Mei"}, "share": "0.25", "secret": "no"}
    assert sent(schema, thing) == orjson.dumps(schema().dump(thing))
    assert b'"as_sent":3' in sent(schema, thing) and b"secret" not in sent(schema, thing)


def test_ids_and_moments_are_written_in_their_usual_spelling() -> None:
    shape = Out.from_dict({"id": Identifier(), "at": Moment()})
    at = datetime(2026, 1, 31, 16, 30, tzinfo=EAST)
    id_ = UUID("0192f0c1-5b1e-7c3a-9f00-1234567890ab")
    assert orjson.loads(sent(shape, {"id": id_, "at": at})) == {"id": str(id_), "at": "2026-01-31T08:30:00Z"}
