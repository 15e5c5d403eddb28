"""Cards whose time is over: owners are told before, what is free is gone once, and checks see what does not agree."""

from uuid import UUID

import pytest

from core.db import all_of, reading
from core.models import Event
from tests.conftest import Clock
from tests.plugins.stored_value.counter import buys_card, sells_card
from tests.plugins.stored_value.till import Till, booked
from tests.vocabulary import BuyerActor, Shop


def told(till: Till, name: str) -> list[dict[str, object]]:
    """What was announced under *name*."""
    with till.inside(), reading():
        return [event.data for event in all_of(Event, till.merchant_id, Event.name == f"stored_value.{name}")]


def test_a_card_expires_at_its_moment_and_only_once(till: Till, clock: Clock) -> None:
    mei = till.customer()
    card = till.card(mei, 1_000, 200, days=5)
    clock.passes(days=4, hours=23, minutes=59, seconds=59)
    till.night()
    assert till.free(card) == (1_000, 200) and till.balance(mei) == 1_200
    clock.passes(seconds=1)
    assert till.balance(mei) == 0, "it pays nothing more, though the night has not come"
    for _ in range(2):
        till.night()
    assert till.free(card) == (0, 0) and till.row(card).status == "expired"
    assert [kind for kind, *_ in till.entries(card)] == ["grant", "expiry"]
    assert booked(till, "expired_cards") == -1_200
    assert [row["amount"] for row in told(till, "card_expired")] == [1_200]


def test_what_an_order_holds_does_not_expire(till: Till, clock: Clock) -> None:
    mei = till.customer()
    card = till.card(mei, 1_000, days=5)
    hold = till.holds(mei, 400)
    clock.passes(days=6)
    till.night()
    assert till.sees(card) == (0, 0, 400, 0)
    till.captures(hold)
    assert till.sees(card) == (0, 0, 0, 0)


def test_a_frozen_card_does_not_expire_while_it_is_frozen(shop: Shop, till: Till, clock: Clock) -> None:
    card = till.card(till.customer(), 1_000, days=5)
    shop.asks("POST", f"stored_value/cards/{card}/freeze")
    clock.passes(days=6)
    till.night()
    assert till.free(card) == (1_000, 0)
    shop.asks("POST", f"stored_value/cards/{card}/unfreeze")
    till.night()
    assert till.free(card) == (0, 0)


def test_owners_are_told_once_before_their_card_expires(shop: Shop, mei: BuyerActor, till: Till, clock: Clock) -> None:
    sells_card(shop, "card-50", 5_000, valid_days=30)
    card = buys_card(shop, mei, "card-50")
    by_hand, empty = till.card(UUID(mei.id), 300, days=30), till.card(UUID(mei.id), 1, days=30)
    till.holds(UUID(mei.id), 1, empty)
    clock.passes(days=22)
    till.night()
    assert told(till, "card_expiring") == []
    clock.passes(days=1)
    for _ in range(2):
        till.night()
    rows = told(till, "card_expiring")
    assert {(row["card"], row["amount"]) for row in rows} == {(card.number[-4:], 5_000), (by_hand[-4:], 300)}
    clock.settles()
    mails = str([row["texts"] for row in mei.inbox() if row["name"] == "stored_value.card_expiring"])
    assert mails.count("expires on") == 2, "the card that she was given, too"
    assert card.number[-4:] in mails and by_hand[-4:] in mails and card.number not in mails


def test_a_shop_that_wants_no_reminders_sends_none(shop: Shop, till: Till, clock: Clock) -> None:
    shop.sets_plugin("stored_value", remind_days=0)
    till.card(till.customer(), 300, days=3)
    till.night()
    assert told(till, "card_expiring") == []


def test_many_cards_expire_in_one_night(till: Till, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.stored_value.jobs.BATCH", 2)
    mei = till.customer()
    numbers = [till.card(mei, 10, days=1) for _ in range(5)]
    clock.passes(days=1)
    till.night()
    assert {till.free(number) for number in numbers} == {(0, 0)}


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE stored_value_cards SET principal = principal + 1", "its entries say"),
        ("UPDATE stored_value_cards SET held_principal = held_principal + 1", "live holds took"),
        ("DELETE FROM ledger_entries WHERE book = 'tender:stored_value'", "the books say"),
        ("UPDATE stored_value_sales SET issued_at = NULL", "has no cards"),
    ],
)
def test_whoever_writes_past_the_plugin_is_found(
    shop: Shop, mei: BuyerActor, till: Till, statement: str, check: str
) -> None:
    sells_card(shop, "card-50", 5_000)
    buys_card(shop, mei, "card-50")
    assert till.broken() == []
    till.writes(statement)
    assert any(check in sentence for sentence in till.broken())
