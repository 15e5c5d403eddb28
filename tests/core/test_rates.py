"""Limits: who calls too often is told so and when to come back; nobody else notices, and gateways always come in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.api import rates
from core.api.rates import Windows
from tests.actors import PASSWORD, Merchant
from tests.conftest import AppMaker


class Watch:
    """The time of the windows."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def limited(make_app: AppMaker, merchant: Merchant, watch: Watch) -> Callable[..., FlaskClient]:
    """An application of the same shop with these limits, whose windows the test's watch ends."""

    def make(**limits: int) -> FlaskClient:
        app = make_app(**limits)
        app.extensions["merx_rates"] = replace(app.extensions["merx_rates"], windows=Windows(watch))
        return app.test_client()

    return make


def look(client: FlaskClient, path: str = "/v1/shop/acme/stores", address: str = "192.0.2.1", **more: Any) -> Any:
    return client.get(path, environ_overrides={"REMOTE_ADDR": address}, **more)


def test_a_stranger_may_call_so_often_and_is_told_when_to_come_back(
    limited: Callable[..., FlaskClient], watch: Watch
) -> None:
    client = limited(CALLS_PER_ADDRESS=3)
    first = look(client)
    assert first.headers["RateLimit-Policy"] == '"address";q=3;w=60'
    assert first.headers["RateLimit"] == '"address";r=2;t=60'
    watch.seconds += 20.5
    assert [look(client).status_code for _ in range(2)] == [200, 200]

    refused = look(client)
    assert refused.status_code == 429 and refused.content_type == "application/problem+json"
    assert (refused.get_json()["code"], refused.get_json()["policy"]) == ("too_many_requests", "address")
    assert refused.headers["Retry-After"] == "40" and refused.headers["RateLimit"] == '"address";r=0;t=40'
    assert refused.headers["RateLimit-Policy"] == '"address";q=3;w=60'
    assert look(client, "/no/such/address").status_code == 429, "scanning for addresses is calling"

    assert look(client, address="192.0.2.2").status_code == 200, "somebody else"
    watch.seconds += 40
    assert look(client).status_code == 200


def test_a_house_with_ipv6_is_one_caller(limited: Callable[..., FlaskClient]) -> None:
    client = limited(CALLS_PER_ADDRESS=1)
    assert look(client, address="2001:db8:1:2::1").status_code == 200
    assert look(client, address="2001:db8:1:2:ffff::9").status_code == 429
    assert look(client, address="2001:db8:1:3::1").status_code == 200
    assert look(client, address="::ffff:192.0.2.7").status_code == 200
    assert look(client, address="192.0.2.7").status_code == 429


def test_gateways_and_balancers_are_never_turned_away(limited: Callable[..., FlaskClient]) -> None:
    client = limited(CALLS_PER_ADDRESS=1)
    assert [look(client).status_code for _ in range(2)] == [200, 429]
    assert look(client, "/health/ready").status_code == 200
    notice = client.post("/v1/notify/" + "0" * 32, json={}, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert notice.status_code == 404, "nobody's address, but not refused for its number"


def test_a_buyer_may_write_so_often_and_read_as_much_as_he_likes(
    limited: Callable[..., FlaskClient], merchant: Merchant
) -> None:
    client = limited(WRITES_PER_BUYER=2, WRITES_PER_STAFF=3)
    mei, li = ({"Authorization": f"Bearer {merchant.buyer().token}"} for _ in range(2))

    def write(headers: dict[str, str]) -> int:
        return client.post("/v1/shop/acme/quotes", json={}, headers=headers).status_code

    assert [write(mei) for _ in range(4)] == [422, 422, 429, 429]
    assert client.get("/v1/shop/acme/me", headers=mei).status_code == 200
    assert write(li) == 422
    owner = {"Authorization": f"Bearer {merchant.owner.token}"}
    said = [client.post("/v1/admin/acme/stores", json={}, headers=owner) for _ in range(4)]
    assert [one.status_code for one in said] == [422, 422, 422, 429]
    assert said[0].headers["RateLimit-Policy"] == '"staff";q=3;w=60'


def test_guessing_tokens_is_calling_without_one_and_shuts_no_known_buyer_out(
    limited: Callable[..., FlaskClient], merchant: Merchant, watch: Watch
) -> None:
    client = limited(CALLS_PER_ADDRESS=3)
    mei, li = ({"Authorization": f"Bearer {merchant.buyer().token}"} for _ in range(2))
    me = "/v1/shop/acme/me"
    assert look(client, me, headers=mei).status_code == 200
    guesses = [look(client, me, headers={"Authorization": f"Bearer guess{n}"}).status_code for n in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    assert look(client, me, headers=mei).status_code == 200, "known before the guessing began"
    assert look(client, me, headers=li).status_code == 429, "not told from a guess until the window ends"
    watch.seconds += 60
    assert look(client, me, headers=li).status_code == 200


def test_a_limit_of_zero_is_none_and_answers_say_nothing_of_it(limited: Callable[..., FlaskClient]) -> None:
    client = limited(CALLS_PER_ADDRESS=0)
    answers = [look(client) for _ in range(30)]
    assert {one.status_code for one in answers} == {200}
    assert not any(name.startswith("RateLimit") for one in answers for name, _ in one.headers)


def test_too_many_sign_ins_say_which_limit_it_was(merchant: Merchant, frozen_time: None) -> None:
    wrong = {"login": "owner", "password": "guess"}
    statuses = [merchant.visitor.send("POST", "/v1/admin/acme/sessions", json=wrong).status for _ in range(10)]
    assert set(statuses) == {401}
    wrong["password"] = PASSWORD
    refused = merchant.visitor.refused(429, "POST", "/v1/admin/acme/sessions", wrong)
    wait = refused.headers["Retry-After"]
    assert refused.headers["RateLimit-Policy"] == '"sign_in_from";q=10;w=900'
    assert refused.headers["RateLimit"] == f'"sign_in_from";r=0;t={wait}'


def test_counting_asks_neither_the_database_nor_redis(
    make_app: AppMaker, merchant: Merchant, count_statements: Any
) -> None:
    app: Flask = make_app(CALLS_PER_ADDRESS=5, REDIS_URL="unix:///nowhere/redis.sock")
    client = app.test_client()
    assert [client.get("/docs").status_code for _ in range(6)] == [200] * 5 + [429]


def test_invented_addresses_do_not_eat_the_memory(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    monkeypatch.setattr(rates, "MOST_KEYS", 100)
    windows = Windows(watch)
    for number in range(1000):
        windows.count(f"address {number}")
        windows.was_good(number)
    assert len(windows._counts) <= 100 and len(windows._good) <= 100
