"""The settings of an account: what is taken however it was pasted, and what is refused, in words that teach."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from flask import Flask
from marshmallow import ValidationError

from core.schemas.json_schema import json_schema
from plugins.wechatpay import pem
from plugins.wechatpay.settings import BASE_URL, SECRETS, STANDBY_URL, AccountSettings, hosts
from tests.plugins.wechatpay.vectors import KEYS, raw_settings

KEY = pem.private_key(KEYS["merchant_private_key_pem"])


def written(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> str:
    """*key* as PEM."""
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return str(key.private_bytes(Encoding.PEM, form, lock).decode())


def wrong(**changes: Any) -> dict[str, Any]:
    """What is said of these settings."""
    with pytest.raises(ValidationError) as told:
        AccountSettings().load(raw_settings(**changes))
    return dict(told.value.messages_dict)


@pytest.mark.parametrize(
    "text",
    [
        KEYS["merchant_private_key_pem"],
        KEYS["merchant_private_key_pem"].replace("\n", "\r\n"),
        KEYS["merchant_private_key_pem"].replace("\n", "\\n"),
        KEYS["merchant_private_key_pem"].replace("\n", " "),
        "  \n" + KEYS["merchant_private_key_pem"].strip(),
        written(KEY, PrivateFormat.TraditionalOpenSSL),
        written(KEY, PrivateFormat.TraditionalOpenSSL).replace("\n", "\r\n"),
    ],
    ids=["as it is", "CRLF", "escaped", "one line", "blanks", "PKCS#1", "PKCS#1 CRLF"],
)
def test_a_private_key_is_taken_however_it_was_pasted(text: str) -> None:
    loaded = AccountSettings().load(raw_settings(private_key=text))
    assert pem.private_key(loaded["private_key"]).private_numbers() == KEY.private_numbers()


def test_a_private_key_is_loaded_once() -> None:
    assert pem.private_key(KEYS["merchant_private_key_pem"]) is KEY


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello", "paste the whole"),
        (KEYS["merchant_public_key_pem"], "no private key"),
        (KEYS["merchant_private_key_pem"][:400], "paste the whole"),
        (written(KEY, password=b"secret"), "password"),
        (written(generate_private_key(65537, 1024)), "2048"),
        (written(ec.generate_private_key(ec.SECP256R1())), "RSA"),
    ],
    ids=["text", "public key", "half", "locked", "short", "another kind"],
)
def test_a_wrong_private_key_is_refused_and_not_repeated(text: str, says: str) -> None:
    told = str(wrong(private_key=text)["private_key"])
    assert says in told and text not in told and (len(text) < 80 or text[40:80] not in told)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mchid": "wx123456"}, "mchid"),
        ({"apiv3_key": "too short"}, "apiv3_key"),
        ({"apiv3_key": "ä" * 32}, "apiv3_key"),
        ({"apiv3_key_previous": "x" * 33}, "apiv3_key_previous"),
        ({"serial_no": "not hex"}, "serial_no"),
        ({"public_key": None}, "public_key"),
        ({"public_key_id": None}, "public_key_id"),
        ({"public_key_id": "1234"}, "public_key_id"),
        ({"public_key": KEYS["platform_cert_pem"]}, "public_key"),
        ({"certificate": KEYS["platform_cert_pem"]}, "certificate"),
        ({"mode": "both"}, "mode"),
        ({"appids": {"fax": "wx1"}}, "appids"),
        ({"base_url": "http://api.mch.weixin.qq.com"}, "base_url"),
        ({"base_url": "https://evil.example"}, "base_url"),
        ({"base_url": "https://api.mch.weixin.qq.com.evil.example"}, "base_url"),
        ({"base_url": "https://api.mch.weixin.qq.com@evil.example"}, "base_url"),
        ({"base_url": "https://api.mch.weixin.qq.com/v3"}, "base_url"),
        ({"base_url": "http://169.254.169.254"}, "base_url"),
        ({"colour": "red"}, "colour"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_fit_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    assert set(wrong(**changes)) == {field}


def test_the_serial_is_kept_in_upper_case_and_belongs_to_the_certificate() -> None:
    serial = KEYS["merchant_cert_serial_no"]
    loaded = AccountSettings().load(raw_settings(serial_no=serial.lower(), certificate=KEYS["merchant_cert_pem"]))
    assert loaded["serial_no"] == serial == pem.serial_of(pem.certificate(loaded["certificate"]))


def test_the_standby_host_is_only_the_real_hosts_companion() -> None:
    load = AccountSettings().load
    assert hosts(load(raw_settings())) == (BASE_URL, STANDBY_URL)
    assert hosts(load(raw_settings(base_url="http://127.0.0.1:9/"))) == ("http://127.0.0.1:9",)
    assert hosts(load(raw_settings(base_url="https://apihk.mch.weixin.qq.com"))) == ("https://apihk.mch.weixin.qq.com",)
    assert len(hosts(load(raw_settings(base_url="http://127.0.0.1:9", standby_url="http://127.0.0.1:8")))) == 2


def test_only_a_sandbox_installation_may_point_at_its_own_machine(app: Flask) -> None:
    mine = raw_settings(base_url="http://127.0.0.1:9")
    with app.app_context():
        app.config.update(TESTING=False, SANDBOX=True)
        assert AccountSettings().load(mine)["base_url"] == "http://127.0.0.1:9"
        app.config.update(SANDBOX=False)
        with pytest.raises(ValidationError, match="MERX_SANDBOX"):
            AccountSettings().load(mine)


def test_an_admin_form_can_be_drawn_and_hides_the_secrets() -> None:
    document = json_schema(AccountSettings, SECRETS)
    assert document is not None
    for name, field in document["properties"].items():
        assert field["title_en"] and field["title_zh"], name
        assert bool(field.get("writeOnly")) == (name in SECRETS), name
