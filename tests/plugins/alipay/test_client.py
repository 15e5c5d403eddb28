"""The client on bad days: what it repeats, what it believes, and what it calls doubt; over a real socket."""

import logging

import pytest

from core.errors import ChannelDown, ChannelUnsure
from plugins.alipay import calls
from plugins.alipay.answers import Throttled
from plugins.alipay.client import BUDGET, TRIES, Client
from plugins.alipay.refusals import ApiError
from tests.plugins.alipay.shops import asked, back, shop
from tests.plugins.alipay.simulators import Sim

DOUBTFUL = (
    "error_before", "error_after", "system_error_after", "sandbox_error_after", "unavailable_before",
    "unavailable_after", "cut_before", "cut_after", "bad_signature", "sha1", "unsigned", "wrong_key", "altered",
    "duplicate", "html",
)  # fmt: skip


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_doubt_is_asked_again_under_the_same_number_and_stays_doubt(
    sim: Sim, client: Client, pauses: list[float], kind: str
) -> None:
    account, call = shop(sim), calls.pay(shop(sim), asked("P1"))
    sim.fault("precreate", kind)
    assert client.ask(account, call).data["out_trade_no"] == "P1"
    assert len(pauses) == 1 and [one["out_trade_no"] for one in sim.trades()] == ["P1"]
    sim.fault("precreate", kind, TRIES)
    with pytest.raises(ChannelUnsure):
        client.ask(account, call)
    assert sim.get("config")["faults"] == {}, "each try met one"


@pytest.mark.parametrize("kind", ["brace", "spaced"])
def test_what_only_looks_odd_is_believed(sim: Sim, client: Client, kind: str) -> None:
    sim.fault("precreate", kind)
    assert client.ask(shop(sim), calls.pay(shop(sim), asked("P1"))).data["qr_code"].startswith("https://qr.alipay.com/")


def test_no_answer_in_time_is_doubt(sim: Sim, client: Client) -> None:
    sim.pay(qr_code=_placed(sim, client, "P1"))
    sim.fault("refund", "timeout_after", TRIES, 0.8)
    with pytest.raises(ChannelUnsure, match="no answer to the end"):
        client.ask(shop(sim), calls.refund(shop(sim), back("P1", "R1", 29)))
    assert [one["amount"] for one in sim.refunds()] == [29], "it went back, once, however often we asked"


def _placed(sim: Sim, client: Client, number: str) -> str:
    return str(client.ask(shop(sim), calls.pay(shop(sim), asked(number))).data["qr_code"])


def test_who_is_told_to_slow_down_waits_longer_and_gives_up_knowing_nothing_was_done(
    sim: Sim, client: Client, pauses: list[float]
) -> None:
    call = calls.pay(shop(sim), asked("P1"))
    sim.fault("precreate", "throttled", TRIES)
    with pytest.raises(Throttled):
        client.ask(shop(sim), call)
    assert min(pauses) >= 1 and sum(pauses) < BUDGET / 2 and sim.trades() == []


def test_a_doubt_stays_a_doubt_whatever_is_heard_later(sim: Sim, client: Client) -> None:
    sim.fault("precreate", "cut_after")
    sim.fault("precreate", "throttled", TRIES - 1)
    with pytest.raises(ChannelUnsure):
        client.ask(shop(sim), calls.pay(shop(sim), asked("P1")))
    assert [one["out_trade_no"] for one in sim.trades()] == ["P1"], "the first try had its effect"


@pytest.mark.parametrize("signed", [True, False])
def test_an_app_nobody_knows_is_turned_away_with_or_without_a_signature(sim: Sim, client: Client, signed: bool) -> None:
    sim.switch(sign_errors=signed)
    account = shop(sim, settings={"app_id": "2021000000009999"})
    with pytest.raises(ApiError) as told:
        client.ask(account, calls.pay(account, asked("P1")))
    assert (told.value.code, told.value.gateway, told.value.signed) == ("isv.invalid-app-id", "40002", False)


def test_the_gateways_refusal_is_definite_and_not_repeated(sim: Sim, client: Client, pauses: list[float]) -> None:
    wrong = shop(sim, settings={"private_key": sim.config("sealed")["private_key"]})
    with pytest.raises(ApiError) as told:
        client.ask(wrong, calls.pay(wrong, asked("P1")))
    assert told.value.code == "isv.invalid-signature" and "biz_content=" in told.value.message
    assert pauses == [] and sim.trades() == []


def test_nobody_at_home_is_never_reached(sim: Sim, client: Client) -> None:
    gone = shop(sim, settings={"gateway_url": "http://127.0.0.1:9/gateway.do"})
    with pytest.raises(ChannelDown):
        client.ask(gone, calls.query(gone, "P1"))


@pytest.mark.parametrize("role", ["key", "certificate", "sealed"])
def test_every_kind_of_app_is_heard_and_believed(sim: Sim, client: Client, role: str) -> None:
    account = shop(sim, role)
    assert client.ask(account, calls.pay(account, asked("P1"))).data["out_trade_no"] == "P1"
    with pytest.raises(ApiError) as told:
        client.ask(account, calls.query(account, "P1"))
    assert (told.value.code, told.value.signed) == ("ACQ.TRADE_NOT_EXIST", True), "nobody has scanned it"


def test_no_key_signature_or_content_is_logged(sim: Sim, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    account = shop(sim, settings={"gateway_url": sim.config("key")["gateway_url"]})
    with caplog.at_level(logging.INFO, "merx.alipay"):
        sim.fault("precreate", "error_before")
        client.ask(account, calls.pay(account, asked("P1")))
    assert len(caplog.records) == 2 and "alipay.trade.precreate at 127.0.0.1" in caplog.text
    for secret in (account.settings["private_key"][100:140], "biz_content", "sign=", "total_amount"):
        assert secret not in caplog.text
