"""Stories of paying with a card beside cash: the cash fails, or comes, and goes back in parts, each to its own home."""

import pytest

from tests.conftest import Clock
from tests.plugins.stored_value.counter import buys_card, cards_of, looks_at, on, orders_cards, pays
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_a_card_and_a_transfer_pay_together_and_get_back_each_its_own(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    card = buys_card(shop, mei, "card-100")
    order = mei.orders({"tea": 3})
    payment = pays(mei, order, {"channel": "stored_value", "amount": 6_000}, "bank_transfer")
    assert (payment.channel, payment.amount) == ("bank_transfer", 8_700)
    assert on(looks_at(mei, card)) == (5_000, 1_000)
    assert looks_at(mei, card).held_principal == 5_000

    order = shop.sees_money(shop.sees(order), amount=8_700, out_trade_no=payment.out_trade_no)
    assert order.state == "awaiting_shipment" and order.paid == 14_700
    assert looks_at(mei, card).held_principal == 0

    shop.refunds(order, {"tea": 1})
    clock.settles()
    shop.transfers_back(shop.sees(order))
    assert on(looks_at(mei, card)) == (6_667, 1_333)
    shop.refunds(shop.sees(order))
    clock.settles()
    assert shop.transfers_back(shop.sees(order)).state == "refunded"
    assert on(looks_at(mei, card)) == (10_000, 2_000)


def test_a_card_that_pays_the_rest_pays_at_once(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    card = buys_card(shop, mei, "card-100")
    order = mei.orders({"tea": 2})
    pays(mei, order, "stored_value")
    assert shop.sees(order).state == "awaiting_shipment"
    assert sum(on(looks_at(mei, card))) == 2_200
    shop.refunds(shop.sees(order))
    clock.settles()
    assert shop.sees(order).state == "refunded"
    assert on(looks_at(mei, card)) == (10_000, 2_000)


def test_an_order_that_is_never_paid_leaves_the_card_as_it_was(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    card = buys_card(shop, mei, "card-100")
    cancelled, forgotten = mei.orders({"tea": 1}), mei.orders({"tea": 2})
    for order in (cancelled, forgotten):
        pays(mei, order, {"channel": "stored_value", "amount": 3_000}, "bank_transfer")
    assert sum(on(looks_at(mei, card))) == 6_000
    mei.cancels(cancelled)
    assert sum(on(looks_at(mei, card))) == 9_000
    clock.passes(days=4)
    assert mei.sees(forgotten).state == "closed"
    assert on(looks_at(mei, card)) == (10_000, 2_000)
    kinds = [row["kind"] for row in mei.lists(f"stored_value/cards/{card.number}/entries")]
    assert sorted(kinds) == ["hold", "hold", "release", "release", "sale"]


def test_a_buyer_who_tries_again_has_set_the_card_aside_once(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    card = buys_card(shop, mei, "card-100")
    order = mei.orders({"tea": 3})
    for _ in range(3):
        payment = pays(mei, order, {"channel": "stored_value", "amount": 6_000}, "bank_transfer")
    assert on(looks_at(mei, card)) == (5_000, 1_000)
    shop.sees_money(shop.sees(order), amount=8_700, out_trade_no=payment.out_trade_no)
    assert on(looks_at(mei, card)) == (5_000, 1_000)


def test_two_cards_pay_one_order_and_both_get_theirs_back_though_one_has_expired(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sells("pot", 22_000)
    first = buys_card(shop, mei, "card-100")
    clock.passes(days=10)
    second = buys_card(shop, mei, "card-100")
    order = mei.orders({"pot": 1})
    pays(mei, order, "stored_value")
    assert on(looks_at(mei, first)) == (0, 0) and sum(on(looks_at(mei, second))) == 2_000
    clock.passes(days=25)
    shop.refunds(shop.sees(order))
    clock.settles()
    assert shop.sees(order).state == "refunded"
    assert on(looks_at(mei, first)) == (10_000, 2_000) and on(looks_at(mei, second)) == (10_000, 2_000)
    assert looks_at(mei, first).expires_at > looks_at(mei, second).expires_at


def test_a_present_is_bought_taken_and_spent_by_somebody_else(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    card = buys_card(shop, mei, "card-100", gift=True)
    mine = mei.orders({"tea": 1})
    pays(mei.is_refused(409), mine, "stored_value")
    code = mei.asks("POST", f"stored_value/cards/{card.number}/code").code
    bo = shop.buyer("Bo")
    bo.asks("POST", "stored_value/cards/bind", {"number": card.number, "code": code})
    order = bo.orders({"tea": 1})
    pays(bo, order, "stored_value")
    assert shop.sees(order).state == "awaiting_shipment"
    assert pays(mei.is_refused(404), mine, {"channel": "stored_value", "input": {"cards": [card.number]}}).code


def test_a_card_pays_for_no_card(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    card = buys_card(shop, mei, "card-100")
    order = orders_cards(mei, "card-100")
    assert pays(mei.is_refused(409), order, "stored_value").code == "not_payable"
    assert on(looks_at(mei, card)) == (10_000, 2_000) and len(cards_of(mei)) == 1
