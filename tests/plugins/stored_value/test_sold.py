"""Cards sold as orders: offered, bought, issued once, taken back with their order if nobody used them."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from core.db import reading
from core.models import LedgerEntry
from tests.conftest import Clock
from tests.plugins.stored_value.counter import buys_card, cards_of, looks_at, on, orders_cards, sells_card
from tests.plugins.stored_value.till import Till, booked
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture(autouse=True)
def _on_sale(shop: Shop, till: Till) -> Iterator[None]:
    sells_card(shop, "card-100", 10_000, 1_500)
    yield


def test_a_card_is_an_order_that_is_completed_when_it_is_paid(shop: Shop, mei: BuyerActor, till: Till) -> None:
    order = orders_cards(mei, "card-100")
    assert (order.kind, order.payable, order.delivery_method) == ("recharge", 10_000, "none")
    assert cards_of(mei) == []
    order = shop.sees_money(order)
    assert order.state == "completed"
    assert shop.path(order) == ["pending_payment", "paid", "completed"]
    (card,) = cards_of(mei)
    assert on(card) == (10_000, 1_500) and card.status == "active" and card.customer_id == mei.id
    assert len(card.number) == 16 and card.number.isdigit()
    books = [booked(till, book) for book in ("orders", "marketing", "tender:stored_value")]
    assert books == [0, 1_500, -11_500]


def test_its_life_is_what_was_offered_when_it_was_ordered(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = orders_cards(mei, "card-100", 2)
    (kind,) = shop.lists("stored_value/kinds")
    shop.asks("POST", f"stored_value/kinds/{kind['id']}", {"bonus": 0, "valid_days": 1, "principal": 5_000})
    shop.sees_money(order)
    assert [on(card) for card in cards_of(mei)] == [(10_000, 1_500), (10_000, 1_500)]
    assert orders_cards(mei, "card-100").payable == 5_000


def test_what_a_discount_took_off_the_price_is_no_principal(shop: Shop, mei: BuyerActor, till: Till) -> None:
    order = orders_cards(mei, "card-100", 3)
    shop.reprices(order, goods=-1_000)
    shop.sees_money(shop.sees(order))
    assert [on(card) for card in reversed(cards_of(mei))] == [(9_667, 1_833), (9_667, 1_833), (9_666, 1_834)]
    assert booked(till, "marketing") == 3 * 1_500 + 1_000


def test_cards_are_bought_by_their_own_entry_only(shop: Shop, mei: BuyerActor) -> None:
    for entry in ("buy_now", "cart"):
        if entry == "cart":
            mei.asks("POST", "cart/lines", {"sku": "card-100", "quantity": 1})
        told = mei.is_refused(409).is_quoted({"card-100": 1}, entry=entry, by="none")
        assert told.code == "card_entry"
    told = mei.is_refused(422).is_quoted({"tea": 1}, entry="stored_value_card")
    assert [(error.pointer, error.code) for error in told.errors] == [("/lines/0/variant_id", "no_card")]
    told = mei.is_refused(422).is_quoted({"card-100": 1}, entry="stored_value_card", by="courier")
    assert told.errors[0].pointer == "/delivery/method"
    told = mei.is_refused(422).is_quoted({"card-100": 101}, entry="stored_value_card", by="none")
    assert told.errors[0].code == "too_many_cards"
    (kind,) = shop.lists("stored_value/kinds")
    shop.asks("POST", f"stored_value/kinds/{kind['id']}", {"enabled": False})
    assert mei.is_refused(422).is_quoted({"card-100": 1}, entry="stored_value_card", by="none").code == "no_card"
    assert mei.lists("stored_value/kinds") == []


def test_only_a_virtual_variant_becomes_a_card_and_only_once(shop: Shop) -> None:
    body = {"title": "Card", "principal": 1, "valid_days": 1}
    for sku in ("tea", "nothing"):
        told = shop.is_refused(422).asks("POST", "stored_value/kinds", body | {"sku": sku})
        assert (told.errors[0].pointer, told.errors[0].code) == ("/sku", "not_virtual")
    assert shop.is_refused(409).asks("POST", "stored_value/kinds", body | {"sku": "card-100"}).code == "already_exists"


def test_an_order_that_is_never_paid_makes_no_card(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = orders_cards(mei, "card-100")
    mei.cancels(order)
    assert cards_of(mei) == []


def test_an_order_that_staff_hold_makes_its_cards_when_it_is_free(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(risk_hold_amount=1)
    order = shop.sees_money(orders_cards(mei, "card-100"))
    assert order.state == "paid" and cards_of(mei) == []
    assert shop.does(order, "free", remark="fine").state == "completed"
    assert len(cards_of(mei)) == 1


def test_an_unused_card_goes_back_with_its_order(shop: Shop, mei: BuyerActor, clock: Clock, till: Till) -> None:
    shop.sees_money(order := orders_cards(mei, "card-100"))
    shop.refunds(order)
    (card,) = cards_of(mei)
    assert on(card) == (0, 0) and card.status == "returned"
    clock.settles()
    assert shop.transfers_back(shop.sees(order)).state == "refunded"
    books = [booked(till, book) for book in ("orders", "marketing", "tender:stored_value")]
    assert books == [0, 0, 0]


def test_one_of_three_cards_goes_back_and_a_withdrawn_refund_gives_it_again(
    shop: Shop, mei: BuyerActor, clock: Clock, till: Till
) -> None:
    shop.sees_money(order := orders_cards(mei, "card-100", 3))
    shop.refunds(order, {"card-100": 1})
    assert sorted(card.status for card in cards_of(mei)) == ["active", "active", "returned"]
    clock.settles()
    shop.withdraws_refund(shop.sees(order))
    assert [on(card) for card in cards_of(mei)] == [(10_000, 1_500)] * 3
    assert {card.status for card in cards_of(mei)} == {"active"}
    shop.refunds(order)
    assert [on(card) for card in cards_of(mei)] == [(0, 0)] * 3
    clock.settles()
    shop.withdraws_refund(shop.sees(order))
    assert shop.sees(order).state == "completed"
    assert [on(card) for card in cards_of(mei)] == [(10_000, 1_500)] * 3
    assert booked(till, "orders") == 0 and booked(till, "tender:stored_value") == -34_500


def test_a_card_that_was_used_does_not_go_back(shop: Shop, mei: BuyerActor, till: Till) -> None:
    shop.sees_money(order := orders_cards(mei, "card-100"))
    hold = till.holds(UUID(mei.id), 1)
    assert shop.is_refused(409).refunds(order).code == "card_used"
    till.releases(hold)
    told = shop.is_refused(409).refunds(order)
    assert told.code == "card_used" and told.detail.startswith("0 of these cards are unused")
    assert on(cards_of(mei)[0]) == (10_000, 1_500)


def test_a_card_goes_back_whole_or_not_at_all(shop: Shop, mei: BuyerActor) -> None:
    shop.sees_money(order := orders_cards(mei, "card-100", 2))
    assert shop.is_refused(409).refunds(order, amounts={"card-100": 500}).code == "card_whole"
    line = order.line("card-100").id
    body = {"reason": "damaged", "lines": [{"line_id": line, "quantity": 1, "amount": 15_000}]}
    assert shop.is_refused(409).asks("POST", f"orders/{order.number}/refunds", body).code == "card_whole"


def test_a_present_that_somebody_took_does_not_go_back(shop: Shop, mei: BuyerActor) -> None:
    order = shop.sees_money(orders_cards(mei, "card-100", gift=True))
    (card,) = cards_of(mei)
    assert card.customer_id is None
    code = mei.asks("POST", f"stored_value/cards/{card.number}/code").code
    shop.buyer("Bo").asks("POST", "stored_value/cards/bind", {"number": card.number, "code": code})
    assert shop.is_refused(409).refunds(order).code == "card_used"


def test_cards_of_an_order_that_was_completed_while_the_plugin_was_off_come_the_next_night(
    shop: Shop, mei: BuyerActor, till: Till
) -> None:
    order = orders_cards(mei, "card-100")
    shop.asks("POST", "plugins/stored_value/disable", {})
    order = shop.sees_money(order)
    assert order.state == "awaiting_shipment"
    mei.receives(shop.hands_over(order))
    assert shop.sees(order).state == "completed"
    shop.asks("POST", "plugins/stored_value/enable", {})
    assert cards_of(mei) == []
    till.night()
    till.night()
    assert [on(card) for card in cards_of(mei)] == [(10_000, 1_500)]


def test_books_name_the_order_and_every_group_balances(shop: Shop, mei: BuyerActor) -> None:
    order = shop.sees_money(orders_cards(mei, "card-100"))
    with shop.merchant.inside(), reading() as session:
        rows = session.query(LedgerEntry).filter_by(merchant_id=shop.merchant.id, source="stored_value").all()
    assert {(row.kind, row.reference) for row in rows} == {("top_up", order.number), ("grant", order.number)}
    assert sum(row.amount for row in rows) == 0


def test_a_card_is_seen_by_its_owner_alone(shop: Shop, mei: BuyerActor) -> None:
    card: Told = buys_card(shop, mei, "card-100")
    assert on(looks_at(mei, card)) == (10_000, 1_500)
    bo = shop.buyer("Bo")
    for method, path in (("GET", ""), ("GET", "/entries"), ("POST", "/code")):
        theirs = bo.is_refused(404).asks(method, f"stored_value/cards/{card.number}{path}")
        nobodys = bo.is_refused(404).asks(method, f"stored_value/cards/0000000000000000{path}")
        assert theirs.detail.replace(card.number, "0" * 16) == nobodys.detail
