"""Refunds at the simulated WeChat Pay: accepted at once, ended later, one per number, never more than was paid."""

from collections.abc import Callable

import pytest

from tests.plugins.wechatpay.callers import Caller, Ear
from tests.plugins.wechatpay.simulator.conftest import Hire
from tests.plugins.wechatpay.simulator.test_simulator_orders import refused
from tests.plugins.wechatpay.simulators import Wechat

Passes = Callable[..., None]


def paid(sim: Wechat, shop: Caller, number: str = "P1001-1", coupon: int = 0) -> None:
    assert shop.prepay(number).status_code == 200
    sim.pay(out_trade_no=number, coupon=coupon)
    sim.flush()


@pytest.mark.parametrize("name", ["public_key", "certificate", "mixed", "provider"])
def test_a_refund_is_accepted_then_ends_and_is_told(
    sim: Wechat, hire: Hire, name: str, ear: tuple[str, Ear], passes: Passes
) -> None:
    shop = hire(name)
    paid(sim, shop)
    back = shop.refund("P1001-1", "R1001-1", 290, notify_url=ear[0])
    assert back.json()["status"] == "PROCESSING" and shop.trusts(back.headers, back.content)
    assert "success_time" not in back.json()
    assert shop.query("P1001-1").json()["trade_state"] == "REFUND"
    sim.flush()
    assert not ear[1].heard, "nothing has ended yet"
    passes(seconds=2)
    assert [one["event_type"] for one in sim.flush() if one["number"] == "R1001-1"] == ["REFUND.SUCCESS"]
    content = shop.hear(*ear[1].last())["content"]
    asked = shop.query_refund("R1001-1").json()
    assert content["refund_status"] == asked["status"] == "SUCCESS"
    assert content["success_time"] == asked["success_time"]
    assert content["amount"] == {"total": 1290, "refund": 290, "payer_total": 1290, "payer_refund": 290}


def test_the_same_number_and_body_is_the_same_refund(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    first, second = (shop.refund("P1001-1", "R1001-1", 290).json()["refund_id"] for _ in range(2))
    assert first == second and len(sim.refunds()) == 1
    refused(shop.refund("P1001-1", "R1001-1", 300), 400, "INVALID_REQUEST")


def test_refunds_never_exceed_what_was_paid(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    assert shop.refund("P1001-1", "R1001-1", 1000).status_code == 200
    refused(shop.refund("P1001-1", "R1001-2", 291), 400, "INVALID_REQUEST")
    assert shop.refund("P1001-1", "R1001-3", 290).status_code == 200
    refused(shop.refund("P1001-1", "R1001-4", 1), 400, "INVALID_REQUEST")


def test_what_a_closed_refund_held_can_be_given_back_under_a_new_number(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    shop.refund("P1001-1", "R1001-1", 1290)
    sim.refund_ends("R1001-1", "CLOSED")
    assert shop.refund("P1001-1", "R1001-1", 1290).json()["status"] == "CLOSED"
    assert shop.refund("P1001-1", "R1001-2", 1290).json()["status"] == "PROCESSING"


def test_the_total_must_be_the_orders(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    refused(shop.refund("P1001-1", "R1001-1", 290, total=1291), 400, "INVALID_REQUEST")


def test_only_paid_orders_of_ones_own_are_refunded_and_only_within_a_year(
    sim: Wechat, shop: Caller, hire: Hire, passes: Passes
) -> None:
    shop.prepay("P1001-1")
    refused(shop.refund("P1001-1", "R1001-1", 290), 400, "INVALID_REQUEST")
    refused(shop.refund("P1001-9", "R1001-1", 290), 404, "RESOURCE_NOT_EXISTS")
    sim.pay(out_trade_no="P1001-1")
    refused(hire("certificate").refund("P1001-1", "R1001-1", 290), 404, "RESOURCE_NOT_EXISTS")
    passes(days=365)
    assert shop.refund("P1001-1", "R1001-1", 290).status_code == 200
    passes(seconds=1)
    refused(shop.refund("P1001-1", "R1001-2", 290), 400, "INVALID_REQUEST")


def test_an_order_has_at_most_fifty_refunds(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    for number in range(50):
        assert shop.refund("P1001-1", f"R1001-{number}", 1).status_code == 200
    refused(shop.refund("P1001-1", "R1001-50", 1), 400, "INVALID_REQUEST")


def test_a_minute_lies_between_two_refunds_where_the_switch_says_so(sim: Wechat, shop: Caller, passes: Passes) -> None:
    paid(sim, shop)
    sim.switch(refund_spacing=True)
    assert shop.refund("P1001-1", "R1001-1", 1).status_code == 200
    passes(seconds=59)
    refused(shop.refund("P1001-1", "R1001-2", 1), 429, "FREQUENCY_LIMITED")
    assert shop.refund("P1001-1", "R1001-1", 1).status_code == 200, "asking again is no second refund"
    passes(seconds=1)
    assert shop.refund("P1001-1", "R1001-2", 1).status_code == 200


def test_a_short_balance_refuses_and_the_same_number_works_when_it_is_topped_up(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    sim.switch(poor=["public_key"])
    refused(shop.refund("P1001-1", "R1001-1", 290), 403, "NOT_ENOUGH")
    refused(shop.query_refund("R1001-1"), 404, "RESOURCE_NOT_EXISTS")
    assert shop.query("P1001-1").json()["trade_state"] == "SUCCESS"
    sim.switch(poor=[])
    assert shop.refund("P1001-1", "R1001-1", 290).status_code == 200


@pytest.mark.parametrize("outcome", ["ABNORMAL", "CLOSED"])
def test_a_refund_can_end_badly_even_after_it_had_ended_well(
    sim: Wechat, shop: Caller, ear: tuple[str, Ear], passes: Passes, outcome: str
) -> None:
    paid(sim, shop)
    sim.refund_ends("R1001-1", outcome)  # decided before it is asked for
    shop.refund("P1001-1", "R1001-1", 290, notify_url=ear[0])
    shop.refund("P1001-1", "R1001-2", 290, notify_url=ear[0])
    passes(seconds=2)
    assert {shop.query_refund(f"R1001-{one}").json()["status"] for one in (1, 2)} == {outcome, "SUCCESS"}
    sim.refund_ends("R1001-2", outcome)
    assert shop.query_refund("R1001-2").json()["status"] == outcome
    assert "success_time" not in shop.query_refund("R1001-2").json()
    sim.flush()
    assert shop.hear(*ear[1].last())["event_type"] == f"REFUND.{outcome}"


def test_a_refund_waits_for_the_control_api_where_the_switch_says_so(sim: Wechat, shop: Caller, passes: Passes) -> None:
    sim.switch(refund_seconds=-1)
    paid(sim, shop)
    shop.refund("P1001-1", "R1001-1", 290)
    passes(days=3)
    assert shop.query_refund("R1001-1").json()["status"] == "PROCESSING"


def test_the_parts_of_a_refund_add_up_to_the_fen_where_a_coupon_paid(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop, coupon=100)
    parts = [shop.refund("P1001-1", f"R1001-{one}", 430).json()["amount"] for one in range(3)]
    assert sum(one["payer_refund"] for one in parts) == 1190
    assert sum(one["discount_refund"] for one in parts) == 100
    assert all(one["payer_refund"] + one["discount_refund"] == one["refund"] for one in parts)


def test_a_refund_names_its_order_by_exactly_one_number(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    number = shop.query("P1001-1").json()["transaction_id"]
    refused(shop.refund("P1001-1", "R1001-1", 290, transaction_id=number), 400, "PARAM_ERROR")
    amount = {"refund": 290, "total": 1290, "currency": "CNY"}
    body = {"transaction_id": number, "out_refund_no": "R1001-1", "amount": amount}
    assert shop.ask("POST", "/v3/refund/domestic/refunds", body)["out_trade_no"] == "P1001-1"


def test_a_provider_names_the_sub_merchant_of_a_refund(sim: Wechat, provider: Caller) -> None:
    paid(sim, provider)
    refused(provider.refund("P1001-1", "R1001-1", 290, sub_mchid="1900000202"), 400, "INVALID_REQUEST")
    assert provider.refund("P1001-1", "R1001-1", 290).status_code == 200
    refused(provider.send("GET", "/v3/refund/domestic/refunds/R1001-1"), 400, "PARAM_ERROR")
    refused(provider.send("GET", "/v3/refund/domestic/refunds/R1001-1?sub_mchid=1900000202"), 400, "INVALID_REQUEST")


def test_a_number_with_strange_signs_is_found_as_it_was_written(sim: Wechat, shop: Caller) -> None:
    paid(sim, shop)
    assert shop.refund("P1001-1", "R|1001*1@a", 290).status_code == 200
    assert shop.query_refund("R%7C1001%2A1%40a").json()["out_refund_no"] == "R|1001*1@a"
