"""The simulated gateway's own rules: who is let in, when a trade is born, and what becomes of it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from core import clock
from plugins.alipay import calls, pem
from plugins.alipay.signature import holds, sign, signed_text
from tests.plugins.alipay.shops import NOBODY, shop
from tests.plugins.alipay.simulators import Sim

Passes = Callable[..., None]
ORDER = {"out_trade_no": "P1", "total_amount": "49.00", "subject": "茶"}


def send(sim: Sim, asked: str, biz: Any, *, role: str = "key", **changes: str) -> dict[str, Any]:
    """One call of an app, signed; its node. :param changes: public parameters; an empty one is left out."""
    account = shop(sim, role)
    call = calls.Call(asked, json.dumps(biz) if not isinstance(biz, str) else biz, {"notify_url": NOBODY})
    params = {**calls.signed(account, call, clock.now()), **changes}
    params.pop("sign")
    params = {name: value for name, value in params.items() if value}
    params["sign"] = sign(pem.private_key(account.settings["private_key"]), signed_text(params).encode())
    told = post(sim, params).json()
    return dict(next(value for name, value in told.items() if name not in ("sign", "alipay_cert_sn")))


def post(sim: Sim, params: dict[str, str], query: str = "charset=utf-8") -> httpx.Response:
    """The parameters as they are, in the body."""
    return sim.browser.post(f"{sim.url}/gateway.do?{query}", data=params)


def precreate(sim: Sim, **more: Any) -> dict[str, Any]:
    """A code."""
    return send(sim, "alipay.trade.precreate", {**ORDER, **more})


# ---------------------------------------------------------------------------------------------- the door
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "alipay.trade.fax"}, "isv.invalid-method"),
        ({"method": ""}, "isv.missing-method"),
        ({"timestamp": ""}, "isv.missing-timestamp"),
        ({"timestamp": "2026-03-02T10:00:00"}, "isv.invalid-timestamp"),
        ({"timestamp": "2026-03-02 02:00:00"}, "isv.invalid-timestamp"),
        ({"version": "2.0"}, "isv.invalid-version"),
        ({"charset": "klingon"}, "isv.invalid-parameter"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
        ({"app_id": "2021000000009999"}, "isv.invalid-app-id"),
        ({"app_auth_token": "nobody's"}, "aop.invalid-app-auth-token"),
        ({"return_url": "https://shop.example/?method=x"}, "isv.suspected-attack"),
        ({"encrypt_type": "AES"}, "isv.invalid-encrypt"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_who_does_not_ask_rightly_is_turned_away(sim: Sim, changes: dict[str, str], code: str) -> None:
    assert send(sim, "alipay.trade.precreate", ORDER, **changes)["sub_code"] == code
    assert sim.trades() == []


def test_what_was_changed_on_the_way_is_noticed_and_the_text_that_was_built_is_told(sim: Sim) -> None:
    account = shop(sim)
    params = calls.signed(account, calls.Call("alipay.trade.precreate", json.dumps(ORDER)), clock.now())
    told = post(sim, {**params, "biz_content": params["biz_content"].replace("49.00", "0.01")}).json()
    assert "sign" not in told
    node = told["error_response"]
    assert node["sub_code"] == "isv.invalid-signature" and '"total_amount": "0.01"' in node["sub_msg"]


def test_parameters_may_stand_in_the_address_too_but_not_say_two_things(sim: Sim) -> None:
    account = shop(sim)
    params = calls.signed(account, calls.Call("alipay.trade.precreate", json.dumps(ORDER)), clock.now())
    good = sim.browser.get(f"{sim.url}/gateway.do?{urlencode(params)}")
    assert good.json()["alipay_trade_precreate_response"]["code"] == "10000"
    assert good.headers["content-type"] == "text/html;charset=utf-8" and good.headers["trace_id"]
    assert "https:\\/\\/qr.alipay.com" in good.text, "slashes as the gateway writes them"
    twice = post(sim, params, "charset=gbk").json()
    assert twice["error_response"]["sub_code"] == "isv.invalid-parameter"


@pytest.mark.parametrize(
    "biz",
    [
        "hello",
        "[]",
        {**ORDER, "total_amount": "49.001"},
        {**ORDER, "total_amount": "0.00"},
        {**ORDER, "subject": "a/b"},
        {**ORDER, "out_trade_no": "P-1"},
        {**ORDER, "colour": "red"},
        {name: value for name, value in ORDER.items() if name != "subject"},
        {**ORDER, "time_expire": "soon"},
        {**ORDER, "timeout_express": "1.5h"},
        {**ORDER, "time_expire": "2026-03-02 09:59:59"},
        {**ORDER, "time_expire": "2026-04-02 10:00:00"},
    ],
    ids=lambda value: str(value)[-60:],
)
def test_what_biz_content_must_not_hold_is_refused(sim: Sim, biz: Any) -> None:
    node = send(sim, "alipay.trade.precreate", biz)
    assert node["code"] == "40004" and node["sub_code"].startswith("ACQ.")
    assert sim.trades() == []


# ---------------------------------------------------------------------------------------------- a trade's life
def test_a_trade_is_born_when_it_is_scanned_not_when_the_code_is_made(sim: Sim) -> None:
    code = precreate(sim)["qr_code"]
    for method in ("query", "close", "refund"):
        biz = {
            "out_trade_no": "P1",
            **({"refund_amount": "1.00", "out_request_no": "R1"} if method == "refund" else {}),
        }
        assert send(sim, f"alipay.trade.{method}", biz)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    sim.open(qr_code=code)
    assert send(sim, "alipay.trade.query", {"out_trade_no": "P1"})["trade_status"] == "WAIT_BUYER_PAY"
    assert len(sim.trade("P1")["trade_no"]) == 28


def test_a_code_is_good_for_two_hours_and_a_trade_as_long_as_it_says(sim: Sim, passes: Passes) -> None:
    code = precreate(sim)["qr_code"]
    other = precreate(sim, out_trade_no="P2", timeout_express="30m")["qr_code"]
    sim.open(qr_code=other)
    passes(minutes=30)
    assert sim.trade("P2")["trade_status"] == "TRADE_CLOSED"
    passes(minutes=90)
    with pytest.raises(AssertionError, match="too old"):
        sim.open(qr_code=code)


@pytest.mark.parametrize("express", ["1m", "2h", "1d", "1c"])
def test_time_is_up_by_minutes_hours_days_and_midnight(sim: Sim, passes: Passes, express: str) -> None:
    seconds = {"1m": 60, "2h": 7200, "1d": 86400, "1c": 14 * 3600}[express]
    sim.open(qr_code=precreate(sim, timeout_express=express)["qr_code"])
    passes(seconds=seconds - 1)
    assert sim.trade("P1")["trade_status"] == "WAIT_BUYER_PAY"
    passes(seconds=1)
    assert sim.trade("P1")["trade_status"] == "TRADE_CLOSED"


def test_cancelling_closes_what_is_unpaid_and_gives_back_what_is_paid_within_a_day(sim: Sim, passes: Passes) -> None:
    assert "action" not in send(sim, "alipay.trade.cancel", {"out_trade_no": "P9"})
    sim.open(qr_code=precreate(sim)["qr_code"])
    assert send(sim, "alipay.trade.cancel", {"out_trade_no": "P1"})["action"] == "close"
    for number, hours in (("P2", 0), ("P3", 25)):
        sim.pay(qr_code=precreate(sim, out_trade_no=number)["qr_code"])
        passes(hours=hours)
        told = send(sim, "alipay.trade.cancel", {"out_trade_no": number})
        assert told.get("action", told.get("sub_code")) == ("ACQ.TRADE_CANCEL_TIME_OUT" if hours else "refund")
    assert [sim.trade(number)["refunded"] for number in ("P2", "P3")] == [4900, 0]


def test_refunds_in_parts_and_their_refusals(sim: Sim) -> None:
    sim.pay(qr_code=precreate(sim)["qr_code"])

    def refund(amount: str, number: str | None = "R1") -> dict[str, Any]:
        biz = {"out_trade_no": "P1", "refund_amount": amount, **({"out_request_no": number} if number else {})}
        return send(sim, "alipay.trade.refund", biz)

    assert refund("1.00", None)["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    first, again = refund("0.29"), refund("0.29")
    assert (first["fund_change"], first["refund_fee"]) == ("Y", "0.29")
    assert (again["fund_change"], again["refund_fee"]) == ("N", "0.29")
    assert refund("0.30")["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
    assert refund("48.72", "R2")["sub_code"] == "ACQ.REASON_TRADE_REFUND_FEE_ERR"
    sim.switch(refund_spacing=3)
    assert refund("1.00", "R2")["sub_code"] == "ACQ.FREQUENCY_LIMITED"
    sim.switch(refund_spacing=0, poor=["key"])
    assert refund("1.00", "R2")["sub_code"] == "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    sim.switch(poor=[])
    assert refund("48.71", "R2")["refund_fee"] == "49.00"
    assert refund("48.71", "R2")["fund_change"] == "N", "a repeat, though the trade is closed"
    assert refund("0.01", "R3")["sub_code"] == "ACQ.TRADE_HAS_CLOSE"


# ---------------------------------------------------------------------------------------------- pages, control
def test_the_cashier_and_the_console_show_what_there_is(sim: Sim) -> None:
    account = shop(sim)
    call = calls.Call("alipay.trade.page.pay", json.dumps({**ORDER, "product_code": "x"}))
    params = calls.signed(account, call, clock.now())
    cashier = sim.goes_to(f"{sim.url}/gateway.do?{urlencode(params)}")
    assert "49.00" in sim.browser.get(cashier).text
    assert "not opened" in sim.browser.get(sim.url).text
    sim.browser.post(cashier, data={"do": "scan"})
    assert sim.trade("P1")["opened"] and not sim.trade("P1")["paid"]
    assert "TRADE_SUCCESS" in sim.browser.post(cashier, data={"do": "pay"}).text
    assert "the trade is paid" in sim.browser.post(cashier, data={"do": "pay"}).text
    assert sim.browser.get(f"{sim.url}/cashier/nobody").status_code == 404


def test_the_control_api_is_opened_by_its_word_and_teaches(sim: Sim) -> None:
    assert sim.browser.get(f"{sim.url}/_sim/config").status_code == 401
    for what, given, words in (
        ("fax", {}, "there is no POST fax"),
        ("faults", {"verb": "query", "kind": "sneeze"}, "there is no fault 'sneeze' of query"),
        ("faults", {"verb": "fax", "kind": "slow"}, "there is no verb"),
        ("switches", {"colour": 1}, "there is no switch 'colour'"),
        ("switches", {"poor": "key"}, "takes a tuple"),
        ("pay", {"out_trade_no": "P9"}, "there are 0 trades"),
        ("pay", {}, "'out_trade_no' is needed"),
        ("forge", {"kind": "sneeze"}, "accepted: kind"),
        ("bills", {"seller_id": "1", "day": "2026-03-02", "change": "eat"}, "there is no change 'eat'"),
    ):
        with pytest.raises(AssertionError, match=words):
            sim.post(what, given)


def test_what_a_browser_brings_back_is_signed(sim: Sim) -> None:
    account = shop(sim)
    biz = json.dumps({**ORDER, "product_code": "x"})
    call = calls.Call("alipay.trade.page.pay", biz, {"return_url": "https://shop.example/r"})
    cashier = sim.goes_to(f"{sim.url}/gateway.do?{urlencode(calls.signed(account, call, clock.now()))}")
    back = sim.browser.post(cashier, data={"do": "pay"}).headers["Location"]
    told = dict(parse_qsl(back.partition("?")[2]))
    text = signed_text(told, without=("sign", "sign_type"))
    key = pem.public_key(account.settings["alipay_public_key"])
    assert holds(key, text.encode(), told["sign"]) and told["method"] == "alipay.trade.page.pay.return"
