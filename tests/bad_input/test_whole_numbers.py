"""Money is whole minor units everywhere it is shown: no answer about money holds a float."""

import json
from typing import Any

from core.api.auth import access_of
from tests.calls import CALLS, fill
from tests.village import Village

#: the one number that is not whole: where a warehouse lies
DEGREES = {"latitude", "longitude"}


def floats(value: Any, path: str = "") -> list[str]:
    """Where floats stand in a document."""
    if isinstance(value, dict):
        return [one for name, inner in value.items() if name not in DEGREES for one in floats(inner, f"{path}/{name}")]
    if isinstance(value, list):
        return [one for n, inner in enumerate(value) for one in floats(inner, f"{path}/{n}")]
    return [path] if isinstance(value, float) else []


def test_nothing_that_can_be_read_holds_a_float(village: Village) -> None:
    house, seen = village.acme, 0
    for rule in village.app.url_map.iter_rules():
        access = access_of(village.app.view_functions[rule.endpoint])
        if access is None or "GET" not in (rule.methods or ()) or "/v1/files" in rule.rule:
            continue
        caller = {"staff": house.owner, "buyer": house.buyer, "anyone": house.visitor}[access.who]
        for order in house.orders if "<number>" in rule.rule else ("unpaid",):
            if order == "opened_payment" or order == "of_wang":
                continue
            answer = caller("GET", fill(rule.rule, house, order=order))
            assert answer.status_code == 200, answer.get_json()
            assert floats(answer.get_json()) == [], f"{rule.rule} of {order}"
            seen += 1
    assert seen > 50


def test_nothing_that_is_written_answers_with_a_float(village: Village) -> None:
    house = village.acme
    for call in CALLS.values():
        answer = getattr(house, call.who)(call.method, call.url(house), call.body(house))
        assert answer.status_code == call.status, f"{call.name}: {answer.get_json()}"
        assert floats(answer.get_json(silent=True)) == [], call.name
        village.put_back()


def test_amounts_are_kept_to_the_fen_up_to_the_greatest(village: Village) -> None:
    house, most = village.acme, 10**12
    for price in (1, most - 1, most):
        made = house.owner("PATCH", "/v1/admin/acme/variants/acme-tea", {"price": price})
        assert json.loads(made.get_data(), parse_float=str)["price"] == price
        wish = CALLS["POST /v1/shop/<merchant>/quotes"].body(house)
        wish["lines"][0]["quantity"] = 1
        assert house.buyer("POST", "/v1/shop/acme/quotes", wish).get_json()["payable"] == price
