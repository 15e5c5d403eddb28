"""Looking after accounts: what the check finds, what the daily job tells, and what it takes back when all is well."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from core import arming
from core import clock as core_clock
from core.contracts.payment_channel import AccountView
from core.db import get, reading
from core.models import Account
from plugins.wechatpay import checkup, pem
from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.client import CLIENT, Client
from plugins.wechatpay.jobs import refresh_certificates, self_check
from plugins.wechatpay.keys import store_of
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.wechatpay.simulators import Wechat, simulator
from tests.plugins.wechatpay.stand_in import Reply, StandIn
from tests.plugins.wechatpay.test_channel import shop
from tests.plugins.wechatpay.vectors import KEYS, account

PUBLIC_URL = "https://shop.example"


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Wechat]:
    """The simulator."""
    with simulator(tmp_path) as wechat:
        yield wechat
    CLIENT.close()


def found(account: AccountView, client: Client, **later: float) -> list[str]:
    """What is wrong with *account*, after some time."""
    return checkup.findings(account, core_clock.now() + timedelta(**later), client)


# ---------------------------------------------------------------------------------------------- findings
@pytest.mark.parametrize("role", ["public_key", "certificate", "mixed", "provider"])
def test_an_account_that_is_right_has_nothing_to_tell(sim: Wechat, client: Client, role: str) -> None:
    assert found(shop(sim, role), client) == []


def test_each_thing_that_is_wrong_is_told(sim: Wechat, client: Client) -> None:
    assert "MERX_PUBLIC_URL" in found(shop(sim, notify_url=None), client)[0]
    assert "255" in found(shop(sim, notify_url="https://x.example/" + "n" * 255), client)[0]
    other = sim.config("mixed")
    assert "private_key" in found(shop(sim, settings={"private_key": other["private_key"]}), client)[0]
    assert "mchid" in found(shop(sim, settings={"mchid": "1999999999"}), client)[0]
    wrong = {"public_key": other["public_key"]}
    assert "encrypted_echo_message" in found(shop(sim, settings=wrong), client)[0]
    assert "apiv3_key" in found(shop(sim, "certificate", settings={"apiv3_key": "n" * 32}), client)[0]
    assert "not reached" in found(shop(sim, settings={"base_url": "http://127.0.0.1:9"}), client)[0]


def test_a_merchant_certificate_is_watched(client: Client, wechat: StandIn) -> None:
    wechat.says(Reply(503, signed=False))
    told = account(certificate=KEYS["merchant_cert_pem"], base_url=wechat.url)
    end = pem.certificate(KEYS["merchant_cert_pem"]).not_valid_after_utc
    early, soon, late = (end - timedelta(days=31), end - timedelta(days=30), end)
    assert not [text for text in checkup.findings(told, early, client) if "certificate" in text]
    assert f"ends on {end:%Y-%m-%d}" in checkup.findings(told, soon, client)[0]
    assert f"ended on {end:%Y-%m-%d}" in checkup.findings(told, late, client)[0]
    other = account(certificate=KEYS["merchant_cert_pem"], private_key=KEYS["platform_private_key_pem"])
    assert "not the one of the certificate" in checkup.findings(other, early, client)[0]


def test_a_platform_certificate_that_ends_is_told(sim: Wechat, client: Client) -> None:
    told = shop(sim, "certificate")
    client.certificates(told)
    assert found(told, client, days=1) == []
    (key,) = store_of(told).certificates(core_clock.now())
    assert key.ends_at is not None and key.ends_at.tzinfo is UTC
    findings = checkup.findings(told, key.ends_at - timedelta(days=1), client)
    assert any("newest certificate ends" in text for text in findings)


@pytest.mark.parametrize("away", [90, -90])
def test_a_clock_that_is_wrong_is_told(wechat: StandIn, client: Client, away: int) -> None:
    far = (core_clock.now() + timedelta(seconds=away)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    refusal = {"code": "SIGN_ERROR", "message": "wrong time", "detail": {"sign_information": {"method": "POST"}}}
    wechat.says(Reply(401, refusal, signed=False, headers={"Date": far}))
    told = found(account(base_url=wechat.url), client)
    side = "behind" if away > 0 else "ahead"
    assert any("SIGN_ERROR" in text for text in told) and any(f"s {side} of WeChat Pay" in text for text in told)


def test_an_echo_that_comes_back_as_something_else_is_told(wechat: StandIn, client: Client) -> None:
    wechat.says(Reply(body={"echo_message": "x", "encrypted_echo_message": "eA=="}))
    told = " ".join(found(account(base_url=wechat.url), client))
    assert "came back as something else" in told and "cannot be read" in told


# ---------------------------------------------------------------------------------------------- at a merchant
@pytest.fixture
def app(app: Flask) -> Flask:
    """An application that has an address."""
    app.config["PUBLIC_URL"] = PUBLIC_URL
    return app


def opened(merchant: Merchant, settings: dict[str, Any]) -> dict[str, Any]:
    """An account at the merchant, whose plugin is then switched on."""
    told = merchant.owner.post("accounts", {"plugin": "wechatpay", "name": "main", "settings": settings}).body
    merchant.owner.post("plugins/wechatpay/enable")
    return dict(told)


def learned(merchant: Merchant, account_id: str) -> dict[str, Any]:
    """What was written down about the account."""
    with merchant.inside(), reading():
        return dict(get(Account, 1, UUID(account_id)).learned)


def test_the_plugin_is_switched_on_only_if_wechat_pay_answers(sim: Wechat, merchant: Merchant) -> None:
    refused = merchant.owner.refused(409, "POST", "plugins/wechatpay/enable")
    assert "Add an account first" in refused["detail"]
    settings = sim.config("public_key")
    wrong = {**settings, "base_url": "http://127.0.0.1:9"}
    made = merchant.owner.post("accounts", {"plugin": "wechatpay", "name": "main", "settings": wrong})
    assert "not reached" in merchant.owner.refused(409, "POST", "plugins/wechatpay/enable")["detail"]
    shown = str(made.body)
    assert settings["apiv3_key"] not in shown and "PRIVATE KEY" not in shown
    merchant.owner.patch(f"accounts/{made['id']}", {"settings": {"base_url": sim.url}}, made.etag)
    merchant.owner.post("plugins/wechatpay/enable")
    assert merchant.owner.post(f"accounts/{made['id']}/check").body == {"ok": True, "findings": []}


def test_without_an_address_the_plugin_says_what_to_set(sim: Wechat, app: Flask, merchant: Merchant) -> None:
    app.config["PUBLIC_URL"] = ""
    merchant.owner.post("accounts", {"plugin": "wechatpay", "name": "main", "settings": sim.config("public_key")})
    refused = merchant.owner.refused(409, "POST", "plugins/wechatpay/enable")
    assert "MERX_PUBLIC_URL" in refused["detail"]


@pytest.mark.both_databases
def test_certificates_are_written_down_sealed_and_known_to_the_next_process(
    sim: Wechat, merchant: Merchant, client: Client
) -> None:
    made = opened(merchant, sim.config("certificate"))
    with merchant.inside():
        refresh_certificates()
    told = learned(merchant, made["id"])["certificates"]
    assert [entry["serial_no"] for entry in told] == sim.merchant("certificate")["platform_serials"]
    assert "BEGIN CERTIFICATE" not in str(told)
    fresh = sim.rotate("certificate")
    with merchant.inside():
        refresh_certificates()
    assert fresh in [entry["serial_no"] for entry in learned(merchant, made["id"])["certificates"]]
    assert WeChatPay(client).name == "wechatpay"


def test_a_merchant_with_a_public_key_has_no_certificates_and_no_trouble(sim: Wechat, merchant: Merchant) -> None:
    made = opened(merchant, sim.config("public_key"))
    with merchant.inside():
        refresh_certificates()
    assert learned(merchant, made["id"]) == {}


@pytest.mark.both_databases
def test_the_daily_look_opens_one_case_and_closes_it_when_all_is_well(
    sim: Wechat, merchant: Merchant, client: Client
) -> None:
    made = opened(merchant, sim.config("public_key"))

    def look() -> list[dict[str, Any]]:
        with merchant.inside():
            self_check()
        return [case for case in merchant.owner.get("cases")["data"] if case["kind"] == "wechatpay_account"]

    assert look() == []
    sim.fault("echo", "error_before", count=6)
    (case,) = look()
    assert case["status"] == "open" and "main" in case["title"] and "trouble of its own" in case["title"]
    assert case["thing_id"] == made["id"]
    assert len(look()) == 1
    (case,) = look()
    assert case["status"] == "resolved"


def test_both_jobs_come_back_by_themselves(sim: Wechat, app: Flask, merchant: Merchant, clock: Clock) -> None:
    made = opened(merchant, sim.config("certificate"))
    sim.fault("echo", "error_before", count=3)
    with app.app_context():
        arming.arm_periodic({})
    clock.passes(days=1)
    assert learned(merchant, made["id"])["certificates"]
    assert merchant.owner.get("cases", kind="wechatpay_account")["data"]
