"""Flows on a channel's bad days: down, unsure, rejected, faster than our closing; refunds that fail and come back."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from core import clock as core_clock
from core.contracts.payment_channel import PaymentStatus, Receipt, Started
from core.db import get, transaction
from core.errors import ChannelDown, ChannelUnsure
from core.flows import pay
from core.models import Order, Payment
from core.services import moves, receipts
from tests import invariants
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import Wire, outcome, paid, register


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def app(make_app: AppMaker, wire: Wire) -> Flask:
    return make_app(EXTRA_PLUGINS=[register(wire)])


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    merchant.owner.post("accounts", {"plugin": "wire", "name": "main", "settings": {}})
    shop.turns_on("wire")
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    return shop.buyer("Mei")


@pytest.fixture(autouse=True)
def _everything_adds_up(app: Flask, clock: Clock) -> Any:
    yield
    with app.app_context():
        assert invariants.broken(failed_jobs=True) == []


def pays(mei: BuyerActor, order: Told) -> Told:
    return mei.asks("POST", f"orders/{order.number}/payments", {"tenders": [{"channel": "wire"}]})


def paid_order(shop: Shop, mei: BuyerActor, wire: Wire) -> Told:
    """An order whose money the wire tells of when it is asked."""
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    wire.says("query", paid())
    asks(shop, order, payment)
    return shop.sees(order)


def asks(shop: Shop, order: Told, payment: Told) -> str:
    with shop.merchant.inside():
        return pay.query(UUID(order.id), UUID(payment.id)).state


# -- starting
def test_a_channel_that_is_down_fails_the_attempt_and_the_order_stays_payable(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    wire.says("start", ChannelDown("nobody answers"))
    assert pays(mei.is_refused(502), order).code == "channel_down"
    assert pays(mei, order).state == "open"
    order = mei.sees(order)
    assert [row.state for row in order.payments] == ["failed", "open"] and order.state == "pending_payment"
    assert order.payments[0].failure == "nobody answers"
    assert len({number for _, number in wire.heard}) == 2, "a failed attempt's number is dead"
    clock.settles()
    assert "order.payment_failed" in [row["name"] for row in mei.inbox()]


def test_a_failed_attempt_is_tried_again_under_the_same_key_with_a_new_number(
    shop: Shop, mei: BuyerActor, wire: Wire
) -> None:
    order = mei.orders({"tea": 1})
    wire.says("start", ChannelDown("nobody answers"))
    body = {"tenders": [{"channel": "wire"}]}
    mei.is_refused(502).asks("POST", f"orders/{order.number}/payments", body, Idempotency_Key="pay-1")
    answers = [mei.asks("POST", f"orders/{order.number}/payments", body, Idempotency_Key="pay-1") for _ in range(2)]
    assert [one.state for one in answers] == ["open", "open"]
    assert [row.state for row in mei.sees(order).payments] == ["failed", "open"]


def test_an_unsure_start_is_asked_again_under_the_same_number(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    order = mei.orders({"tea": 1})
    wire.says("start", ChannelUnsure("the answer was lost"))
    assert pays(mei.is_refused(502), order).code == "channel_unsure"
    assert mei.sees(order).payments[0].state == "unsure"
    payment = pays(mei, order)
    assert (payment.state, payment.client.url) == ("open", "wire:pay")
    assert wire.heard == [("start", payment.out_trade_no)] * 2


def test_a_rejected_start_says_why(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    order = mei.orders({"tea": 1})
    wire.says("start", Started("rejected", failure="this card is blocked"))
    refused = pays(mei.is_refused(502), order)
    assert (refused.code, refused.detail) == ("channel_refused", "this card is blocked")
    assert mei.sees(order).actions == ["pay", "cancel"]


def test_asking_what_became_of_an_attempt_books_the_money_once(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    assert asks(shop, order, payment) == "waiting"
    wire.says("query", paid(), paid())
    assert [asks(shop, order, payment), asks(shop, order, payment)] == ["paid", "paid"]
    order = shop.sees(order)
    assert (order.state, order.paid) == ("awaiting_shipment", 4900)
    assert [row.move for row in shop.history(order, "payment")].count("settle") == 1


# -- closing
def test_the_channel_is_closed_before_the_order_is(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    assert mei.cancels(order).state == "closed"
    assert wire.heard[-1] == ("close", payment.out_trade_no)
    assert shop.stock_of("tea") == (10, 0)


def test_money_that_is_faster_than_the_cancelling_wins(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    order = mei.orders({"tea": 1})
    pays(mei, order)
    wire.says("close", paid())
    assert mei.is_refused(409).cancels(order).code == "move_refused"
    order = mei.sees(order)
    assert (order.state, order.paid) == ("awaiting_shipment", 4900)


def test_an_unsure_closing_closes_nothing_and_can_be_tried_again(shop: Shop, mei: BuyerActor, wire: Wire) -> None:
    order = mei.orders({"tea": 1})
    pays(mei, order)
    wire.says("close", PaymentStatus("unsure"))
    assert mei.is_refused(502).cancels(order).code == "channel_unsure"
    assert (mei.sees(order).state, mei.sees(order).payments[0].state) == ("pending_payment", "closing")
    assert mei.cancels(order).state == "closed"


def test_when_time_is_up_the_channel_is_asked_until_it_answers_and_then_the_order_closes(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    pays(mei, order)
    wire.says("close", ChannelDown("nobody answers"), PaymentStatus("unsure"))
    clock.passes(minutes=30)
    assert mei.sees(order).state == "pending_payment"
    clock.passes(minutes=5)
    assert (mei.sees(order).state, mei.sees(order).close_reason) == ("closed", "expired")
    assert [verb for verb, _ in wire.heard].count("close") == 3


def test_money_that_is_faster_than_the_clock_wins(shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock) -> None:
    order = mei.orders({"tea": 1})
    pays(mei, order)
    wire.says("close", paid())
    clock.passes(minutes=31)
    order = mei.sees(order)
    assert (order.state, order.paid, order.payments[0].state) == ("awaiting_shipment", 4900, "settled")


# -- the fact and the move
def test_a_crash_between_the_money_and_the_move_is_mended_within_ten_seconds(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    with shop.merchant.inside(), transaction():
        row: Order = moves.lock_order(UUID(order.id))
        attempt = get(Payment, row.merchant_id, UUID(payment.id))
        receipts.record(row, attempt, Receipt(payment.out_trade_no, "w1", 4900, "CNY", core_clock.now()))
    order = mei.sees(order)
    assert (order.state, order.payment_axis) == ("pending_payment", "paid"), "booked; whoever booked it died"
    assert mei.is_refused(409).cancels(order).code
    clock.passes(seconds=10)
    assert mei.sees(order).state == "awaiting_shipment"


# -- refunds
def test_a_refund_that_the_channel_takes_at_once_needs_nobody(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = shop.refunds(paid_order(shop, mei, wire))
    assert order.state == "refunding"
    clock.settles()
    order = shop.sees(order)
    assert (order.state, order.refunded, order.refund_axis) == ("refunded", 4900, "all")
    assert shop.cases() == []


def test_a_failed_refund_is_tried_again_under_the_same_number(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = shop.refunds(paid_order(shop, mei, wire))
    wire.says("refund", outcome("failed", "not enough money in the box"), ChannelDown("nobody answers"))
    clock.settles()
    order = shop.sees(order)
    assert (order.state, order.refunds[0].parts[0].state) == ("refunding", "failed")
    assert shop.history(order, "order")[-1].move == "refund_failed"
    clock.passes(minutes=5)
    assert shop.sees(order).state == "refunded"
    asked = [number for verb, number in wire.heard if verb == "refund"]
    assert len(asked) == 3 and len(set(asked)) == 1


def test_an_unsure_refund_is_asked_about_before_it_is_tried_again(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    order = shop.refunds(paid_order(shop, mei, wire))
    wire.says("refund", ChannelUnsure("the answer was lost"))
    clock.settles()
    assert shop.sees(order).refunds[0].parts[0].state == "unsure"
    clock.passes(minutes=5)
    order = shop.sees(order)
    assert (order.state, order.refunded) == ("refunded", 4900)
    assert [verb for verb, _ in wire.heard if "refund" in verb] == ["refund", "query_refund"]
