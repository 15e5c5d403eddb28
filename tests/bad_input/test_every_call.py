"""The calls the other tests spoil are right ones: each is taken as it stands, and none is missing."""

import pytest

from tests.calls import CALLS, FORMS, Call, writing_rules
from tests.village import Village


def test_every_route_that_writes_has_a_right_call(village: Village) -> None:
    there = {f"{method} {rule}" for method, rule in writing_rules(village.app.url_map.iter_rules())}
    assert there == set(CALLS) | FORMS, "teach tests/calls.py the new routes"


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_the_right_call_is_taken(village: Village, call: Call) -> None:
    house = village.acme
    answer = getattr(house, call.who)(call.method, call.url(house), call.body(house))
    assert answer.status_code == call.status, answer.get_json()
