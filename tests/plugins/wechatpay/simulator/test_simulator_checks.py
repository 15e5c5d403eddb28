"""What the simulated WeChat Pay refuses at its door: unsigned, old, altered by one bit, not after the manual."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from core import clock
from plugins.wechatpay.simulator import crypto
from plugins.wechatpay.simulator.keys import read_private
from tests.plugins.wechatpay.callers import Caller
from tests.plugins.wechatpay.simulator.test_simulator_orders import refused
from tests.plugins.wechatpay.simulators import Wechat
from tests.plugins.wechatpay.vectors import KEYS, VECTORS, decoded

TARGET = "/v3/pay/transactions/native"


def raw(url: str, method: str, target: str, headers: dict[str, str], body: bytes) -> int:
    """The status of a call whose every byte is ours."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": "sim", "Content-Length": str(len(body)), **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse().status
    finally:
        connection.close()


def flipped(text: str, place: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


def test_a_flip_of_any_byte_of_the_body_is_noticed(shop: Caller) -> None:
    body = json.dumps(shop.order("P1001-1")).encode()
    headers = shop.headers("POST", TARGET, body)
    for place in range(len(body)):
        spoilt = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert raw(shop.url, "POST", TARGET, headers, spoilt) == 401, spoilt
    assert raw(shop.url, "POST", TARGET, headers, body) == 200


def test_a_flip_of_any_byte_of_path_and_query_is_noticed(shop: Caller) -> None:
    shop.prepay("P1001-1")
    target = f"/v3/pay/transactions/out-trade-no/P1001%2D1?mchid={shop.settings['mchid']}"
    headers = shop.headers("GET", target, b"")
    for place in range(1, len(target)):
        assert raw(shop.url, "GET", flipped(target, place), headers, b"") == 401, flipped(target, place)
    assert raw(shop.url, "GET", target, headers, b"") == 200


def test_a_flip_of_any_byte_of_the_authorization_is_noticed(shop: Caller) -> None:
    shop.prepay("P1001-1")
    target = f"/v3/pay/transactions/out-trade-no/P1001-1?mchid={shop.settings['mchid']}"
    headers = shop.headers("GET", target, b"")
    whole = headers["Authorization"]
    for place in range(len(whole)):
        spoilt = headers | {"Authorization": flipped(whole, place)}
        assert raw(shop.url, "GET", target, spoilt, b"") == 401, spoilt["Authorization"]
    assert raw(shop.url, "GET", target, headers, b"") == 200


def test_the_method_is_signed_too(shop: Caller) -> None:
    target = f"/v3/pay/transactions/out-trade-no/P1001-1/close?mchid={shop.settings['mchid']}"
    assert raw(shop.url, "POST", target, shop.headers("GET", target, b""), b"") == 401


def test_what_we_built_is_told_so_that_the_caller_can_compare(shop: Caller) -> None:
    answer = shop.send("GET", "/v3/certificates", signature="AAAA")
    detail = refused(answer, 401, "SIGN_ERROR")["detail"]
    told = detail["sign_information"]
    assert told["method"] == "GET" and told["url"] == "/v3/certificates"
    assert told["truncated_sign_message"].startswith("GET\n/v3/certificates\n")
    assert answer.headers["Request-ID"].endswith("-268443699")


@pytest.mark.parametrize(("away", "status"), [(300, 404), (-300, 404), (301, 401), (-301, 401)])
def test_clocks_may_differ_by_300_seconds(shop: Caller, away: int, status: int) -> None:
    moment = str(int(clock.now().timestamp()) + away)
    assert shop.send("GET", "/v3/certificates", timestamp=moment).status_code == status


@pytest.mark.parametrize(
    "changes", [{"mchid": "1900000199"}, {"serial_no": "0" * 40}, {"nonce_str": "x" * 33}, {"nonce_str": ""}]
)
def test_unknown_signers_are_refused(shop: Caller, changes: dict[str, str]) -> None:
    refused(shop.send("GET", "/v3/certificates", **changes), 401, "SIGN_ERROR")


@pytest.mark.parametrize("name", ["User-Agent", "Accept"])
def test_a_call_says_who_it_is_and_what_it_takes(shop: Caller, name: str) -> None:
    headers = shop.headers("GET", "/v3/certificates", b"")
    del headers[name]
    assert raw(shop.url, "GET", "/v3/certificates", headers, b"") == 400


def test_a_nonce_serves_once_where_the_switch_says_so(sim: Wechat, shop: Caller) -> None:
    assert [shop.send("GET", "/v3/certificates", nonce_str="a" * 32).status_code for _ in range(2)] == [404, 404]
    sim.switch(refuse_used_nonces=True)
    assert [shop.send("GET", "/v3/certificates", nonce_str="b" * 32).status_code for _ in range(2)] == [404, 401]


def test_what_is_nowhere_is_404_and_the_wrong_method_405(shop: Caller) -> None:
    refused(shop.send("GET", "/v3/nothing"), 404, "RESOURCE_NOT_EXISTS")
    assert shop.send("GET", TARGET).status_code == 405
    assert raw(shop.url, "GET", "/v3/nothing", {}, b"") == 400, "who is not signed learns nothing"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": "1290"}}, "/amount/total"),
        ({"amount": {"total": True}}, "/amount/total"),
        ({"amount": {"total": 12.9}}, "/amount/total"),
        ({"amount": {"total": 1, "currency": "USD"}}, "/amount/currency"),
        ({"attach": None}, "/attach"),
        ({"attach": "x" * 129}, "/attach"),
        ({"description": "tea \U0001f375"}, "/description"),
        ({"description": "茶" * 128}, "/description"),
        ({"description": "\ud83c"}, "/description"),
        ({"description": ""}, "/description"),
        ({"out_trade_no": "P1001"}, "/out_trade_no"),
        ({"out_trade_no": "P1001 1"}, "/out_trade_no"),
        ({"out_trade_no": "P" * 33}, "/out_trade_no"),
        ({"notify_url": "https://shop.example/n?a=1"}, "/notify_url"),
        ({"notify_url": "shop.example/n"}, "/notify_url"),
        ({"time_expire": "tomorrow"}, "/time_expire"),
        ({"time_expire": "2026-13-01T10:00:00+08:00"}, "/time_expire"),
        ({"payer": {"openid": "o"}}, "/payer"),
        ({"profit_sharing": True}, "/profit_sharing"),
        ({"settle_info": {"profit_sharing": "yes"}}, "/settle_info/profit_sharing"),
        ({"limit_pay": ["no_money"]}, "/limit_pay/0"),
        ({"detail": {"goods_detail": [{"quantity": 1, "unit_price": 1}]}}, "/detail/goods_detail/0/merchant_goods_id"),
        ({"scene_info": {"payer_client_ip": "here"}}, "/scene_info/payer_client_ip"),
    ],
)
def test_a_body_that_is_not_after_the_manual_is_refused_by_field(
    shop: Caller, change: dict[str, Any], field: str
) -> None:
    answer = shop.send("POST", TARGET, shop.order("P1001-1") | change)
    detail = refused(answer, 400, "PARAM_ERROR")["detail"]
    assert (detail["field"], detail["location"]) == (field, "body")


@pytest.mark.parametrize("missing", ["appid", "description", "out_trade_no", "notify_url", "amount"])
def test_what_must_be_there_is_missed(shop: Caller, missing: str) -> None:
    body = shop.order("P1001-1")
    del body[missing]
    assert refused(shop.send("POST", TARGET, body), 400, "PARAM_ERROR")["detail"]["field"] == f"/{missing}"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null"])
def test_a_body_is_a_json_object(shop: Caller, body: bytes) -> None:
    refused(shop.send("POST", TARGET, body), 400, "PARAM_ERROR")


def test_an_unknown_query_parameter_is_refused(shop: Caller) -> None:
    shop.prepay("P1001-1")
    words = f"?mchid={shop.settings['mchid']}"
    for more in ("&sub_mchid=1", words.replace("?", "&")):
        refused(shop.send("GET", f"{shop.root}/out-trade-no/P1001-1{words}{more}"), 400, "PARAM_ERROR")


@pytest.mark.parametrize("case", VECTORS["request_signature"], ids=lambda case: str(case["name"]))
def test_our_way_to_read_a_signature_agrees_with_the_vectors(case: dict[str, Any]) -> None:
    parts = case["method"], case["request_target"], case["timestamp"], case["nonce_str"], decoded(case, "body")
    key = read_private(KEYS["merchant_private_key_pem"])
    assert crypto.lines(*parts) == decoded(case, "message")
    assert crypto.is_signed(key.public_key(), decoded(case, "message"), case["signature"])
    assert not crypto.is_signed(key.public_key(), decoded(case, "message") + b" ", case["signature"])


@pytest.mark.parametrize("case", VECTORS["response_signature"], ids=lambda case: str(case["name"]))
def test_our_way_to_sign_agrees_with_the_vectors(case: dict[str, Any]) -> None:
    headers, names = case["headers"], [name for name in KEYS if name.endswith("private_key_pem")]
    message = crypto.lines(headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"], decoded(case, "body"))
    assert message == decoded(case, "message")
    signatures = [crypto.sign(read_private(KEYS[name]), message) for name in names]
    assert headers["Wechatpay-Signature"] in signatures
