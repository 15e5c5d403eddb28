"""Somebody else's client, wechatpayv3 from PyPI and unchanged, pays, asks, closes, refunds and hears notices here.

It knows one address only, https://api.mch.weixin.qq.com, and reaches the simulator there through a proxy.
Its clock is the machine's, so time runs in these tests.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from tests.plugins.wechatpay.callers import Ear, listening
from tests.plugins.wechatpay.foreign import gateway
from tests.plugins.wechatpay.simulators import Wechat

SUB = {"sub_mchid": "1900000201"}
DONE = {"total": 1290, "currency": "CNY"}
Way = tuple[Wechat, str]
Heard = tuple[str, Ear]


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    with gateway(tmp_path_factory.mktemp("gateway")) as opened:
        yield opened


@pytest.fixture
def ear() -> Iterator[Heard]:
    with listening() as opened:
        yield opened


def sdk(way: Way, name: str, notify_url: str, kind: WeChatPayType = WeChatPayType.NATIVE) -> WeChatPay:
    wechat, proxy = way
    known = wechat.config(name)
    return WeChatPay(
        wechatpay_type=kind,
        mchid=known["mchid"],
        private_key=known["private_key"],
        cert_serial_no=known["serial_no"],
        appid=known["appid"],
        apiv3_key=known["apiv3_key"],
        notify_url=notify_url,
        partner_mode=known["mode"] == "partner",
        proxy={"https": proxy},
        timeout=(5, 10),
        public_key=known.get("public_key"),
        public_key_id=known.get("public_key_id"),
    )


def said(answer: tuple[int, Any], status: int = 200) -> Any:
    code, text = answer
    assert code == status, text
    return json.loads(text) if text else None


@pytest.mark.parametrize("name", ["public_key", "certificate", "mixed", "provider"])
def test_the_sdk_takes_money_and_gives_it_back(way: Way, ear: Heard, name: str) -> None:
    wechat, url, sub = way[0], ear[0], SUB if name == "provider" else {}
    wechat.switch(refund_seconds=-1)
    client, number = sdk(way, name, url), uuid4().hex
    placed = said(client.pay("订单 1001", number, DONE, **sub))
    assert said(client.query(out_trade_no=number, **sub))["trade_state"] == "NOTPAY"

    wechat.pay(code_url=placed["code_url"], coupon=90)
    assert all(one["accepted"] for one in wechat.flush())
    headers, body, _ = ear[1].last()
    notice = client.callback(headers, body)
    assert notice["event_type"] == "TRANSACTION.SUCCESS"
    assert notice["resource"]["out_trade_no"] == number
    assert notice["resource"]["amount"]["payer_total"] == 1200
    assert json.loads(client.decrypt_callback(headers, body)) == notice["resource"]
    asked = said(client.query(transaction_id=notice["resource"]["transaction_id"], **sub))
    assert (asked["trade_state"], asked["amount"]["total"]) == ("SUCCESS", 1290)
    said(client.close(number, **sub), 400)

    refund = {"refund": 645, "total": 1290, "currency": "CNY"}
    assert said(client.refund(f"R{number}", refund, out_trade_no=number, **sub))["status"] == "PROCESSING"
    wechat.refund_ends(f"R{number}", "SUCCESS")
    assert all(one["accepted"] for one in wechat.flush())
    headers, body, _ = ear[1].last()
    assert client.callback(headers, body)["resource"]["refund_status"] == "SUCCESS"
    back = said(client.query_refund(f"R{number}", **sub))
    assert (back["status"], back["amount"]["payer_refund"]) == ("SUCCESS", 600)


@pytest.mark.parametrize("name", ["public_key", "certificate"])
def test_the_sdk_closes_an_order(way: Way, ear: Heard, name: str) -> None:
    client, number = sdk(way, name, ear[0]), uuid4().hex
    said(client.pay("Order", number, DONE))
    assert said(client.close(number), 204) is None
    assert said(client.query(out_trade_no=number))["trade_state"] == "CLOSED"


def test_every_way_to_pay_is_open_to_the_sdk(way: Way, ear: Heard) -> None:
    client = sdk(way, "public_key", ear[0])
    h5 = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
    for kind, more, gives in (
        (WeChatPayType.JSAPI, {"payer": {"openid": "oBUYER"}}, "prepay_id"),
        (WeChatPayType.MINIPROG, {"payer": {"openid": "oBUYER"}}, "prepay_id"),
        (WeChatPayType.APP, {}, "prepay_id"),
        (WeChatPayType.H5, {"scene_info": h5}, "h5_url"),
    ):
        assert gives in said(client.pay("Order", uuid4().hex, DONE, pay_type=kind, **more))


def test_the_sdk_follows_a_rotation_of_the_platform_certificate(way: Way, ear: Heard) -> None:
    client, number = sdk(way, "certificate", ear[0]), uuid4().hex
    way[0].rotate("certificate")
    said(client.pay("Order", number, DONE))
    for _ in range(4):  # the old and the new one take turns
        assert said(client.query(out_trade_no=number))["trade_state"] == "NOTPAY"


@pytest.mark.parametrize("kind", ["bad_signature", "signtest"])
def test_the_sdk_sees_that_an_answer_is_not_wechats(way: Way, ear: Heard, kind: str) -> None:
    client, number = sdk(way, "public_key", ear[0]), uuid4().hex
    way[0].fault("prepay", kind)
    with pytest.raises(Exception, match="signature"):
        client.pay("Order", number, DONE)
    assert "code_url" in said(client.pay("Order", number, DONE)), "the order stands: asking again gives its token"


@pytest.mark.parametrize("kind", ["bad_signature", "signtest", "wrong_key"])
def test_the_sdk_believes_no_forged_notice(way: Way, ear: Heard, kind: str) -> None:
    client, number = sdk(way, "public_key", ear[0]), uuid4().hex
    said(client.pay("Order", number, DONE))
    way[0].forge(kind, out_trade_no=number)
    headers, body, _ = ear[1].last()
    assert client.callback(headers, body) is None


def test_the_sdk_sends_an_abnormal_refund_elsewhere(way: Way, ear: Heard) -> None:
    client, number = sdk(way, "public_key", ear[0]), uuid4().hex
    way[0].switch(refund_seconds=-1)
    said(client.pay("Order", number, DONE))
    way[0].pay(out_trade_no=number)
    refund = said(client.refund(f"R{number}", {"refund": 1290, **DONE}, out_trade_no=number))
    way[0].refund_ends(f"R{number}", "ABNORMAL")
    again = client.abnormal_refund(
        refund["refund_id"], f"R{number}", "USER_BANK_CARD", "ICBC_DEBIT", "6222000000000000", "李明"
    )
    assert said(again)["status"] == "PROCESSING"
