"""Settings of an account: keys however they were pasted, what does not fit, and the most frequent mistake of all."""

from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError

from core.schemas.json_schema import json_schema
from plugins.alipay import pem
from plugins.alipay.settings import SECRETS, AccountSettings
from tests.plugins.alipay.vectors import CERTIFICATES, KEYS, raw_settings


def wrong(**changes: Any) -> dict[str, Any]:
    """What is said of these settings."""
    with pytest.raises(ValidationError) as told:
        AccountSettings().load(raw_settings(**changes))
    return dict(told.value.messages_dict)


@pytest.mark.parametrize("form", ["private_pkcs1_pem", "private_pkcs8_pem", "private_pkcs1_bare_base64"])
@pytest.mark.parametrize("spoil", [("\n", "\r\n"), ("\n", "\\n"), ("\n", "\n  ")])
def test_a_private_key_is_taken_however_it_was_pasted(form: str, spoil: tuple[str, str]) -> None:
    loaded = AccountSettings().load(raw_settings(private_key=KEYS["app"][form].replace(*spoil)))
    expected = pem.private_key(KEYS["app"]["private_pkcs8_pem"]).private_numbers()
    assert pem.private_key(loaded["private_key"]).private_numbers() == expected


def test_the_own_public_key_in_the_place_of_alipays_is_noticed() -> None:
    for form in ("public_pem", "public_bare_base64"):
        told = wrong(alipay_public_key=KEYS["app"][form])
        assert set(told) == {"alipay_public_key"} and "应用公钥" in str(told)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"private_key": "hello"}, "private_key"),
        ({"private_key": KEYS["app"]["public_pem"]}, "private_key"),
        ({"private_key": KEYS["app"]["private_pkcs8_pem"][:300]}, "private_key"),
        ({"alipay_public_key": KEYS["alipay"]["private_pkcs1_pem"]}, "alipay_public_key"),
        ({"alipay_public_key": None}, "alipay_public_key"),
        ({"alipay_public_key": None, "app_cert": CERTIFICATES["app_cert_pem"]}, "alipay_cert"),
        ({"app_cert": CERTIFICATES["app_cert_pem"]}, "app_cert"),
        ({"app_id": "wx123"}, "app_id"),
        ({"app_id": 2021000000000001}, "app_id"),
        ({"seller_id": "1234567890123456"}, "seller_id"),
        ({"mode": "both"}, "mode"),
        ({"aes_key": "c2hvcnQ="}, "aes_key"),
        ({"gateway_url": "http://openapi.alipay.com/gateway.do"}, "gateway_url"),
        ({"gateway_url": "https://evil.example/gateway.do"}, "gateway_url"),
        ({"gateway_url": "https://openapi.alipay.com@evil.example/gateway.do"}, "gateway_url"),
        ({"gateway_url": "https://openapi.alipay.com/"}, "gateway_url"),
        ({"gateway_url": "http://169.254.169.254/gateway.do"}, "gateway_url"),
        ({"colour": "red"}, "colour"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_fit_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    told = wrong(**changes)
    assert set(told) == {field}
    assert KEYS["app"]["private_pkcs8_pem"][60:120] not in str(told), "a key is never repeated"


def test_certificates_must_belong_together() -> None:
    assert AccountSettings().load(raw_settings(trust="certificates"))["app_cert"]
    mixed = {"app_cert": CERTIFICATES["alipay_cert_pem"]}
    assert set(wrong(trust="certificates", **mixed)) == {"app_cert"}
    own_root = {"root_cert": CERTIFICATES["app_cert_pem"]}
    assert set(wrong(trust="certificates", **own_root)) == {"alipay_cert"}


def test_only_a_sandbox_installation_may_point_at_its_own_machine(app: Flask) -> None:
    mine = raw_settings(gateway_url="http://127.0.0.1:9/gateway.do")
    with app.app_context():
        app.config.update(TESTING=False, SANDBOX=True)
        assert AccountSettings().load(mine)["gateway_url"] == "http://127.0.0.1:9/gateway.do"
        app.config.update(SANDBOX=False)
        with pytest.raises(ValidationError, match="MERX_SANDBOX"):
            AccountSettings().load(mine)


def test_an_admin_form_can_be_drawn_and_hides_the_secrets() -> None:
    document = json_schema(AccountSettings, SECRETS)
    assert document is not None
    for name, field in document["properties"].items():
        assert field["title_en"] and field["title_zh"], name
        assert bool(field.get("writeOnly")) == (name in SECRETS), name
