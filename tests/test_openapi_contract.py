"""What the OpenAPI document promises is what comes: generated requests of every operation, on real things."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.api.auth import access_of
from tests.calls import CALLS, fill
from tests.village import Caller, Village, the_village

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: the sample plugin documents nothing; a file's content cannot be generated: see tests/core/test_files.py
LEFT_OUT = (
    "GET /v1/shop/{merchant}/good/hello",
    "GET /v1/admin/{merchant}/good/look",
    "POST /v1/admin/{merchant}/files",
)
EXAMPLES, MANY = 6, 60


@pytest.fixture
def village() -> Iterator[Village]:
    """Two merchants with one of everything."""
    with the_village().day() as village:
        yield village


def test_every_operation_keeps_its_promise(village: Village) -> None:
    run(village, EXAMPLES)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_operation_keeps_its_promise_many_times(village: Village) -> None:
    run(village, MANY)


def run(village: Village, examples: int) -> None:
    """Send *examples* generated requests of every operation of a merchant; all that was wrong is told together."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", village.app)
    wrong, tried = [], 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if "{merchant}" not in operation.path or operation.label in LEFT_OUT:
            continue
        tried += 1
        village.put_back()
        try:
            _try(village, operation, examples)
        except BaseExceptionGroup as group:
            wrong += [f"{operation.label}: {error}" for error in group.exceptions]
        except Exception as error:
            wrong.append(f"{operation.label}: {error}")
    assert tried > 90
    assert not wrong, "\n\n".join(wrong)


def _try(village: Village, operation: Any, examples: int) -> None:
    caller, parameters = who_and_where(village, operation.method.upper(), operation.path)

    @seed(20260302)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate], verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy())
    def send(case: Any) -> None:
        case.path_parameters = parameters
        headers = dict(case.headers or {})
        headers |= {"If-Match": "*"} | ({"Authorization": f"Bearer {caller.token}"} if caller.token else {})
        case.headers = headers
        response = case.call()
        case.validate_response(response, checks=CHECKS)

    send()


def who_and_where(village: Village, method: str, path: str) -> tuple[Caller, dict[str, str]]:
    """Who calls an operation, and the real things in its address."""
    house = village.acme
    for rule in village.app.url_map.iter_rules():
        if rule.rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}") != path:
            continue
        if method not in (rule.methods or ()):
            continue
        access = access_of(village.app.view_functions[rule.endpoint])
        assert access is not None
        call = CALLS.get(f"{method} {rule.rule}")
        order = call.order if call else "part_refund" if "refund_number" in path else "shipped"
        url = fill(rule.rule, house, order=order)
        values = dict(zip(path.split("/"), url.split("/"), strict=True))
        caller = {"staff": house.owner, "buyer": house.buyer, "anyone": house.visitor}[access.who]
        return caller, {name.strip("{}"): value for name, value in values.items() if name.startswith("{")}
    raise LookupError(path)
