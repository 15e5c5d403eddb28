"""Plugins and accounts over the admin API: seen without secrets, edited by version, switched at one merchant alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema
from werkzeug.test import TestResponse

from core.api import accounts, envelope, problems
from core.api import plugins as plugin_routes
from core.contracts.payment_channel import PaymentRequest, Started
from core.db import add, db, reading, transaction
from core.ids import hash_token
from core.models import Account, ApiKey, MerchantPlugin, Store
from core.schemas.fields import Choice, Count, In, ListOf, Text
from core.schemas.json_schema import json_schema
from tests.plugin_yard import make_app, make_plugin, sample

SECRET = "sk_live_4711"
WRITER, READER, NOBODY = "sk_writer_aaaaaaaaaaaaaaaaaaaa", "sk_reader_aaaaaaaaaaaaaaaaaaaa", "sk_nobody_aaaaaaaaaaaaaaa"


class AccountSettings(In):
    """One box of money."""

    app_id = Text(40, required=True, metadata={"title_zh": "应用号", "title_en": "App id"})
    key = Text(100, required=True, metadata={"title_zh": "密钥", "title_en": "Key"})


class Box:
    """A channel that does nothing."""

    name = "box"
    title = {"en": "Box", "zh": "盒子"}
    input_schema = None
    products = ()
    currencies = ()

    def start(self, account: Any, request: PaymentRequest) -> Started:
        return Started("pending")

    query = close = refund = query_refund = start


def check(settings: Any, account: Any) -> list[str]:
    return ["No account works."] if account and account.settings["app_id"] == "wrong" else []


PAYING = make_plugin(
    "paying",
    {"register_payment_channels": lambda: [Box()]},
    account=AccountSettings,
    account_secret=("key",),
    check=check,
)


class Caller:
    """A client with one key at one merchant."""

    def __init__(self, client: FlaskClient, merchant: str, token: str) -> None:
        self.client, self.merchant, self.token = client, merchant, token

    def __call__(self, method: str, path: str, body: Any = None, version: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        if version is not None:
            headers["If-Match"] = version
        return self.client.open(f"/v1/admin/{self.merchant}/{path}", method=method, json=body, headers=headers)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, [*sample("good", "misspelt"), PAYING])
    app.config.update(API_TITLE="t", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    envelope.wrap(app)
    problems.register(app)
    api = problems.ProblemApi(app)
    api.register_blueprint(plugin_routes.blp)
    api.register_blueprint(accounts.blp)
    with app.app_context(), transaction():
        for merchant_id in (1, 2):
            for token, scopes in (
                (WRITER, ["plugins.read", "plugins.write"]), (READER, ["plugins.read"]), (NOBODY, []),
            ):  # fmt: skip
                add(
                    ApiKey(
                        merchant_id=merchant_id, name="key", token_hash=hash_token(f"{token}{merchant_id}"),
                        last4="aaaa", scopes=scopes, created_at=datetime(2026, 1, 1, tzinfo=UTC),
                    )
                )  # fmt: skip
        add(Store(merchant_id=1, code="north", name="North"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def ask(app: Flask) -> Caller:
    return Caller(app.test_client(), "a", f"{WRITER}1")


@pytest.fixture
def ask_b(app: Flask) -> Caller:
    return Caller(app.test_client(), "b", f"{WRITER}2")


def configured(ask: Caller, **settings: Any) -> TestResponse:
    return ask("PATCH", "plugins/good/settings", {"token": SECRET, **settings}, '"v0"')


def states(ask: Caller) -> dict[str, tuple[bool, bool]]:
    return {row["name"]: (row["enabled"], row["broken"]) for row in ask("GET", "plugins").get_json()["data"]}


def test_every_plugin_is_listed_with_its_state(ask: Caller) -> None:
    expected = {"good": (False, False), "paying": (False, False), "misspelt": (False, True)}
    assert states(ask).items() >= expected.items()
    broken = ask("GET", "plugins/misspelt").get_json()
    assert "after_order_moved" in broken["reason"]


def test_a_plugin_is_configured_enabled_ordered_and_disabled(ask: Caller) -> None:
    assert configured(ask, greeting="hi").status_code == 200
    on = ask("POST", "plugins/good/enable")
    assert on.status_code == 200 and on.get_json()["enabled"] and on.get_json()["position"] == 1
    assert ask("POST", "plugins/paying/enable").get_json()["position"] == 2
    ordered = ask("PUT", "plugins/order", {"names": ["paying", "good"]}).get_json()["data"]
    assert [row["name"] for row in ordered][:2] == ["paying", "good"]
    assert ask("POST", "plugins/good/check").get_json() == {"ok": True, "findings": []}
    off = ask("POST", "plugins/good/disable").get_json()
    assert not off["enabled"] and off["position"] is None


def test_what_a_switches_on_changes_nothing_at_b(ask: Caller, ask_b: Caller) -> None:
    before = [ask_b("GET", path).get_data() for path in ("plugins", "plugins/good", "accounts")]
    configured(ask)
    ask("POST", "plugins/good/enable")
    ask("POST", "accounts", {"plugin": "paying", "name": "main", "settings": {"app_id": "1", "key": SECRET}})
    assert [ask_b("GET", path).get_data() for path in ("plugins", "plugins/good", "accounts")] == before
    assert Caller(ask.client, "b", ask.token)("GET", "plugins").status_code == 401


def test_secrets_go_in_and_never_come_out(ask: Caller, app: Flask) -> None:
    answer = configured(ask)
    assert answer.get_json()["settings"]["token"] == {"set": True, "last4": "4711"}
    account = {"plugin": "paying", "name": "main", "settings": {"app_id": "1", "key": SECRET}}
    made = ask("POST", "accounts", account)
    texts = [answer, made, ask("GET", "plugins/good"), ask("GET", "accounts"), ask("POST", "accounts", account)]
    assert not any(SECRET in response.get_data(as_text=True) for response in texts)
    with app.app_context(), reading() as session:
        stored = [row.settings for row in (*session.query(MerchantPlugin).filter_by(merchant_id=1),)]
        stored += [row.settings for row in session.query(Account).filter_by(merchant_id=1)]
        assert len(stored) == 2 and all(text and text.startswith("enc:v1:") for text in stored)


def test_a_secret_left_out_stays_and_null_takes_a_setting_back(ask: Caller) -> None:
    configured(ask, member_percent=30)
    changed = ask("PATCH", "plugins/good/settings", {"member_percent": None}, '"v1"').get_json()["settings"]
    assert changed == {"member_percent": 10, "greeting": None, "token": {"set": True, "last4": "4711"}}


def test_an_edit_names_its_version(ask: Caller) -> None:
    assert ask("PATCH", "plugins/good/settings", {"greeting": "x"}).status_code == 428
    first = configured(ask)
    assert first.headers["ETag"] == '"v1"'
    assert configured(ask).status_code == 412
    assert ask("PATCH", "plugins/good/settings", {"greeting": "x"}, first.headers["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"member_percent": 101}, "/member_percent"),
        ({"member_percent": "10"}, "/member_percent"),
        ({"nonsense": 1}, "/nonsense"),
        ({"greeting": "x" * 41}, "/greeting"),
        ({"token": {"set": True, "last4": "4711"}}, "/token"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_nothing_is_written(ask: Caller, patch: Any, pointer: str) -> None:
    before = ask("GET", "plugins/good").get_data()
    answer = ask("PATCH", "plugins/good/settings", patch, '"v0"')
    assert answer.status_code == 422 and answer.get_json()["errors"][0]["pointer"].lstrip("#") == pointer
    assert ask("GET", "plugins/good").get_data() == before


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_settings_must_be_an_object(ask: Caller, body: Any) -> None:
    answer = ask("PATCH", "plugins/good/settings", body, '"v0"')
    assert answer.status_code in (200, 422) and answer.content_type.startswith("application/")
    assert (answer.status_code == 200) == (body is None), answer.get_data(as_text=True)


def test_a_plugin_with_missing_or_wrong_settings_cannot_be_switched_on(ask: Caller) -> None:
    missing = ask("POST", "plugins/good/enable")
    assert missing.status_code == 422 and "token" in json.dumps(missing.get_json()["errors"])
    ask("PATCH", "plugins/good/settings", {"token": "wrong"}, '"v0"')
    refused = ask("POST", "plugins/good/enable")
    assert refused.status_code == 409 and refused.get_json()["code"] == "plugin_check_failed"
    assert refused.get_json()["findings"] == ["The token is not accepted."]
    assert ask("POST", "plugins/good/check").get_json()["ok"] is False
    assert states(ask)["good"] == (False, False)


def test_a_quarantined_or_unknown_plugin_is_refused(ask: Caller) -> None:
    assert ask("POST", "plugins/misspelt/enable").get_json()["code"] == "plugin_broken"
    for method, path in (
        ("GET", ""),
        ("POST", "/enable"),
        ("POST", "/disable"),
        ("POST", "/check"),
        ("GET", "/schema"),
    ):
        assert ask(method, f"plugins/nobody{path}").status_code == 404


def test_permissions_are_needed(app: Flask) -> None:
    reader, nobody = (Caller(app.test_client(), "a", f"{token}1") for token in (READER, NOBODY))
    assert nobody("GET", "plugins").status_code == 403 and nobody("GET", "accounts").status_code == 403
    assert reader("GET", "plugins/good").status_code == 200
    for path in ("good/enable", "good/disable", "good/check"):
        assert reader("POST", f"plugins/{path}").status_code == 403
    assert reader("PUT", "plugins/order", {"names": []}).status_code == 403
    assert reader("PATCH", "plugins/good/settings", {}, '"v0"').status_code == 403
    assert reader("POST", "accounts", {"plugin": "paying", "name": "x"}).status_code == 403


# ------------------------------------------------------------------------------------------------ accounts
def make_account(ask: Caller, **changes: Any) -> TestResponse:
    body = {"plugin": "paying", "name": "main", "settings": {"app_id": "1", "key": SECRET}, **changes}
    return ask("POST", "accounts", body)


def test_an_account_is_made_changed_and_checked(ask: Caller) -> None:
    made = make_account(ask, stores={"north": {"sub_mchid": "19000"}})
    assert made.status_code == 201 and made.get_json()["settings"]["key"] == {"set": True, "last4": "4711"}
    path = f"accounts/{made.get_json()['id']}"
    assert ask("GET", path).get_json() == made.get_json()
    assert ask("PATCH", path, {"enabled": False}).status_code == 428
    changed = ask("PATCH", path, {"name": "second", "settings": {"app_id": "2"}, "enabled": False}, '"v0"')
    assert changed.status_code == 200, changed.get_data(as_text=True)
    assert changed.get_json()["settings"] == {"app_id": "2", "key": {"set": True, "last4": "4711"}}
    assert ask("POST", f"{path}/check").get_json() == {"ok": True, "findings": []}
    assert [row["name"] for row in ask("GET", "accounts").get_json()["data"]] == ["second"]


def test_an_account_that_does_not_work_keeps_its_plugin_off(ask: Caller) -> None:
    made = make_account(ask, settings={"app_id": "wrong", "key": SECRET})
    assert ask("POST", "plugins/paying/enable").get_json()["findings"] == ["No account works."]
    assert ask("POST", f"accounts/{made.get_json()['id']}/check").get_json()["ok"] is False


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"plugin": "good"}, "/plugin"),
        ({"plugin": "nobody"}, "/plugin"),
        ({"settings": {"app_id": "1"}}, "/settings/key"),
        ({"settings": {"app_id": "1", "key": "x", "more": 1}}, "/settings/more"),
        ({"stores": {"south": {}}}, "/stores/south"),
        ({"stores": {"north": 7}}, "/stores/north"),
        ({"colour": "red"}, "/colour"),
        ({"name": ""}, "/name"),
    ],
)
def test_an_account_that_cannot_be_is_refused_by_field(ask: Caller, changes: Any, pointer: str) -> None:
    answer = make_account(ask, **changes)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert answer.get_json()["errors"][0]["pointer"].lstrip("#").startswith(pointer)
    assert ask("GET", "accounts").get_json()["data"] == []


def test_two_accounts_of_a_plugin_differ_in_name(ask: Caller) -> None:
    make_account(ask)
    assert make_account(ask).get_json()["code"] == "name_taken"


def test_an_account_of_another_merchant_is_not_there(ask: Caller, ask_b: Caller) -> None:
    path = f"accounts/{make_account(ask).get_json()['id']}"
    assert ask_b("GET", path).status_code == 404
    assert ask_b("PATCH", path, {"enabled": False}, "*").status_code == 404
    assert ask_b("POST", f"{path}/check").status_code == 404


# ------------------------------------------------------------------------------------------------ forms
def test_forms_can_be_drawn_from_the_schema(ask: Caller) -> None:
    served = ask("GET", "plugins/good/schema").get_json()
    token, percent = (served["settings"]["properties"][name] for name in ("token", "member_percent"))
    assert token["title_zh"] == "令牌" and token["title"] == token["title_en"] == "Token" and token["writeOnly"] is True
    assert (percent["minimum"], percent["maximum"], percent["default"]) == (0, 100, 10)
    assert served["settings"]["required"] == ["token"] and served["settings"]["additionalProperties"] is False
    assert served["account"] is None
    account = ask("GET", "plugins/paying/schema").get_json()["account"]
    assert account["properties"]["key"]["format"] == "password"


def test_nested_settings_are_written_where_they_stand() -> None:
    class Row(In):
        days = Count(max=9, metadata={"title_zh": "天", "title_en": "Days"})

    class Nested(In):
        mode = Choice("a", "b")
        rows = ListOf(Row)

    document = json_schema(Nested)
    assert document is not None and "$ref" not in json.dumps(document)
    assert document["properties"]["mode"]["enum"] == ["a", "b"]
    row = document["properties"]["rows"]["items"]
    assert row["additionalProperties"] is False and row["properties"]["days"]["title_zh"] == "天"
    assert json_schema(None) is None and issubclass(Nested, Schema)
