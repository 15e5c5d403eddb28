"""Cards in the hands of people: codes, binding, and what staff may do with them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.db import db, reading
from plugins.stored_value.models import StoredValueCard
from tests.conftest import Clock
from tests.plugins.stored_value.counter import buys_card, cards_of, looks_at, on, sells_card
from tests.plugins.stored_value.till import Till, booked
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


def issues(shop: Shop, **body: Any) -> Told:
    """A card by hand."""
    return shop.asks("POST", "stored_value/cards", {"principal": 500, "valid_days": 30, "remark": "sorry", **body})


def binds(buyer: BuyerActor, number: str, code: str) -> Told:
    """Take a card that was given."""
    return buyer.asks("POST", "stored_value/cards/bind", {"number": number, "code": code})


def does_with(shop: Shop, card: Told, word: str, **body: Any) -> Told:
    """Staff do something with a card."""
    return shop.asks("POST", f"stored_value/cards/{card.number}/{word}", body or None)


# ---------------------------------------------------------------------------------------------- presents
def test_a_present_belongs_to_whoever_was_told_its_code(shop: Shop, mei: BuyerActor, till: Till) -> None:
    sells_card(shop, "card-50", 5_000, 500)
    card = buys_card(shop, mei, "card-50", gift=True)
    assert mei.api.get("stored_value/cards").body["data"][0]["customer_id"] is None
    told = mei.asks("POST", f"stored_value/cards/{card.number}/code")
    assert told.number == card.number and len(told.code) == 12
    bo = shop.buyer("Bo")
    mine = binds(bo, card.number, told.code.lower())
    assert mine.customer_id == bo.id and on(mine) == (5_000, 500)
    assert cards_of(mei) == [] and [row.number for row in cards_of(bo)] == [card.number]
    mei.is_refused(404).asks("POST", f"stored_value/cards/{card.number}/code")
    assert bo.is_refused(409).asks("POST", f"stored_value/cards/{card.number}/code").code == "card_bound"
    assert mei.is_refused(404).asks("POST", "stored_value/cards/bind", told.told).detail


def test_a_fresh_code_ends_the_one_before(shop: Shop, mei: BuyerActor, till: Till) -> None:
    card = issues(shop)
    first, second = (does_with(shop, card, "code").code for _ in range(2))
    assert binds(mei.is_refused(404), card.number, first).code == "not_found"
    assert binds(mei, card.number, second).customer_id == mei.id


def test_the_code_is_kept_nowhere(shop: Shop) -> None:
    card = issues(shop)
    code = does_with(shop, card, "code").code
    with shop.merchant.inside(), reading():
        query = select(StoredValueCard).where(StoredValueCard.merchant_id == shop.merchant.id)
        row = db.session().scalars(query).one()
        assert code not in str(vars(row)) and row.code_hash is not None and len(row.code_hash) == 64


def test_wrong_codes_lock_a_card_until_it_has_a_fresh_one(shop: Shop, mei: BuyerActor, till: Till) -> None:
    card = issues(shop)
    code = does_with(shop, card, "code").code
    for _ in range(5):
        binds(mei.is_refused(404), card.number, "WRONGWRONG23")
    bo = shop.buyer("Bo")
    assert binds(bo.is_refused(404), card.number, code).code == "not_found"
    assert binds(bo, card.number, does_with(shop, card, "code").code).customer_id == bo.id


def test_who_guesses_is_stopped_whatever_the_cards(shop: Shop, mei: BuyerActor, clock: Clock, till: Till) -> None:
    card = issues(shop)
    code = does_with(shop, card, "code").code
    told = {binds(mei.is_refused(404), number, "X").detail for number in (card.number, *["1" * 16] * 9)}
    assert told == {"There is no card with this number and code."}
    stopped = binds(mei.is_refused(429), card.number, code)
    assert stopped.code == "too_many_requests" and stopped.retry_after == 3601
    assert binds(shop.buyer("Bo").is_refused(404), card.number, "X").code == "not_found"
    clock.passes(hours=1)
    assert binds(mei, card.number, code).customer_id == mei.id


def test_a_card_without_a_code_a_frozen_and_an_expired_one_are_nobodys_to_take(
    shop: Shop, mei: BuyerActor, clock: Clock, till: Till
) -> None:
    codeless, frozen, old = issues(shop), issues(shop), issues(shop, valid_days=1)
    codes = {card.number: does_with(shop, card, "code").code for card in (frozen, old)}
    does_with(shop, frozen, "freeze")
    clock.passes(days=2)
    till.night()
    for number, code in {codeless.number: "X", **codes}.items():
        assert binds(mei.is_refused(404), number, code).code == "not_found"


# ---------------------------------------------------------------------------------------------- staff
def test_a_card_by_hand_is_booked_as_cash_by_hand_and_a_present(shop: Shop, mei: BuyerActor, till: Till) -> None:
    card = issues(shop, customer_id=mei.id, bonus=200)
    assert on(card) == (500, 200) and [row.number for row in cards_of(mei)] == [card.number]
    assert [booked(till, book) for book in ("by_hand", "marketing", "tender:stored_value")] == [500, 200, -700]
    assert shop.is_refused(422).asks("POST", "stored_value/cards", {"valid_days": 1, "remark": "x"}).errors
    body = {"customer_id": str(uuid4()), "bonus": 1, "valid_days": 1, "remark": "x"}
    told = shop.is_refused(422).asks("POST", "stored_value/cards", body)
    assert told.errors[0].pointer == "/customer_id"


def test_staff_freeze_and_unfreeze(shop: Shop, mei: BuyerActor, clock: Clock, till: Till) -> None:
    card, old = issues(shop, customer_id=mei.id), issues(shop, valid_days=1)
    for word, status in (("freeze", "frozen"), ("freeze", "frozen"), ("unfreeze", "active"), ("unfreeze", "active")):
        assert does_with(shop, card, word).status == status
    clock.passes(days=2)
    till.night()
    for word in ("freeze", "unfreeze"):
        assert does_with(shop.is_refused(409), old, word).code == "card_status"


def test_staff_put_right_what_is_on_a_card_but_never_below_nothing(shop: Shop, mei: BuyerActor, till: Till) -> None:
    card = issues(shop, customer_id=mei.id, bonus=100)
    assert on(does_with(shop, card, "adjust", principal=-200, bonus=50, remark="a mistake")) == (300, 150)
    assert does_with(shop.is_refused(409), card, "adjust", principal=-301, remark="too much").code == "not_enough"
    assert on(does_with(shop, card, "adjust", principal=-300, bonus=-150, remark="all of it")) == (0, 0)
    assert [booked(till, book) for book in ("adjusted_cards", "tender:stored_value")] == [-500, 0]
    rows = shop.lists(f"stored_value/cards/{card.number}/entries")
    assert [(row["kind"], row["principal"], row["remark"], row["by"]) for row in rows] == [
        ("adjustment", -300, "all of it", "Olga Owner"),
        ("adjustment", -200, "a mistake", "Olga Owner"),
        ("grant", 500, "sorry", "Olga Owner"),
    ]
    own = mei.lists(f"stored_value/cards/{card.number}/entries")
    assert [row["kind"] for row in own] == ["adjustment", "adjustment", "grant"]
    assert not {"remark", "by", "reference"} & set(own[0])


def test_staff_let_an_expired_card_live_again(shop: Shop, mei: BuyerActor, clock: Clock, till: Till) -> None:
    card = issues(shop, customer_id=mei.id, bonus=100, valid_days=1)
    clock.passes(days=1)
    till.night()
    assert looks_at(mei, card).status == "expired" and booked(till, "expired_cards") == -600
    again = does_with(shop, card, "extend", days=10, remark="she was ill")
    assert on(again) == (500, 100) and again.status == "active"
    assert again.expires_at == (clock.now + timedelta(days=10)).isoformat().replace("+00:00", "Z")
    assert booked(till, "expired_cards") == 0
    does_with(shop, card, "extend", days=10, remark="still ill")
    assert on(looks_at(mei, card)) == (500, 100)


def test_cards_are_found_by_number_customer_and_status(shop: Shop, mei: BuyerActor) -> None:
    mine, other = issues(shop, customer_id=mei.id), issues(shop)
    does_with(shop, other, "freeze")
    assert [row["number"] for row in shop.lists("stored_value/cards", customer_id=mei.id)] == [mine.number]
    assert [row["number"] for row in shop.lists("stored_value/cards", status="frozen")] == [other.number]
    assert [row["number"] for row in shop.lists("stored_value/cards", number=mine.number)] == [mine.number]
    assert len(shop.lists("stored_value/cards")) == 2


@pytest.mark.parametrize(
    ("word", "body"),
    [
        ("", {"bonus": 1, "valid_days": 1, "remark": "x"}),
        ("/{card}/code", None),
        ("/{card}/freeze", None),
        ("/{card}/unfreeze", None),
        ("/{card}/extend", {"days": 1, "remark": "x"}),
        ("/{card}/adjust", {"bonus": 1, "remark": "x"}),
    ],
)
def test_each_word_needs_its_permission(shop: Shop, word: str, body: Any) -> None:
    card = issues(shop)
    reader = shop.merchant.api_key("stored_value.read")
    assert reader.get(f"stored_value/cards/{card.number}")["number"] == card.number
    path = f"stored_value/cards{word.format(card=card.number)}"
    assert reader.refused(403, "POST", path, body)["code"] == "forbidden"


def test_another_shops_card_is_not_there(shop: Shop, other_merchant: Any) -> None:
    card = issues(shop)
    theirs = Shop(other_merchant)
    theirs.turns_on("stored_value")
    for word in ("freeze", "code"):
        assert does_with(theirs.is_refused(404), card, word).code == "not_found"
    code = does_with(shop, card, "code").code
    assert binds(theirs.buyer("Bo").is_refused(404), card.number, code).code == "not_found"
