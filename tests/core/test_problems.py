"""Every refusal is a problem document that says what, which field, and what would be accepted."""

import json
import logging
import socket
from typing import Any

import pytest
from flask import Flask

from core.api.problem_titles import TITLES
from tests.actors import Api, Merchant
from tests.conftest import AppMaker

STORE = {"code": "main", "name": "Main"}


def raw(merchant: Merchant, content: bytes | str, kind: str | None = "application/json", status: int = 400) -> Any:
    headers = {"Content-Type": kind} if kind else {}
    return merchant.owner.refused(status, "POST", "stores", content=content, headers=headers)


def test_an_unknown_address_is_a_problem(merchant: Merchant, server: str) -> None:
    answer = merchant.meet(Api(server)).refused(404, "GET", "/nothing/here")
    assert (answer["code"], answer["instance"]) == ("not_found", "/nothing/here")
    assert merchant.visitor.refused(404, "GET", "/v1/shop/nobody/stores")["code"] == "not_found"


def test_a_wrong_method_names_the_right_ones(merchant: Merchant) -> None:
    answer = merchant.owner.refused(405, "PUT", "stores", {})
    assert answer["code"] == "method_not_allowed"
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "content",
    ["", "{", "[1,]", "{'code': 1}", b"\xff\xfe{}", '{"a": NaN}', '{"a": Infinity}', '{"a": 1, "a": 2}', "[" * 5000,
     '{"a":' * 25 + "1" + "}" * 25, '{"a": ' + "9" * 5000 + "}"],
)  # fmt: skip
def test_a_body_that_is_not_strict_json_is_refused(merchant: Merchant, content: bytes | str) -> None:
    status = 422 if content == "" else 400
    answer = raw(merchant, content, status=status)
    assert answer["code"] == ("invalid" if content == "" else "bad_json")
    assert merchant.owner.get("stores")["data"] == []


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_of_another_type_is_refused(merchant: Merchant, kind: str | None) -> None:
    assert "application/json" in raw(merchant, json.dumps(STORE), kind, 415)["detail"]


def test_a_body_over_one_mebibyte_is_refused(merchant: Merchant) -> None:
    assert raw(merchant, b'{"name": "' + b"x" * (1024 * 1024) + b'"}', status=413)["code"] == "too_large"


def test_a_body_of_unknown_length_is_refused(merchant: Merchant) -> None:
    def pieces() -> Any:
        yield json.dumps(STORE).encode()

    sent = {"Content-Type": "application/json"}
    assert merchant.owner.refused(411, "POST", "stores", content=pieces(), headers=sent)["code"] == "length_required"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"code": 5}, "/code", "wrong_type"),
        ({"code": None}, "/code", "null"),
        ({"code": ""}, "/code", "blank"),
        ({"code": "a b"}, "/code", "bad_code"),
        ({"code": "x" * 41}, "/code", "too_long"),
        ({"name": "a\u0000b"}, "/name", "unfit_character"),
        ({"name": "a\u0007b"}, "/name", "unfit_character"),
        ({"name": "   "}, "/name", "blank"),
        ({"enabled": 1}, "/enabled", "wrong_type"),
        ({"enabled": "true"}, "/enabled", "wrong_type"),
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
        ({"phone": 2**53}, "/phone", "out_of_range"),
    ],
)
def test_every_wrong_value_is_named(merchant: Merchant, change: dict[str, Any], pointer: str, code: str) -> None:
    answer = merchant.owner.refused(422, "POST", "stores", STORE | change)
    found = [(error["pointer"], error["location"], error["code"]) for error in answer["errors"]]
    assert (pointer, "body", code) in found
    assert merchant.owner.get("stores")["data"] == []


def test_half_a_surrogate_is_refused(merchant: Merchant) -> None:
    answer = raw(merchant, b'{"code": "main", "name": "\\ud800"}', status=422)
    assert answer["errors"] == [{"pointer": "/name", "location": "body", "code": "unfit_character",
                                 "message": answer["errors"][0]["message"]}]  # fmt: skip
    raw(merchant, b'{"\\udfff": 1}', status=422)


def test_missing_fields_are_all_named_at_once(merchant: Merchant) -> None:
    answer = merchant.owner.refused(422, "POST", "stores", {})
    assert {error["pointer"] for error in answer["errors"]} == {"/code", "/name"}
    assert merchant.owner.refused(422, "POST", "stores", [])["errors"][0]["pointer"] == ""


@pytest.mark.parametrize(
    "query", ["colour=red", "limit=0", "limit=101", "limit=x", "limit=-1", "limit=1.0", "limit=%00"]
)
def test_a_wrong_query_is_refused(merchant: Merchant, query: str) -> None:
    answer = merchant.owner.refused(422, "GET", f"stores?{query}")
    assert answer["errors"][0]["location"] == "query"
    assert answer["errors"][0]["pointer"] == query.split("=")[0]


def test_a_query_on_an_address_that_takes_none_is_refused(merchant: Merchant) -> None:
    merchant.owner.refused(422, "GET", "me?x=1")
    merchant.owner.refused(422, "POST", "stores?x=1", STORE)
    merchant.owner.refused(422, "GET", "messages?unread=1")
    merchant.owner.refused(422, "GET", "messages?unread=true&unread=false")
    assert merchant.owner.get("messages?unread=true&limit=5")["data"] == []


def test_a_body_where_none_is_taken_is_refused(merchant: Merchant) -> None:
    merchant.owner.refused(422, "DELETE", "sessions", {"all": True})


def test_titles_speak_the_callers_language(merchant: Merchant) -> None:
    def title(language: str) -> Any:
        return merchant.visitor.refused(404, "GET", "nothing", headers={"Accept-Language": language})["title"]

    assert title("zh-CN,zh;q=0.9") == "未找到"
    assert title("en") == title("fr") == "Not found"


def test_a_problem_type_can_be_read(merchant: Merchant, server: str) -> None:
    reader = merchant.meet(Api(server))
    for code in TITLES:
        assert TITLES[code][1] in reader.get(f"/problems/{code}").body.decode()
    assert b"plugin" in reader.get("/problems/coupon_used_up").body
    reader.refused(404, "GET", "/problems/../etc")
    reader.refused(404, "GET", "/problems/UPPER")


def test_a_request_id_is_taken_over_or_made(merchant: Merchant) -> None:
    send = merchant.visitor.send
    assert send("GET", "stores", headers={"X-Request-Id": "abc-1.2_3"}).headers["X-Request-Id"] == "abc-1.2_3"
    for bad in ("a b", "x" * 65, "<script>"):
        made = send("GET", "stores", headers={"X-Request-Id": bad}).headers["X-Request-Id"]
        assert made != bad and len(made) == 32


def test_a_bug_tells_the_caller_nothing_and_the_log_everything(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app()

    def broken() -> None:
        raise RuntimeError("the secret recipe")

    app.add_url_rule("/broken", "broken", broken)
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/broken", headers={"X-Request-Id": "find-me"})
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert "recipe" not in answer.get_data(as_text=True)
    assert "find-me" in caplog.text and "the secret recipe" in caplog.text


def test_a_database_that_is_away_is_503_and_may_be_tried_again(make_app: AppMaker) -> None:
    app = make_app(DATABASE_URL="sqlite:////nowhere/at/all.db")
    answer = app.test_client().get("/v1/shop/acme/stores")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert app.test_client().get("/health/live").status_code == 200
    assert app.test_client().get("/health/ready").status_code == 503


def test_a_request_that_is_not_http_at_all_hurts_nobody(server: str, app: Flask) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(b"GET /\x00\xff HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 40" in line.recv(1000)


def test_head_answers_without_a_body(merchant: Merchant) -> None:
    answer = merchant.visitor.send("HEAD", "stores")
    assert answer.status == 200 and answer.body is None
