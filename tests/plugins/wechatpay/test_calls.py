"""What we ask of WeChat Pay, for each way to pay and both modes; and what is refused before anything is sent."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.contracts.payment_channel import PaymentRequest, RefundRequest
from plugins.wechatpay import calls, modes
from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.client import Client
from plugins.wechatpay.refusals import ApiError
from tests.plugins.wechatpay.stand_in import StandIn
from tests.plugins.wechatpay.vectors import KEYS, NOTIFY_URL, SUB_APPID, SUB_MCHID, account, partner

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
OWN_APP = {"sub_mchid": SUB_MCHID, "sub_appid": SUB_APPID}
DIRECT_IDS = {"appid": KEYS["appid"], "mchid": KEYS["mchid"]}
PARTNER_IDS = {"sp_appid": KEYS["appid"], "sp_mchid": KEYS["mchid"], "sub_mchid": SUB_MCHID}


def wish(product: str = "native", **changes: Any) -> PaymentRequest:
    """A buyer's wish to pay 12.90."""
    request = PaymentRequest(
        out_trade_no="P20260302000001", order_number="SO1", amount=1290, currency="CNY", description="Acme SO1",
        product=product, expires_at=NOON + timedelta(minutes=30), input={}, now=NOON,
    )  # fmt: skip
    return replace(request, **changes)


def refund(**changes: Any) -> RefundRequest:
    """A wish to give 2.00 back."""
    request = RefundRequest(
        out_trade_no="P20260302000001", provider_ref="42", out_refund_no="R1", amount=200, paid_amount=1290,
        currency="CNY", reason="damaged", now=NOON,
    )  # fmt: skip
    return replace(request, **changes)


def body(call: calls.Call) -> dict[str, Any]:
    """What is sent."""
    return dict(json.loads(call.body))


def test_an_order_is_placed_with_just_what_is_needed() -> None:
    call = calls.prepay(account(), wish())
    assert (call.method, call.target) == ("POST", "/v3/pay/transactions/native")
    assert body(call) == {
        **DIRECT_IDS,
        "description": "Acme SO1",
        "out_trade_no": "P20260302000001",
        "time_expire": "2026-03-02T12:30:00+08:00",
        "notify_url": NOTIFY_URL,
        "amount": {"total": 1290, "currency": "CNY"},
    }
    assert "time_expire" not in body(calls.prepay(account(), wish(expires_at=None)))


@pytest.mark.parametrize(
    ("product", "path", "more"),
    [
        ("jsapi", "jsapi", {"payer": {"openid": "o1"}}),
        ("mini", "jsapi", {"payer": {"openid": "o1"}}),
        ("app", "app", {}),
        ("h5", "h5", {"scene_info": {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}}),
    ],
)
def test_each_way_to_pay_has_its_path_and_its_own_fields(product: str, path: str, more: dict[str, Any]) -> None:
    request = wish(product, input={"openid": "o1"}, client_ip="203.0.113.7")
    for shop, prefix in ((account(), "/v3/pay/transactions"), (partner(), "/v3/pay/partner/transactions")):
        call = calls.prepay(shop, request)
        assert call.target == f"{prefix}/{path}"
        told = {name: value for name, value in body(call).items() if name in ("payer", "scene_info")}
        wanted = json.loads(json.dumps(more).replace("openid", "sp_openid")) if shop.store else more
        assert told == wanted


def test_the_phone_that_opens_h5_can_be_told() -> None:
    request = wish("h5", client_ip="203.0.113.7", input={"device": "ios"})
    assert body(calls.prepay(account(), request))["scene_info"]["h5_info"] == {"type": "iOS"}


def test_a_provider_names_its_sub_merchant_everywhere() -> None:
    placed = body(calls.prepay(partner(), wish()))
    assert placed.items() >= PARTNER_IDS.items() and not {"mchid", "appid"} & set(placed)
    own = body(calls.prepay(partner(store=OWN_APP), wish("jsapi", input={"openid": "o1"})))
    assert (own["sub_appid"], own["payer"]) == (SUB_APPID, {"sub_openid": "o1"})
    assert calls.query(partner(), "P1").target.endswith(f"?sp_mchid={KEYS['mchid']}&sub_mchid={SUB_MCHID}")
    assert body(calls.close(partner(), "P1")) == {"sp_mchid": KEYS["mchid"], "sub_mchid": SUB_MCHID}
    assert body(calls.refund(partner(), refund()))["sub_mchid"] == SUB_MCHID
    assert calls.query_refund(partner(), "R1").target.endswith(f"/R1?sub_mchid={SUB_MCHID}")


def test_apps_may_differ_by_way_to_pay() -> None:
    shop = account(appids={"mini": "wxmini"})
    request = wish("mini", input={"openid": "o1"})
    assert body(calls.prepay(shop, request))["appid"] == "wxmini" == modes.payee(shop, "mini")["appid"]
    assert body(calls.prepay(shop, wish()))["appid"] == KEYS["appid"] == modes.payee(shop, "native")["appid"]
    provider = partner(store={**OWN_APP, "sub_appids": {"mini": "wxsubmini"}})
    assert body(calls.prepay(provider, request))["sub_appid"] == "wxsubmini" == modes.calling_app(provider, "mini")
    assert body(calls.prepay(provider, wish()))["sub_appid"] == SUB_APPID
    assert modes.payee(provider, "mini") == {"mchid": KEYS["mchid"], "sub_mchid": SUB_MCHID, "appid": KEYS["appid"]}


def test_the_same_wish_is_the_same_bytes() -> None:
    assert calls.prepay(account(), wish()).body == calls.prepay(account(), wish(now=NOON + timedelta(minutes=5))).body
    assert calls.refund(account(), refund()).body == calls.refund(account(), refund(now=NOON + timedelta(1))).body


def test_the_end_of_paying_lies_at_least_a_minute_ahead() -> None:
    late = body(calls.prepay(account(), wish(expires_at=NOON + timedelta(seconds=20))))["time_expire"]
    assert datetime.fromisoformat(late) >= NOON + timedelta(minutes=1)


def test_texts_are_cut_and_lose_what_wechat_pay_refuses() -> None:
    told = body(calls.prepay(account(), wish(description="Tea 🍵 and\ncake " + "茶" * 200)))["description"]
    assert told.startswith("Tea and cake 茶") and len(told) == 127
    assert body(calls.prepay(account(), wish(description="🍵🍰")))["description"] == "SO1"
    assert len(body(calls.refund(account(), refund(reason="x" * 100)))["reason"]) == 80
    assert "reason" not in body(calls.refund(account(), refund(reason="🍵")))


def test_a_refund_names_the_order_both_amounts_and_where_to_tell() -> None:
    assert body(calls.refund(account(), refund())) == {
        "out_trade_no": "P20260302000001",
        "out_refund_no": "R1",
        "reason": "damaged",
        "notify_url": NOTIFY_URL,
        "amount": {"refund": 200, "total": 1290, "currency": "CNY"},
    }
    assert "notify_url" not in body(calls.refund(account(notify_url=None), refund()))


def test_numbers_are_encoded_in_paths() -> None:
    assert calls.query(account(), "a|b*c/../d").target.startswith(
        "/v3/pay/transactions/out-trade-no/a%7Cb%2Ac%2F..%2Fd?"
    )


@pytest.mark.parametrize(
    ("shop", "request_", "says"),
    [
        (lambda: account(notify_url=None), wish(), "MERX_PUBLIC_URL"),
        (lambda: account(notify_url="https://x.example/n?a=1"), wish(), "no query"),
        (lambda: account(notify_url="https://x.example/" + "n" * 255), wish(), "255"),
        (account, wish("jsapi"), "openid"),
        (account, wish("mini"), "openid"),
        (account, wish("h5"), "own address"),
        (account, wish(out_trade_no="P1"), "6 to 32"),
        (account, wish(out_trade_no="P" * 33), "6 to 32"),
        (account, wish(out_trade_no="P 1234567"), "6 to 32"),
        (lambda: partner(store={}), wish(), "sub_mchid"),
        (lambda: partner(store={"sub_mchid": KEYS["mchid"]}), wish(), "another"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_work_is_refused_before_it_is_sent(
    wechat: StandIn, client: Client, shop: Any, request_: PaymentRequest, says: str
) -> None:
    with pytest.raises(ApiError, match=says):
        calls.prepay(shop(), request_)
    started = WeChatPay(client).start(shop(), request_)
    assert started.outcome == "rejected" and says in str(started.failure)
    assert not wechat.asked


def test_a_provider_without_a_sub_merchant_asks_nothing_at_all(client: Client) -> None:
    channel, shop = WeChatPay(client), partner(store={}, base_url="http://127.0.0.1:9")
    assert channel.query(shop, "P1").state == channel.close(shop, "P1").state == "unsure"
    refused = channel.refund(shop, refund())
    assert (refused.outcome, refused.again) == ("rejected", "by_hand") and "sub_mchid" in str(refused.failure)
    assert channel.query_refund(shop, "P1", "R1").outcome == "rejected"
