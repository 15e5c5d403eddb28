"""The client on bad days: what it repeats, what it believes, and what it calls doubt."""

import logging
from typing import Any

import pytest

from core.errors import ChannelDown, ChannelUnsure
from plugins.wechatpay.calls import Call
from plugins.wechatpay.client import BUDGET, TRIES, Client
from plugins.wechatpay.refusals import ApiError
from tests.plugins.wechatpay.stand_in import (
    CERTIFICATE,
    PUBLIC_KEY,
    Asked,
    Reply,
    StandIn,
    free_port,
    sealed_certificates,
)
from tests.plugins.wechatpay.vectors import KEYS, account

POST = Call("POST", "/v3/pay/transactions/native", '{"description":"茶"}'.encode())
GET = Call("GET", "/v3/refund/domestic/refunds/R%7C20260101%2A1?sub_mchid=1")
GOOD = Reply(body={"code_url": "weixin://x"})
REFUSED = Reply(400, {"code": "PARAM_ERROR", "message": "wrong", "detail": {"field": "/amount", "value": "secret"}})


def test_what_is_signed_is_what_is_sent(wechat: StandIn, client: Client) -> None:
    wechat.says(GOOD)
    shop = account(base_url=wechat.url)
    for call in (POST, GET, Call("GET", "/v3/pay/transactions/out-trade-no/a%20b%E8%8C%B6?mchid=1900000109")):
        assert client.ask(shop, call).data == GOOD.body
        asked = wechat.asked[-1]
        assert asked.is_authentic and (asked.target, asked.body) == (call.target, call.body)
        assert asked.signed["serial_no"] == KEYS["merchant_cert_serial_no"]
        assert asked.headers["wechatpay-serial"] == PUBLIC_KEY and asked.headers["user-agent"]
        assert asked.headers["accept"] == "application/json"
        assert asked.headers.get("content-type") == ("application/json" if call.body else None)


def test_an_empty_answer_is_verified_too(wechat: StandIn, client: Client) -> None:
    wechat.says(Reply(204))
    assert client.ask(account(base_url=wechat.url), POST).data == {}
    wechat.says(Reply(204, fault="unsigned"))
    with pytest.raises(ChannelUnsure):
        client.ask(account(base_url=wechat.url), POST)


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(500, {"code": "SYSTEM_ERROR", "message": "later"}, signed=False),
        Reply(502, signed=False),
        Reply(302, signed=False, headers={"Location": "https://elsewhere.example/"}),
        *(Reply(body={"code_url": "weixin://forged"}, fault=fault) for fault in
          ("unsigned", "bad_signature", "probe", "stale", "unknown_serial", "cut", "half", "silent")),
    ],
    ids=lambda reply: reply.fault or str(reply.status),
)  # fmt: skip
def test_doubt_is_asked_again_with_the_same_body_and_a_new_signature(
    wechat: StandIn, client: Client, pauses: list[float], trouble: Reply
) -> None:
    shop = account(base_url=wechat.url)
    wechat.says(trouble, GOOD)
    assert client.ask(shop, POST).data == GOOD.body
    first, second = wechat.asked
    assert first.body == second.body == POST.body and second.is_authentic
    assert first.signed["nonce_str"] != second.signed["nonce_str"] and len(pauses) == 1
    wechat.asked.clear()
    wechat.says(trouble)
    with pytest.raises(ChannelUnsure):
        client.ask(shop, POST)
    assert len(wechat.asked) == TRIES


def test_who_is_told_to_slow_down_waits_longer_and_gives_up_knowing_nothing_was_done(
    wechat: StandIn, client: Client, pauses: list[float]
) -> None:
    busy = Reply(429, {"code": "FREQUENCY_LIMITED", "message": "slow down"}, signed=False)
    shop = account(base_url=wechat.url)
    wechat.says(busy, GOOD)
    assert client.ask(shop, POST).data == GOOD.body
    assert pauses[0] >= 1
    wechat.says(busy)
    with pytest.raises(ChannelDown):
        client.ask(shop, POST)
    assert sum(pauses) < BUDGET / 2


@pytest.mark.parametrize("later", ["429", "unreached", "refused without a signature", "signed and busy"])
def test_a_doubt_stays_a_doubt_whatever_is_heard_without_proof_later(
    wechat: StandIn, client: Client, later: str
) -> None:
    doubt = Reply(500, {"code": "SYSTEM_ERROR", "message": "later"}, signed=False)
    after = {
        "429": Reply(429, {"code": "RATELIMIT_EXCEEDED", "message": "slow"}),
        "unreached": doubt,
        "refused without a signature": Reply(404, {"code": "ORDER_NOT_EXIST", "message": "no"}, signed=False),
        "signed and busy": Reply(403, {"code": "FREQUENCY_LIMITED", "message": "slow"}),
    }[later]
    standby = {"standby_url": free_port()} if later == "unreached" else {}
    wechat.says(doubt, after)
    with pytest.raises(ChannelUnsure):
        client.ask(account(base_url=wechat.url, **standby), POST)


def test_a_refusal_that_is_signed_ends_the_doubt(wechat: StandIn, client: Client) -> None:
    wechat.says(Reply(500, signed=False), REFUSED)
    with pytest.raises(ApiError) as told:
        client.ask(account(base_url=wechat.url), POST)
    assert (told.value.code, told.value.signed, told.value.status) == ("PARAM_ERROR", True, 400)


def test_a_refusal_is_told_as_it_is_and_not_repeated(wechat: StandIn, client: Client) -> None:
    wechat.says(Reply(400, REFUSED.body, signed=False, headers={"Request-ID": "08F9-268435461"}))
    with pytest.raises(ApiError) as told:
        client.ask(account(base_url=wechat.url), POST)
    assert (told.value.code, told.value.signed) == ("PARAM_ERROR", False)
    assert told.value.request_id == "08F9-268435461" and "/amount" in told.value.message
    assert "secret" not in str(told.value) and len(wechat.asked) == 1


@pytest.mark.parametrize("code", ["OPENID_MISMATCH", "INVALID_TRANSACTIONID"])
def test_some_refusals_come_as_500_and_are_final_all_the_same(wechat: StandIn, client: Client, code: str) -> None:
    wechat.says(Reply(500, {"code": code, "message": "no"}))
    with pytest.raises(ApiError):
        client.ask(account(base_url=wechat.url), POST)
    assert len(wechat.asked) == 1


def test_a_host_that_is_not_there_gives_way_to_the_standby(wechat: StandIn, client: Client) -> None:
    wechat.says(GOOD)
    shop = account(base_url=free_port(), standby_url=wechat.url)
    assert client.ask(shop, POST).data == GOOD.body
    with pytest.raises(ChannelDown):
        client.ask(account(base_url=free_port()), POST)


def test_an_answer_without_end_is_doubt(wechat: StandIn, client: Client) -> None:
    wechat.says(Reply(body={"code_url": "x" * 2_100_000}))
    with pytest.raises(ChannelUnsure):
        client.ask(account(base_url=wechat.url), POST)


# ---------------------------------------------------------------------------------------------- certificates
def test_an_account_without_a_public_key_fetches_the_certificates_once(wechat: StandIn, client: Client) -> None:
    def rule(asked: Asked) -> Reply:
        return sealed_certificates() if "certificates" in asked.target else Reply(body={"n": 1}, serial=CERTIFICATE)

    wechat.answers_by(rule)
    shop = account(trust="certificates", base_url=wechat.url)
    assert client.ask(shop, GET).data == client.ask(shop, GET).data == {"n": 1}
    assert [asked.target for asked in wechat.asked] == [GET.target, "/v3/certificates", GET.target]
    assert all("wechatpay-serial" not in asked.headers for asked in wechat.asked)


def test_who_is_switching_over_believes_both_the_public_key_and_the_certificate(
    wechat: StandIn, client: Client
) -> None:
    signers = [PUBLIC_KEY, CERTIFICATE, PUBLIC_KEY]

    def rule(asked: Asked) -> Reply:
        if "certificates" in asked.target:
            return sealed_certificates()
        return Reply(body={"n": 1}, serial=signers.pop(0))

    wechat.answers_by(rule)
    shop = account(base_url=wechat.url)
    for _ in range(3):
        assert client.ask(shop, GET).data == {"n": 1}


@pytest.mark.parametrize("fault", ["unsigned", "bad_signature", "stale", "cut"])
def test_certificates_that_do_not_prove_themselves_are_not_taken(wechat: StandIn, client: Client, fault: str) -> None:
    reply = sealed_certificates()
    reply.fault = fault
    wechat.says(reply)
    shop = account(trust="certificates", base_url=wechat.url)
    with pytest.raises(ChannelDown):
        client.certificates(shop)
    wechat.says(sealed_certificates())
    with pytest.raises(ChannelDown, match="apiv3_key"):
        client.certificates(account(trust="certificates", base_url=wechat.url, apiv3_key="n" * 32))
    assert client.certificates(shop).entries


# ---------------------------------------------------------------------------------------------- what is told
def test_the_log_tells_the_call_and_no_secret(
    wechat: StandIn, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    wechat.says(Reply(body={"prepay_id": "wx-canary-1"}), Reply(400, {"code": "NO_AUTH", "message": "canary-2"}))
    shop = account(base_url=wechat.url)
    with caplog.at_level(logging.DEBUG, logger="merx"):
        client.ask(shop, POST)
        with pytest.raises(ApiError):
            client.ask(shop, POST)
    told = caplog.text
    assert "POST" in told and POST.target in told and "200" in told and "NO_AUTH" in told and "REQ-0" in told
    secrets: list[Any] = [KEYS["apiv3_key"], "PRIVATE KEY", "signature=", "canary", "茶"]
    assert not [secret for secret in secrets if secret in told]
    assert "PRIVATE KEY" not in repr(shop)
