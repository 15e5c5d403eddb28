"""The doors: tokens, cookies, throttles and the walls between merchants."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from core.api.auth import Access, access_of
from core.services.roles import PERMISSIONS, ROLES, permissions_of
from tests.actors import PASSWORD, Api, Merchant
from tests.conftest import AppMaker, Clock


def test_a_token_of_another_merchant_opens_nothing(merchant: Merchant, other_merchant: Merchant) -> None:
    buyer, server = merchant.buyer(), merchant.api_key("stores.read")
    theirs = other_merchant.visitor
    for somebody, path in (
        (buyer, f"/v1/shop/{other_merchant.code}/me"),
        (merchant.owner, f"/v1/admin/{other_merchant.code}/me"),
        (server, f"/v1/admin/{other_merchant.code}/stores"),
        (buyer, f"/v1/admin/{merchant.code}/me"),
        (merchant.owner, f"/v1/shop/{merchant.code}/me"),
    ):
        answer = somebody.refused(401, "GET", path)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert theirs.get("stores")["data"] == []


def test_nobody_learns_from_the_admin_door_whether_a_merchant_is_there(merchant: Merchant, server: str) -> None:
    here, nowhere = (merchant.meet(Api(server, f"/v1/admin/{code}", "x" * 43)) for code in (merchant.code, "nowhere"))
    bodies = [one.refused(401, "GET", "staff").body for one in (here, nowhere)]
    for body in bodies:
        body.pop("instance"), body.pop("request_id")
    assert bodies[0] == bodies[1]
    here.token = nowhere.token = None
    credentials = {"login": "owner", "password": "something wrong"}
    assert here.refused(401, "POST", "sessions", credentials)["status"] == 401
    assert nowhere.refused(401, "POST", "sessions", credentials)["status"] == 401


@pytest.mark.parametrize(
    "header", ["Basic b3duZXI6eA==", "Bearer", "token", "Bearer \udcff".encode("utf-8", "surrogateescape")]
)
def test_a_header_that_is_no_bearer_token_is_refused(merchant: Merchant, header: Any) -> None:
    merchant.visitor.refused(401, "GET", "stores", headers={"Authorization": header})


def test_a_buyers_session_ends_after_thirty_days_and_a_members_after_twelve_hours(
    merchant: Merchant, clock: Clock
) -> None:
    owner, buyer = merchant.signs_in("owner"), merchant.buyer()
    clock.passes(hours=12)
    owner.refused(401, "GET", "me")
    clock.passes(days=29)
    buyer.get("me")
    clock.passes(days=1)
    buyer.refused(401, "GET", "me")


def test_demo_tokens_of_the_sandbox_do_not_expire(app: Flask, merchant: Merchant, clock: Clock) -> None:
    app.config["SANDBOX"] = True
    owner, buyer = merchant.signs_in("owner"), merchant.buyer()
    clock.passes(days=400)
    assert owner.get("me")["name"] == "Olga Owner" and buyer.get("me")["id"] == buyer.id


@pytest.mark.both_databases
def test_a_wrong_password_may_be_tried_ten_times(merchant: Merchant, clock: Clock) -> None:
    buyer = merchant.buyer()
    right = {"email": buyer.customer["email"], "password": PASSWORD}
    wrong = {**right, "password": "guess"}
    merchant.visitor.post("sessions", right)
    for _ in range(10):
        assert merchant.visitor.refused(401, "POST", "sessions", wrong)["code"] == "bad_credentials"
    for body in (wrong, right):
        refused = merchant.visitor.refused(429, "POST", "sessions", body)
        assert 0 < int(refused.headers["Retry-After"]) <= 900
    clock.passes(seconds=int(refused.headers["Retry-After"]))
    merchant.visitor.post("sessions", right)


def test_many_guesses_at_once_are_not_more_than_ten(merchant: Merchant, clock: Clock) -> None:
    def guess(_: int) -> int:
        one = Api(merchant.base_url, f"/v1/admin/{merchant.code}")
        status = one.send("POST", "sessions", json={"login": "owner", "password": "guess"}).status
        one.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(guess, range(30))).count(401) <= 10


def test_one_address_may_not_try_everybodys_door(merchant: Merchant, clock: Clock) -> None:
    for number in range(10):
        merchant.visitor.refused(401, "POST", "sessions", {"email": f"u{number}@example.com", "password": "guess"})
    merchant.visitor.refused(429, "POST", "sessions", {"email": "u11@example.com", "password": "guess"})


def test_without_counters_nobody_signs_in_but_everybody_inside_goes_on(make_app: AppMaker, merchant: Merchant) -> None:
    broken = make_app(REDIS_URL="unix:///nowhere/redis.sock").test_client()
    answer = broken.post(f"/v1/admin/{merchant.code}/sessions", json={"login": "owner", "password": PASSWORD})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
    inside = broken.get(f"/v1/admin/{merchant.code}/me", headers={"Authorization": f"Bearer {merchant.owner.token}"})
    assert inside.status_code == 200


def test_counters_are_shared_through_redis(make_app: AppMaker, merchant: Merchant, valkey: Any, clock: Clock) -> None:
    doors = [make_app(REDIS_URL=valkey.url).test_client() for _ in range(2)]
    path, wrong = f"/v1/admin/{merchant.code}/sessions", {"login": "owner", "password": "guess"}
    answers = [doors[number % 2].post(path, json=wrong).status_code for number in range(12)]
    assert answers == [401] * 10 + [429] * 2


def test_a_browser_gets_a_cookie_and_must_send_the_csrf_token_with_every_edit(merchant: Merchant) -> None:
    browser = merchant.meet(Api(merchant.base_url, f"/v1/admin/{merchant.code}"))
    answer = browser.post("sessions", {"login": "owner", "password": PASSWORD, "cookie": True})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and f"Path=/v1/admin/{merchant.code}" in cookie
    assert answer["token"] is None
    assert browser.get("me")["name"] == "Olga Owner"

    store = {"code": "main", "name": "Main"}
    assert browser.refused(403, "POST", "stores", store)["code"] == "bad_csrf_token"
    assert browser.refused(403, "POST", "stores", store, headers={"X-CSRF-Token": "x"})["code"] == "bad_csrf_token"
    browser.post("stores", store, **{"X-CSRF-Token": answer["csrf_token"]})
    gone = browser.send("DELETE", "sessions", headers={"X-CSRF-Token": answer["csrf_token"]})
    assert gone.status == 204
    browser.refused(401, "GET", "me", headers={"Cookie": cookie.split(";")[0]})


def test_every_view_of_the_two_doors_says_who_may_use_it(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/v1/shop", "/v1/admin")):
            access = access_of(app.view_functions[rule.endpoint])
            assert isinstance(access, Access), rule
            if rule.rule.startswith("/v1/admin") and not rule.rule.endswith("/sessions"):
                assert access.who == "staff", f"{rule} is open to strangers"
            if access.permission and "." in rule.endpoint:
                known = set(PERMISSIONS) | {p for p in [access.permission] if p.split(".")[0] not in _nouns()}
                assert access.permission in known, f"{rule} asks for {access.permission}, which nobody can have"


def test_every_route_refuses_the_other_merchants_tokens(
    app: Flask, merchant: Merchant, other_merchant: Merchant
) -> None:
    staff, buyer = merchant.owner, merchant.buyer()
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint])
        if not rule.rule.startswith(("/v1/shop", "/v1/admin")) or access is None:
            continue
        somebody = staff if rule.rule.startswith("/v1/admin") else buyer
        values = dict.fromkeys(rule.arguments, "0192f0c1-5b1e-7c3a-9f00-1234567890ab") | {
            "merchant": other_merchant.code
        }
        _, path = rule.build(values)  # type: ignore[misc]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = somebody.send(method, path)
            assert answer.status == 401, f"{method} {path}: {answer.status}"


def test_roles_name_only_permissions_that_exist() -> None:
    for role, granted in ROLES.items():
        assert granted - {"*", "plugins.*"} <= set(PERMISSIONS), role
    assert "coupons.write" in permissions_of(["operator"], ["coupons.write"])
    assert "coupons.write" not in permissions_of(["clerk"], ["coupons.write"])
    assert permissions_of(["no_such_role"]) == frozenset()
    by_role = {"clerk": frozenset({"coupons.read"})}
    assert "coupons.read" in permissions_of(["clerk"], ["coupons.read"], by_role)
    assert "coupons.read" not in permissions_of(["warehouse"], ["coupons.read"], by_role)


def _nouns() -> set[str]:
    return {name.split(".")[0] for name in PERMISSIONS}
