"""Looking after accounts: what the check finds, what the daily job tells, and what it takes back when all is well."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from core import arming
from core import clock as core_clock
from core.db import all_of, reading
from core.models import Case
from plugins.alipay import certificates, checkup, pem
from plugins.alipay.client import Client
from plugins.alipay.jobs import self_check
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.alipay.shops import shop
from tests.plugins.alipay.simulators import Sim
from tests.plugins.alipay.vectors import KEYS


def found(account: Any, client: Client, **later: float) -> list[str]:
    """What is wrong with *account*, after some time."""
    return checkup.findings(account, core_clock.now() + timedelta(**later), client)


# ---------------------------------------------------------------------------------------------- findings
@pytest.mark.parametrize("role", ["key", "certificate", "sealed", "isv", "platform"])
def test_an_account_that_is_right_has_nothing_to_tell(sim: Sim, client: Client, role: str) -> None:
    assert found(shop(sim, role, store={}), client) == []


def test_each_thing_that_is_wrong_is_told(sim: Sim, client: Client) -> None:
    assert "MERX_PUBLIC_URL" in found(shop(sim, notify_url=None), client)[0]
    assert "256" in found(shop(sim, notify_url="https://x.example/" + "n" * 256), client)[0]
    other = sim.config("sealed")
    assert "private_key" in found(shop(sim, settings={"private_key": other["private_key"]}), client)[0]
    assert "app_id" in found(shop(sim, settings={"app_id": "2021000000009999"}), client)[0]
    stranger = {"alipay_public_key": KEYS["attacker"]["public_pem"]}
    assert "alipay_public_key" in found(shop(sim, settings=stranger), client)[0]
    gone = {"gateway_url": "http://127.0.0.1:9/gateway.do"}
    assert "not reached" in found(shop(sim, settings=gone), client)[0]


def test_certificates_are_watched(sim: Sim, client: Client) -> None:
    account = shop(sim, "certificate")
    end = certificates.ends_at(pem.certificate(account.settings["app_cert"]))
    early, soon, late = (end - timedelta(days=31), end - timedelta(days=30), end)
    assert not [text for text in checkup.findings(account, early, client) if "certificate" in text]
    told = checkup.findings(account, soon, client)
    assert f"The application certificate ends on {end:%Y-%m-%d}: renew it." in told
    assert any("Alipay's certificate ends" in text for text in told)
    assert f"The application certificate ended on {end:%Y-%m-%d}." in checkup.findings(account, late, client)


# ---------------------------------------------------------------------------------------------- at a merchant
@pytest.fixture
def app(app: Flask) -> Flask:
    """An application that has an address."""
    app.config["PUBLIC_URL"] = "https://shop.example"
    return app


def opened(merchant: Merchant, settings: dict[str, Any]) -> dict[str, Any]:
    """An account at the merchant, whose plugin is then switched on."""
    told = merchant.owner.post("accounts", {"plugin": "alipay", "name": "main", "settings": settings}).body
    merchant.owner.post("plugins/alipay/enable")
    return dict(told)


def test_the_plugin_is_switched_on_only_if_alipay_answers(sim: Sim, merchant: Merchant) -> None:
    refused = merchant.owner.refused(409, "POST", "plugins/alipay/enable")
    assert "Add an account first" in refused["detail"]
    settings = sim.config("sealed")
    wrong = {**settings, "gateway_url": "http://127.0.0.1:9/gateway.do"}
    made = merchant.owner.post("accounts", {"plugin": "alipay", "name": "main", "settings": wrong})
    assert "not reached" in merchant.owner.refused(409, "POST", "plugins/alipay/enable")["detail"]
    shown = str(made.body)
    assert settings["aes_key"] not in shown and "PRIVATE KEY" not in shown
    gateway = {"settings": {"gateway_url": f"{sim.url}/gateway.do"}}
    merchant.owner.patch(f"accounts/{made['id']}", gateway, made.etag)
    merchant.owner.post("plugins/alipay/enable")
    assert merchant.owner.post(f"accounts/{made['id']}/check").body == {"ok": True, "findings": []}


@pytest.mark.both_databases
def test_the_daily_look_opens_one_case_and_closes_it_when_all_is_well(sim: Sim, merchant: Merchant) -> None:
    made = opened(merchant, sim.config("key"))

    def look() -> list[dict[str, Any]]:
        with merchant.inside():
            self_check()
        return [case for case in merchant.owner.get("cases")["data"] if case["kind"] == "alipay_account"]

    assert look() == []
    sim.fault("query", "error_before", count=6)
    (case,) = look()
    assert case["status"] == "open" and "main" in case["title"] and "trouble of its own" in case["title"]
    assert case["thing_id"] == made["id"]
    assert len(look()) == 1
    (case,) = look()
    assert case["status"] == "resolved"


def test_the_look_comes_back_by_itself(sim: Sim, app: Flask, merchant: Merchant, clock: Clock) -> None:
    opened(merchant, sim.config("key"))
    sim.fault("query", "error_before", count=3)
    with app.app_context():
        arming.arm_periodic({})
    clock.passes(hours=19)
    with merchant.inside(), reading():
        (case,) = all_of(Case, 1, Case.kind == "alipay_account")
    assert "trouble of its own" in case.title
