"""The bad days of the simulated WeChat Pay, on demand: for each call, with or without effect, as often as wanted."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.plugins.wechatpay.callers import Caller
from tests.plugins.wechatpay.simulators import Wechat

Call = Callable[[Caller], httpx.Response]
#: verb -> how it is called, on an order P1001-1 that is paid and has the refund R1001-1
CALLS: dict[str, Call] = {
    "prepay": lambda shop: shop.prepay("P1001-2"),
    "query": lambda shop: shop.query("P1001-1"),
    "close": lambda shop: shop.close_order("P1001-3"),
    "refund": lambda shop: shop.refund("P1001-1", "R1001-2", 100),
    "refund_query": lambda shop: shop.query_refund("R1001-1"),
    "certificates": lambda shop: shop.send("GET", "/v3/certificates"),
    "echo": lambda shop: shop.send("POST", "/v3/security/echo", {"echo_message": "hello"}),
}
EFFECTS: dict[str, Callable[[Wechat], Any]] = {
    "prepay": lambda sim: any(one["out_trade_no"] == "P1001-2" for one in sim.orders()),
    "close": lambda sim: sim.order("P1001-3")["trade_state"] == "CLOSED",
    "refund": lambda sim: len(sim.refunds()) == 2,
}


@pytest.fixture
def busy(sim: Wechat, hire: Callable[[str], Caller]) -> Caller:
    """A merchant with both kinds of keys and something to ask for."""
    shop = hire("mixed")
    for number in ("P1001-1", "P1001-3"):
        shop.prepay(number)
    sim.pay(out_trade_no="P1001-1")
    shop.refund("P1001-1", "R1001-1", 100)
    return shop


@pytest.mark.parametrize("verb", EFFECTS)
@pytest.mark.parametrize(
    ("kind", "status"), [("error_before", 500), ("unavailable_before", 503), ("throttled", 429), ("error_after", 500)]
)
def test_an_error_comes_with_or_without_effect(sim: Wechat, busy: Caller, verb: str, kind: str, status: int) -> None:
    sim.fault(verb, kind)
    assert CALLS[verb](busy).status_code == status
    assert bool(EFFECTS[verb](sim)) == (kind == "error_after")
    assert CALLS[verb](busy).status_code in (200, 204), "the same call again is right"
    assert EFFECTS[verb](sim)


@pytest.mark.parametrize("verb", EFFECTS)
@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_connection_is_cut_before_or_after_the_effect(sim: Wechat, busy: Caller, verb: str, kind: str) -> None:
    sim.fault(verb, kind)
    with pytest.raises(httpx.TransportError):
        CALLS[verb](busy)
    assert bool(EFFECTS[verb](sim)) == (kind == "cut_after")
    assert CALLS[verb](busy).status_code in (200, 204)


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_an_answer_does_not_come_in_time(sim: Wechat, busy: Caller, kind: str) -> None:
    sim.fault("prepay", kind, seconds=30)
    busy.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        CALLS["prepay"](busy)
    assert bool(EFFECTS["prepay"](sim)) == (kind == "timeout_after")


@pytest.mark.parametrize("verb", CALLS)
def test_every_call_meets_its_faults_and_no_others(sim: Wechat, busy: Caller, verb: str) -> None:
    sim.fault(verb, "error_before", count=2)
    for other in CALLS:
        if other != verb:
            assert CALLS[other](busy).status_code in (200, 204), other
    assert [CALLS[verb](busy).status_code == 500 for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize("kind", ["bad_signature", "signtest", "unsigned", "unknown_serial", "bad_serial"])
def test_an_answer_is_not_signed_as_it_must_be(sim: Wechat, busy: Caller, verb: str, kind: str) -> None:
    sim.fault(verb, kind)
    answer = CALLS[verb](busy)
    assert answer.status_code in (200, 204) and not busy.trusts(answer.headers, answer.content)
    again = CALLS[verb](busy)
    assert busy.trusts(again.headers, again.content)


def test_an_answer_is_well_signed_and_too_old(sim: Wechat, busy: Caller) -> None:
    right = int(CALLS["query"](busy).headers["Wechatpay-Timestamp"])
    sim.fault("query", "stale")
    answer = CALLS["query"](busy)
    assert busy.trusts(answer.headers, answer.content)
    assert int(answer.headers["Wechatpay-Timestamp"]) == right - 301


def test_an_answer_drips(sim: Wechat, busy: Caller) -> None:
    sim.fault("query", "slow", seconds=0.5)
    begin = time.monotonic()
    answer = CALLS["query"](busy)
    assert time.monotonic() - begin >= 0.4
    assert busy.trusts(answer.headers, answer.content)


@pytest.mark.parametrize(("kind", "status", "state"), [("paid_before", 400, "SUCCESS"), ("paid_after", 204, "SUCCESS")])
def test_the_buyer_pays_at_the_very_moment_of_the_close(
    sim: Wechat, busy: Caller, kind: str, status: int, state: str
) -> None:
    sim.fault("close", kind)
    assert busy.close_order("P1001-3").status_code == status
    assert sim.order("P1001-3")["trade_state"] == state
    assert any(one["number"] == "P1001-3" for one in sim.notices())


def test_faults_come_in_the_order_they_were_asked_for_and_can_be_cleared(sim: Wechat, busy: Caller) -> None:
    sim.fault("query", "throttled")
    sim.fault("query", "error_before", count=5)
    assert [CALLS["query"](busy).status_code for _ in range(2)] == [429, 500]
    assert sim.get("config")["faults"] == {"query": 4}
    sim.clear_faults()
    assert CALLS["query"](busy).status_code == 200


def test_who_is_not_the_merchant_uses_up_no_fault(sim: Wechat, busy: Caller) -> None:
    sim.fault("certificates", "error_before")
    assert busy.send("GET", "/v3/certificates", signature="AAAA").status_code == 401
    assert CALLS["certificates"](busy).status_code == 500


def test_errors_are_signed_where_the_switch_says_so(sim: Wechat, busy: Caller) -> None:
    assert "Wechatpay-Signature" not in busy.query("P1001-9").headers
    sim.switch(sign_errors=True)
    answer = busy.query("P1001-9")
    assert answer.status_code == 404 and busy.trusts(answer.headers, answer.content)


def test_answers_come_in_another_order_and_with_fields_that_no_manual_knows(busy: Caller) -> None:
    answers = [busy.query("P1001-1").json() for _ in range(14)]
    assert sum("sim_new_field" in one for one in answers) == 2
    assert len({tuple(one) for one in answers}) > 3


@pytest.mark.parametrize(
    ("verb", "kind", "said"), [("pay", "throttled", "no verb"), ("query", "rain", "no fault"), ("notice", "slow", "no")]
)
def test_an_unknown_fault_is_refused_with_what_there_is(sim: Wechat, verb: str, kind: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        sim.fault(verb, kind)
