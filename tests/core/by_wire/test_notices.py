"""The door of notices: what a channel tells is verified, durable, applied once; what cannot be is a case."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core import clock as core_clock
from core.contracts.payment_channel import Nothing, Receipt, Started
from core.services import numbers
from tests.conftest import Clock
from tests.core.by_wire.conftest import Grumpy
from tests.core.by_wire.words import books, inbox_of, pays, receipt, tells, token_of
from tests.vocabulary import BuyerActor, Shop
from tests.wire import WORD, Wire, paid, told

pytestmark = pytest.mark.both_databases


# -- the money arrives
def test_a_notice_pays_the_order_and_is_acknowledged(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    answer = tells(shop, told(receipt(pays(mei, order))))
    assert (answer.status_code, answer.content) == (204, b"")
    order = shop.sees(order)
    assert (order.state, order.paid) == ("awaiting_shipment", 4900)
    assert inbox_of(shop) == [("applied", None)]
    settle = next(row for row in shop.history(order, "payment") if row.move == "settle")
    assert (settle.actor_kind, settle.actor_name, settle.source) == ("channel", "wire", "webhook")


def test_the_same_notice_again_changes_nothing_and_is_acknowledged(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    fact = receipt(pays(mei, order))
    same, other = told(fact, event_id="n1"), told(fact, event_id="n2")
    assert [tells(shop, body).status_code for body in (same, same, other, same)] == [204] * 4
    order = shop.sees(order)
    assert (order.state, order.paid) == ("awaiting_shipment", 4900)
    assert [row.move for row in shop.history(order, "payment")].count("settle") == 1
    assert [status for status, _ in inbox_of(shop)] == ["applied", "applied"]
    assert shop.cases() == []


def test_a_notice_that_is_faster_than_the_answer_to_our_own_call_wins(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    order = mei.orders({"tea": 1})

    def pays_at_once(number: str) -> Started:
        fact = Receipt(number, "w-fast", 4900, "CNY", core_clock.now(), {"box": "main box"})
        assert tells(shop, told(fact)).status_code == 204
        return Started("pending", {"url": "wire:pay"})

    wire.says("start", pays_at_once)
    assert pays(mei, order).state == "settled"
    assert shop.sees(order).state == "awaiting_shipment"


def test_a_plugin_that_raises_keeps_the_order_back_but_never_the_money(
    shop: Shop, mei: BuyerActor, grumpy: Grumpy, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    grumpy.angry_at = "paid"
    assert tells(shop, told(receipt(payment))).status_code == 204, "it is durable: the channel need not come again"
    seen = shop.sees(order)
    assert (seen.state, seen.payment_axis, seen.paid) == ("pending_payment", "paid", 4900)
    clock.passes(minutes=1)
    grumpy.angry_at = None
    clock.passes(hours=1)
    assert shop.sees(order).state == "awaiting_shipment"


def test_a_plugin_that_never_stops_raising_becomes_a_case_that_names_it(
    shop: Shop, mei: BuyerActor, grumpy: Grumpy, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    grumpy.angry_at = "paid"
    tells(shop, told(receipt(payment)))
    clock.passes(days=1)
    (case,) = [case for case in shop.cases() if case.kind == "job_failed"]
    assert "'grumpy'" in case.title and shop.sees(order).paid == 4900


def test_a_silent_channel_is_asked_after_ten_seconds(shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    for seconds in (10, 20, 30, 240, 600):
        clock.passes(seconds=seconds - 1)
        asked = sum(verb == "query" for verb, _ in wire.heard)
        clock.passes(seconds=1)
        assert sum(verb == "query" for verb, _ in wire.heard) == asked + 1
    wire.says("close", paid())
    clock.passes(minutes=16)
    assert wire.heard[-1] == ("close", payment.out_trade_no), "at the deadline it is asked by closing it"
    assert shop.sees(order).state == "awaiting_shipment"


# -- what is not trusted
def test_a_forged_notice_is_refused_and_writes_nothing(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    fact = receipt(pays(mei, order))
    answer = tells(shop, told(fact), word="open barley")
    assert (answer.status_code, answer.text) == (403, "This is not the wire's word.")
    assert (inbox_of(shop), shop.sees(order).paid) == ([], 0)


def test_nobody_is_at_another_address_and_oversized_or_strange_notices_are_refused(shop: Shop) -> None:
    base = f"{shop.merchant.base_url}/v1/notify"
    good = f"{base}/{token_of(shop)}"
    client = httpx.Client(trust_env=False)
    assert client.post(f"{base}/{'0' * 32}", content=b"{}").status_code == 404
    assert client.post(f"{base}/%00", content=b"{}").status_code == 404
    assert client.post(good, content=b"x" * (64 * 1024 + 1), headers={"X-Wire-Word": WORD}).status_code == 413
    assert client.post(good, content=iter([b"{}"])).status_code == 411
    assert client.post(f"{good}?a=1", content=b"{}").status_code == 422
    assert client.get(good).status_code == 405
    assert inbox_of(shop) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 1}, "amount_mismatch"),
        ({"amount": 4901}, "amount_mismatch"),
        ({"currency": "USD"}, "currency_mismatch"),
        ({"payee": {"box": "somebody's box"}}, "payee_mismatch"),
    ],
)
def test_a_genuine_notice_of_other_money_books_nothing_and_is_one_case(
    shop: Shop, mei: BuyerActor, changes: dict[str, Any], code: str
) -> None:
    order = mei.orders({"tea": 1})
    fact = receipt(pays(mei, order), **changes)
    for _ in range(3):
        assert tells(shop, told(fact)).status_code == 204
    seen = shop.sees(order)
    assert (seen.state, seen.paid, seen.payments[0].state) == ("pending_payment", 0, "open")
    (case,) = shop.cases()
    assert (case.kind, case.data.code, case.status) == ("payment_contradiction", code, "open")
    assert {status for status, _ in inbox_of(shop)} == {"refused"}


def test_other_money_under_a_settled_number_is_a_case(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    tells(shop, told(receipt(payment, ref="w1")))
    tells(shop, told(receipt(payment, ref="w2")))
    assert [case.data.code for case in shop.cases()] == ["settled_before"]
    assert shop.sees(order).paid == 4900


def test_money_that_has_paid_another_order_pays_no_second(shop: Shop, mei: BuyerActor) -> None:
    for _ in range(2):
        order = mei.orders({"tea": 1})
        assert tells(shop, told(receipt(pays(mei, order), ref="w1"))).status_code == 204
    assert [case.data.code for case in shop.cases()] == ["reference_used"]
    assert (shop.sees(order).state, [status for status, _ in inbox_of(shop)]) == (
        "pending_payment",
        ["applied", "refused"],
    )


def test_a_notice_of_a_number_nobody_knows_is_parked_and_in_the_end_a_case(shop: Shop, clock: Clock) -> None:
    fact = Receipt("P20260302nobody", "w9", 4900, "CNY", core_clock.now())
    assert tells(shop, told(fact)).status_code == 204
    assert inbox_of(shop) == [("parked", "payment P20260302nobody is not known here")]
    clock.passes(hours=23)
    assert shop.cases() == []
    clock.passes(hours=2)
    (case,) = shop.cases()
    assert case.kind == "notice_without_order" and "P20260302nobody" in case.title


def test_a_parked_notice_is_applied_when_its_number_becomes_known(
    shop: Shop, mei: BuyerActor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = mei.orders({"tea": 1})
    early = Receipt("P-EARLY-0001", "w1", 4900, "CNY", core_clock.now(), {"box": "main box"})
    assert tells(shop, told(early)).status_code == 204
    monkeypatch.setattr(numbers, "trade_number", lambda: "P-EARLY-0001")
    pays(mei, order)
    clock.passes(seconds=15)
    assert shop.sees(order).state == "awaiting_shipment"
    assert inbox_of(shop)[0][0] == "applied"


def test_a_notice_that_tells_nothing_is_kept_and_acknowledged(shop: Shop) -> None:
    assert tells(shop, told(Nothing("a greeting"))).status_code == 204
    assert inbox_of(shop) == [("idle", "a greeting")]


# -- late and twice
def test_money_for_an_expired_order_goes_back_by_itself(shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    clock.passes(minutes=31)
    assert shop.sees(order).state == "closed"
    assert tells(shop, told(receipt(payment))).status_code == 204
    (case,) = shop.cases()
    assert (case.kind, case.status) == ("late_payment", "open")
    assert shop.sees(order).badge.colour == "red"
    assert books(shop) == {"channel": 4900, "surplus": -4900}
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.paid, seen.refund_axis) == ("closed", 0, "none")
    assert (seen.payments[0].state, seen.payments[0].refunded) == ("settled", 4900)
    assert [(row.reason, row.status) for row in seen.refunds] == [("late_payment", "done")]
    assert [verb for verb, _ in wire.heard].count("refund") == 1
    assert (shop.cases()[0].status, books(shop), shop.stock_of("tea")) == ("resolved", {}, (10, 0))
    line = f"A payment came too late for order {order.number}; it goes back."
    assert line in [row["texts"]["en"] for row in mei.inbox()] and line in [row["texts"]["en"] for row in shop.inbox()]


def test_of_two_payments_the_first_wins_and_the_second_goes_back(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    first = pays(mei, order)
    mei.starts_transfer(order)
    shop.sees_money(order, channel="bank_transfer")
    assert shop.sees(order).state == "awaiting_shipment"
    tells(shop, told(receipt(first)))
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.paid, seen.refund_axis) == ("awaiting_shipment", 4900, "none")
    assert [(row.reason, row.status, row.amount) for row in seen.refunds] == [("duplicate_payment", "done", 4900)]
    assert [(case.kind, case.status) for case in shop.cases()] == [("duplicate_payment", "resolved")]
    assert shop.refunds(seen, amounts={"tea": 4900}).refund_axis == "applying", (
        "the order's own money can still go back"
    )


def test_where_the_merchant_wants_it_late_money_revives_the_order(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets(late_payment="revive")
    order = mei.orders({"tea": 3})
    payment = pays(mei, order)
    clock.passes(minutes=31)
    tells(shop, told(receipt(payment, 3 * 4900)))
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.paid, seen.payment_axis, seen.close_reason) == ("awaiting_shipment", 14_700, "paid", None)
    assert (shop.stock_of("tea"), shop.cases(), seen.refunds) == ((7, 0), [], [])
    assert shop.path(order) == ["pending_payment", "closed", "paid", "awaiting_shipment"]
    assert books(shop) == {"channel": 14_700, "orders": -14_700}


def test_late_money_revives_nothing_when_the_goods_are_gone(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets(late_payment="revive")
    order = mei.orders({"tea": 3})
    payment = pays(mei, order)
    clock.passes(minutes=31)
    shop.sees_money(shop.buyer("Wang").orders({"tea": 8}))
    tells(shop, told(receipt(payment, 3 * 4900)))
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.refunds[0].reason, seen.refunds[0].status) == ("closed", "late_payment", "done")
    assert shop.stock_of("tea") == (2, 0)


# -- another way to pay
def test_the_same_wish_again_gives_the_same_attempt_and_a_stale_client_is_renewed(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    wire.says("start", Started("pending", {"url": "one"}, good_until=core_clock.now() + timedelta(minutes=5)))
    first = pays(mei, order)
    assert pays(mei, order).client.url == "one"
    clock.passes(minutes=5)
    again = pays(mei, order)
    assert (again.out_trade_no, again.client.url) == (first.out_trade_no, "wire:pay")
    assert [verb for verb, _ in wire.heard].count("start") == 2


def test_another_way_of_the_same_channel_closes_the_first(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    wire.products = ("qr", "app")
    order = mei.orders({"tea": 1})
    body: dict[str, Any] = {"tenders": [{"channel": "wire", "product": "qr"}]}
    first = mei.asks("POST", f"orders/{order.number}/payments", body)
    body["tenders"][0]["product"] = "app"
    second = mei.asks("POST", f"orders/{order.number}/payments", body)
    assert ("close", first.out_trade_no) in wire.heard and first.out_trade_no != second.out_trade_no
    assert [row.state for row in shop.sees(order).payments] == ["closed", "open"]


def test_another_way_is_refused_when_the_first_turns_out_paid(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    wire.products = ("qr", "app")
    order = mei.orders({"tea": 1})
    mei.asks("POST", f"orders/{order.number}/payments", {"tenders": [{"channel": "wire", "product": "qr"}]})
    wire.says("close", paid())
    body = {"tenders": [{"channel": "wire", "product": "app"}]}
    mei.is_refused(409).asks("POST", f"orders/{order.number}/payments", body)
    assert shop.sees(order).state == "awaiting_shipment"
