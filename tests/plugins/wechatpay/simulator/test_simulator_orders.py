"""Orders at the simulated WeChat Pay: placed, paid by the buyer, asked for, closed; one number is one order."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from tests.plugins.wechatpay.callers import Caller, Ear
from tests.plugins.wechatpay.simulator.conftest import Hire
from tests.plugins.wechatpay.simulators import Wechat

Passes = Callable[..., None]
CHANNELS = {"native": "code_url", "jsapi": "prepay_id", "app": "prepay_id", "h5": "h5_url"}


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The refusal, if it is the one that is meant; it is not signed."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "Wechatpay-Signature" not in answer.headers
    assert answer.headers["Request-ID"].rpartition("-")[2].isdigit()
    return dict(answer.json())


@pytest.mark.parametrize("name", ["public_key", "certificate", "mixed", "provider"])
def test_an_order_is_placed_paid_told_and_asked_for(sim: Wechat, hire: Hire, name: str, ear: tuple[str, Ear]) -> None:
    shop = hire(name)
    placed = shop.prepay("P1001-1", notify_url=ear[0], attach="store=1")
    assert placed.status_code == 200 and shop.trusts(placed.headers, placed.content)
    asked = shop.query("P1001-1").json()
    assert asked["trade_state"] == "NOTPAY"
    assert not {"transaction_id", "amount", "payer", "success_time", "bank_type"} & set(asked)

    paid = sim.pay(code_url=placed.json()["code_url"])
    assert [one["accepted"] for one in sim.flush()] == [True]
    asked = shop.query("P1001-1").json()
    assert asked["transaction_id"] == paid["transaction_id"]
    assert asked["amount"] == {"total": 1290, "payer_total": 1290, "currency": "CNY", "payer_currency": "CNY"}
    assert asked["trade_type"] == "NATIVE" and asked["attach"] == "store=1" and asked["trade_state"] == "SUCCESS"
    assert shop.query(paid["transaction_id"], "id").json()["out_trade_no"] == "P1001-1"
    heard = shop.hear(*ear[1].last())
    assert heard["event_type"] == "TRANSACTION.SUCCESS"
    assert heard["content"].items() <= asked.items()


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", ["public_key", "provider"])
def test_every_way_to_pay_gives_its_token_and_is_paid_by_it(sim: Wechat, hire: Hire, name: str, channel: str) -> None:
    token = CHANNELS[channel]
    placed = hire(name).prepay("P1001-1", channel)
    assert sim.pay(**{token: placed.json()[token]})["trade_state"] == "SUCCESS"


def test_the_same_order_again_gives_a_fresh_code_and_kills_the_old_one(sim: Wechat, shop: Caller) -> None:
    first, second = (shop.prepay("P1001-1").json()["code_url"] for _ in range(2))
    assert first != second
    with pytest.raises(AssertionError, match="nobody knows this code_url"):
        sim.pay(code_url=first)
    assert sim.pay(code_url=second)["trade_state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"total": 1291}, 403, "OUT_TRADE_NO_USED"),
        ({"description": "Order 1002"}, 403, "OUT_TRADE_NO_USED"),
        ({"channel": "app"}, 403, "OUT_TRADE_NO_USED"),
        ({"attach": "other"}, 400, "INVALID_REQUEST"),
        ({"notify_url": "https://shop.example/other"}, 400, "INVALID_REQUEST"),
    ],
)
def test_another_order_under_the_same_number_is_refused(
    shop: Caller, more: dict[str, Any], status: int, code: str
) -> None:
    shop.prepay("P1001-1")
    refused(shop.prepay("P1001-1", **more), status, code)


def test_another_buyer_under_the_same_number_is_refused(shop: Caller) -> None:
    shop.prepay("P1001-1", "jsapi")
    refused(shop.prepay("P1001-1", "jsapi", payer={"openid": "oOTHER"}), 403, "OUT_TRADE_NO_USED")


def test_a_number_is_used_once_across_all_sub_merchants_of_a_provider(provider: Caller) -> None:
    provider.prepay("P1001-1")
    refused(provider.prepay("P1001-1", sub_mchid="1900000202"), 403, "OUT_TRADE_NO_USED")


def test_a_paid_and_a_closed_number_are_never_placed_again(sim: Wechat, shop: Caller) -> None:
    for number in ("P1001-1", "P1001-2"):
        shop.prepay(number)
    sim.pay(out_trade_no="P1001-1")
    assert shop.close_order("P1001-2").status_code == 204
    refused(shop.prepay("P1001-1"), 400, "ORDERPAID")
    refused(shop.prepay("P1001-2"), 400, "ORDERCLOSED")


def test_only_the_first_time_to_pay_counts_and_it_closes_nothing(sim: Wechat, shop: Caller, passes: Passes) -> None:
    until = (clock.now() + timedelta(minutes=5)).isoformat(timespec="seconds")
    later = (clock.now() + timedelta(hours=5)).isoformat(timespec="seconds")
    shop.prepay("P1001-1", time_expire=until)
    assert shop.prepay("P1001-1", time_expire=later).status_code == 200
    passes(minutes=5, seconds=1)
    with pytest.raises(AssertionError, match="time_expire has passed"):
        sim.pay(out_trade_no="P1001-1")
    assert shop.query("P1001-1").json()["trade_state"] == "NOTPAY"
    assert refused(shop.prepay("P1001-2", time_expire=until), 400, "PARAM_ERROR")["detail"]["field"] == "/time_expire"


@pytest.mark.parametrize(("channel", "minutes"), [("native", 120), ("h5", 5)])
def test_a_token_gets_too_old_and_a_fresh_one_pays(
    sim: Wechat, shop: Caller, passes: Passes, channel: str, minutes: int
) -> None:
    shop.prepay("P1001-1", channel)
    passes(minutes=minutes)
    with pytest.raises(AssertionError, match="too old"):
        sim.pay(out_trade_no="P1001-1")
    shop.prepay("P1001-1", channel)
    assert sim.pay(out_trade_no="P1001-1")["trade_state"] == "SUCCESS"


def test_an_order_closes_by_itself_after_seven_days(sim: Wechat, shop: Caller, passes: Passes) -> None:
    shop.prepay("P1001-1")
    passes(days=7, seconds=-1)
    assert shop.query("P1001-1").json()["trade_state"] == "NOTPAY"
    passes(seconds=1)
    assert shop.query("P1001-1").json()["trade_state"] == "CLOSED"
    with pytest.raises(AssertionError, match="closed"):
        sim.pay(out_trade_no="P1001-1")


def test_closing_can_be_repeated_but_not_undone_and_never_hits_a_paid_order(sim: Wechat, shop: Caller) -> None:
    shop.prepay("P1001-1")
    for _ in range(2):
        closed = shop.close_order("P1001-1")
        assert (closed.status_code, closed.content) == (204, b"")
        assert shop.trusts(closed.headers, b""), "an empty answer is signed too"
    shop.prepay("P1001-2")
    sim.pay(out_trade_no="P1001-2")
    refused(shop.close_order("P1001-2"), 400, "ORDERPAID")


def test_closing_an_unknown_number_is_204_or_404_by_a_switch(sim: Wechat, shop: Caller) -> None:
    assert shop.close_order("P1001-9").status_code == 204
    sim.switch(unknown_close_is_404=True)
    refused(shop.close_order("P1001-9"), 404, "ORDER_NOT_EXIST")


def test_the_buyer_pays_although_the_shop_has_closed(sim: Wechat, shop: Caller, ear: tuple[str, Ear]) -> None:
    shop.prepay("P1001-1", notify_url=ear[0])
    shop.close_order("P1001-1")
    sim.pay(out_trade_no="P1001-1", after_close=True)
    assert shop.query("P1001-1").json()["trade_state"] == "SUCCESS"
    assert len(sim.flush()) == 1


def test_a_failed_payment_leaves_the_order_open_and_tells_nobody(sim: Wechat, shop: Caller) -> None:
    shop.prepay("P1001-1")
    sim.fail(out_trade_no="P1001-1")
    assert "失败" in shop.query("P1001-1").json()["trade_state_desc"]
    assert not sim.notices()
    assert sim.pay(out_trade_no="P1001-1")["trade_state"] == "SUCCESS"


def test_only_the_buyer_whom_the_order_names_can_pay_it_and_only_once(sim: Wechat, shop: Caller) -> None:
    shop.prepay("P1001-1", "jsapi")
    with pytest.raises(AssertionError, match="another WeChat user"):
        sim.pay(out_trade_no="P1001-1", openid="oOTHER")
    sim.pay(out_trade_no="P1001-1", openid="oBUYER")
    assert shop.query("P1001-1").json()["payer"] == {"openid": "oBUYER"}
    with pytest.raises(AssertionError, match="paid"):
        sim.pay(out_trade_no="P1001-1")


def test_a_coupon_covers_a_part_and_the_total_stays(sim: Wechat, shop: Caller) -> None:
    shop.prepay("P1001-1")
    sim.pay(out_trade_no="P1001-1", coupon=90)
    asked = shop.query("P1001-1").json()
    assert (asked["amount"]["total"], asked["amount"]["payer_total"]) == (1290, 1200)
    assert [one["amount"] for one in asked["promotion_detail"]] == [90]


def test_a_provider_pays_with_the_sub_merchants_app(sim: Wechat, provider: Caller) -> None:
    app = sim.merchant("provider")["sub_appids"]["1900000201"]
    payer = {"sub_openid": "oSUB"}
    missing = refused(provider.prepay("P1001-1", "jsapi", payer=payer), 400, "PARAM_ERROR")
    assert missing["detail"]["field"] == "/sub_appid"
    assert provider.prepay("P1001-1", "jsapi", payer=payer, sub_appid=app).status_code == 200
    sim.pay(out_trade_no="P1001-1")
    asked = provider.query("P1001-1").json()
    assert (asked["sub_appid"], asked["payer"]) == (app, payer)
    assert "mchid" not in asked and asked["sub_mchid"] == "1900000201"


def test_direct_and_partner_orders_do_not_see_each_other(shop: Caller, provider: Caller) -> None:
    shop.prepay("P1001-1")
    provider.prepay("P1001-2")
    words = f"?sp_mchid={shop.settings['mchid']}&sub_mchid=1900000201"
    wrong = shop.send("GET", f"/v3/pay/partner/transactions/out-trade-no/P1001-1{words}")
    refused(wrong, 404, "ORDER_NOT_EXIST")
    words = f"?mchid={provider.settings['mchid']}"
    refused(provider.send("GET", f"/v3/pay/transactions/out-trade-no/P1001-2{words}"), 404, "ORDER_NOT_EXIST")
    refused(shop.query("P1001-2"), 404, "ORDER_NOT_EXIST")


def test_the_wrong_sub_merchant_is_a_mismatch_not_a_missing_order(provider: Caller) -> None:
    provider.prepay("P1001-1")
    words = f"?sp_mchid={provider.settings['mchid']}&sub_mchid=1900000202"
    answer = provider.send("GET", f"/v3/pay/partner/transactions/out-trade-no/P1001-1{words}")
    refused(answer, 400, "INVALID_REQUEST")
    assert answer.headers["Request-ID"].endswith("-268447845")


def test_who_may_not_take_this_money_is_refused(shop: Caller, provider: Caller) -> None:
    refused(provider.prepay("P1001-1", sub_mchid="1900000299"), 403, "NO_AUTH")
    itself = provider.prepay("P1001-1", sub_mchid=provider.settings["mchid"])
    refused(itself, 400, "PARAM_ERROR")
    assert itself.headers["Request-ID"].endswith("-268443705")
    refused(shop.prepay("P1001-1", appid="wxsim00000000000a2"), 400, "APPID_MCHID_NOT_MATCH")
    assert shop.prepay("P1001-1", appid="wxsim00000000000m1").status_code == 200
    body = shop.order("P1001-2") | {"mchid": "1900000102"}
    assert refused(shop.send("POST", f"{shop.root}/native", body), 400, "PARAM_ERROR")["detail"]["field"] == "/mchid"
