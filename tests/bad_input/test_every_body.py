"""What no address takes: bodies that are no JSON, too large, of another type; wrong methods, names and headers."""

import json
from typing import Any

import pytest

from core.api.auth import access_of
from tests.bad_input.test_every_field import check
from tests.calls import CALLS, WITH_BODY, Call, fill
from tests.village import Village

JSON = {"Content-Type": "application/json"}
NO_JSON = {
    "nothing closed": b"{",
    "a comma too many": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "no UTF-8": b'{"a": "\xff"}',
    "a constant": b'{"a": NaN}',
    "a name twice": b'{"a": 1, "a": 2}',
    "a name twice inside": b'{"a": {"b": 1, "b": 1}}',
    "too deep": b'{"a":' * 30 + b"1" + b"}" * 30,
    "far too deep": b"[" * 100_000,
    "a number without end": b'{"a": ' + b"9" * 5000 + b"}",
    "two bodies": b"{}{}",
}
NO_OBJECT: tuple[Any, ...] = (None, [], [{}], "text", 7, True)


def refusal(village: Village, call: Call, **sent: Any) -> tuple[int, dict[str, Any]]:
    """The status and the problem that the call's own caller gets."""
    house = village.acme
    with village.nothing_written():
        answer = getattr(house, call.who)(call.method, call.url(house), **sent)
    return answer.status_code, check(answer, f"{call.name} {str(sent)[:80]}")


@pytest.mark.parametrize("call", WITH_BODY, ids=lambda call: call.name)
def test_a_body_that_is_no_json_is_refused(village: Village, call: Call) -> None:
    for why, data in NO_JSON.items():
        status, told = refusal(village, call, data=data, headers=JSON)
        assert (status, told["code"]) == (400, "bad_json"), why
    for value in NO_OBJECT:
        status, told = refusal(village, call, data=json.dumps(value), headers=JSON)
        assert status == 422 and told["errors"][0]["pointer"] == "", value
    status, told = refusal(village, call, data=b'{"' + b"a" * (1024 * 1024) + b'": 1}', headers=JSON)
    assert (status, told["code"]) == (413, "too_large")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"):
        data = json.dumps(call.body(village.acme))
        status, told = refusal(village, call, data=data, headers={"Content-Type": kind})
        assert (status, told["code"]) == (415, "unsupported_media_type"), kind


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_an_unknown_name_behind_the_question_mark_is_refused(village: Village, call: Call) -> None:
    house = village.acme
    with village.nothing_written():
        answer = getattr(house, call.who)(call.method, call.url(house) + "?force=true", call.body(house))
    told = check(answer, call.name)
    found = [(one["pointer"], one["location"], one["code"]) for one in told["errors"]]
    assert (answer.status_code, found) == (422, [("force", "query", "unknown_field")])


@pytest.mark.parametrize("call", [one for one in CALLS.values() if one not in WITH_BODY], ids=lambda call: call.name)
def test_a_body_where_none_is_taken_is_refused(village: Village, call: Call) -> None:
    status, told = refusal(village, call, body={"force": True})
    assert status == 422 and told["errors"][0]["code"] == "unknown_field"


def test_a_method_an_address_does_not_have_is_405_and_told_what_it_has(village: Village) -> None:
    house, tried, router = village.acme, 0, village.app.url_map.bind("localhost")
    paths = {rule.rule for rule in village.app.url_map.iter_rules() if "<merchant>" in rule.rule}
    with village.nothing_written():
        for path in sorted(paths):
            url = fill(path, house, order="part_refund" if "refund_number" in path else "unpaid")
            known = set(router.allowed_methods(url))
            for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} - known):
                answer = house.owner(method, url)
                assert check(answer, f"{method} {url}")["code"] == "method_not_allowed"
                assert answer.status_code == 405
                assert set(answer.headers["Allow"].split(", ")) == known, url
                tried += 1
    assert tried > 150


#: edits of what has no version: the buyer's own name and cart, the order of the plugins
UNVERSIONED = ("/me", "/cart/lines/<uuid:line_id>", "/plugins/order")
EDITS = [name for name in CALLS if name.startswith(("PATCH", "PUT")) and not name.endswith(UNVERSIONED)]


@pytest.mark.parametrize("tag", ["v1", '"v1', "'v1'", "", '"v1" "v2"', '"ü"'])
@pytest.mark.parametrize("name", EDITS)
def test_a_version_that_cannot_be_read_is_refused(village: Village, name: str, tag: str) -> None:
    call = CALLS[name]
    headers = {"If-Match": tag.encode().decode("latin-1")}
    status, told = refusal(village, call, body=call.body(village.acme), headers=headers)
    assert (status, told["code"]) == (400, "bad_header")


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_an_older_version_is_refused(village: Village, name: str) -> None:
    call = CALLS[name]
    for tag in ('"v9999"', 'W/"v0"', 'W/"v1"', '"0"'):
        status, told = refusal(village, call, body=call.body(village.acme), headers={"If-Match": tag})
        assert (status, told["code"]) == (412, "version_changed"), tag


KEYED = ["POST /v1/shop/<merchant>/orders", "POST /v1/admin/<merchant>/orders/<number>/refunds"]


@pytest.mark.parametrize("name", KEYED)
@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\u00e4".encode().decode("latin-1"), "tab\tinside"])
def test_an_idempotency_key_that_is_none_is_refused(village: Village, name: str, key: str) -> None:
    call = CALLS[name]
    status, told = refusal(village, call, body=call.body(village.acme), headers={"Idempotency-Key": key})
    assert (status, told["code"]) == (400, "bad_header")


@pytest.mark.parametrize("name", KEYED)
def test_a_key_that_was_used_for_another_body_is_refused(village: Village, name: str) -> None:
    call, house = CALLS[name], village.acme
    caller, headers = getattr(house, call.who), {"Idempotency-Key": "once"}
    body = call.body(house)
    first = caller(call.method, call.url(house), body, headers=headers)
    again = caller(call.method, call.url(house), body, headers=headers)
    assert first.status_code == 201 and again.get_json() == first.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    status, told = refusal(village, call, body={**body, "note": "another"}, headers=headers)
    assert (status, told["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("cursor", ["", "x", "x.y", "." * 300, "%00", "%ED%A0%80", "a" * 5000, "%F0%9F%8D%B5"])
def test_a_cursor_that_is_not_ours_is_refused_by_every_list(village: Village, cursor: str) -> None:
    house, tried = village.acme, 0
    for rule in village.app.url_map.iter_rules():
        view = village.app.view_functions[rule.endpoint]
        if not view.__dict__.get("paged"):
            continue
        access = access_of(view)
        assert access is not None
        caller = {"staff": house.owner, "buyer": house.buyer, "anyone": house.visitor}[access.who]
        answer = caller("GET", f"{fill(rule.rule, house)}?cursor={cursor}")
        told = check(answer, rule.rule)
        assert (answer.status_code, told["code"]) == (400, "invalid_cursor")
        tried += 1
    assert tried >= 20


@pytest.mark.parametrize(
    "bad", ["", " ", "Bearer", "Bearer ", "Basic YTpi", "Bearer nothing", "Bearer sk_no", "Bearer \u00e4"]
)
def test_a_token_that_is_none_is_refused_at_every_door(village: Village, bad: str) -> None:
    house = village.acme
    for path in ("/v1/admin/acme/orders", "/v1/shop/acme/orders", "/v1/shop/acme/products", "/v1/admin/nobody/orders"):
        answer = house.visitor("GET", path, headers={"Authorization": bad.encode().decode("latin-1")})
        assert check(answer, path)["code"] == "unauthenticated"
        assert answer.status_code == 401 and "Bearer" in answer.headers["WWW-Authenticate"]
