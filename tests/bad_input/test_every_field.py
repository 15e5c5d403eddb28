"""Every field of every body, spoilt one at a time: refused by name with a stable code, and nothing is written."""

import json
import re
from functools import cache
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.bad_input.spoiling import Contract, Schema
from tests.calls import WITH_BODY, Call
from tests.village import Village

CODE = re.compile(r"[a-z][a-z0-9_]+")


@cache
def contract(village: Village) -> Contract:
    """What the API says of itself."""
    return Contract(village.app.test_client().get("/openapi.json").get_json())


def schema_of(village: Village, call: Call) -> Schema:
    """The schema of a call that takes a body."""
    schema = contract(village).of(call.method, call.rule)
    assert schema is not None, f"{call.name} takes no body"
    return schema


def check(answer: TestResponse, what: str) -> dict[str, Any]:
    """It is a whole problem document; what it says."""
    assert 400 <= answer.status_code < 500, f"{what}: {answer.status_code} {answer.get_data(as_text=True)[:500]}"
    assert answer.content_type == "application/problem+json", what
    told: dict[str, Any] = answer.get_json()
    assert told["status"] == answer.status_code and CODE.fullmatch(told["code"]) and told["detail"], what
    assert all(CODE.fullmatch(one["code"]) and one["message"] for one in told["errors"]), what
    return told


@pytest.mark.parametrize("call", WITH_BODY, ids=lambda call: call.name)
def test_a_spoilt_field_is_refused_by_name(village: Village, call: Call) -> None:
    house, schema = village.acme, schema_of(village, call)
    caller, url, tried = getattr(house, call.who), call.url(house), 0
    with village.nothing_written():
        for spoilt in contract(village).spoilt(schema, call.body(house)):
            what = f"{call.name} {spoilt.pointer} {spoilt.why}"
            answer = caller(call.method, url, data=_json(spoilt.body), headers={"Content-Type": "application/json"})
            told = check(answer, what)
            assert answer.status_code == 422, f"{what}: {told}"
            named = [one["pointer"] for one in told["errors"] if one["location"] == "body"]
            assert any(one.startswith(spoilt.pointer) for one in named), f"{what}: only {told['errors']}"
            tried += 1
    assert tried >= 10


@pytest.mark.parametrize("call", WITH_BODY, ids=lambda call: call.name)
def test_an_odd_value_that_fits_is_taken_or_refused_but_never_a_failure(village: Village, call: Call) -> None:
    house, schema = village.acme, schema_of(village, call)
    caller, url = getattr(house, call.who), call.url(house)
    for odd in contract(village).odd(schema, call.body(house)):
        answer = caller(call.method, url, data=_json(odd.body), headers={"Content-Type": "application/json"})
        if answer.status_code >= 400:
            check(answer, f"{call.name} {odd.pointer} {odd.why}")
        else:
            village.put_back()


@pytest.mark.parametrize("call", WITH_BODY, ids=lambda call: call.name)
def test_the_right_call_names_every_field(village: Village, call: Call) -> None:
    schema, body = schema_of(village, call), call.body(village.acme)
    assert contract(village).fits(schema, body), body
    named = {f"/{name}" for name in body} | call.without
    assert named >= {f"/{name}" for name in schema.get("properties", {})}, "so that each field is spoilt once"


def _json(body: Any) -> bytes:
    # half a surrogate travels as an escape, as browsers send it
    return json.dumps(body).encode()
