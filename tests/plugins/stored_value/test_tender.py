"""Paying with cards: what is set aside, spent, freed and given back, per card, principal and bonus apart."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import NotFound, Refused
from plugins.stored_value import accounts, cards
from plugins.stored_value.models import StoredValueCard
from tests.conftest import Clock
from tests.plugins.stored_value.till import Till, booked

pytestmark = pytest.mark.both_databases


def test_a_card_pays_in_proportion_of_what_was_paid_for_it_and_what_was_a_present(till: Till) -> None:
    mei = till.customer()
    card = till.card(mei, 10_000, 2_000)
    hold = till.holds(mei, 5_000)
    assert till.sees(card) == (5_833, 1_167, 4_167, 833)
    assert hold.note == {"cards": [{"card": card, "principal": 4_167, "bonus": 833}]}
    till.captures(hold)
    assert till.sees(card) == (5_833, 1_167, 0, 0)


def test_the_card_that_expires_first_pays_first_and_the_next_one_pays_the_rest(till: Till) -> None:
    mei = till.customer()
    late, early = till.card(mei, 3_000, days=90), till.card(mei, 2_000, 500, days=10)
    till.holds(mei, 4_000)
    assert till.free(early) == (0, 0) and till.free(late) == (1_500, 0)
    assert till.balance(mei) == 1_500


def test_only_the_cards_that_were_named_pay(till: Till) -> None:
    mei = till.customer()
    first, second = till.card(mei, 3_000, days=10), till.card(mei, 3_000, days=90)
    till.holds(mei, 1_000, second, second)
    assert till.free(first) == (3_000, 0) and till.free(second) == (2_000, 0)
    with pytest.raises(Refused, match="hold 2000, 2500 is wanted") as said:
        till.holds(mei, 2_500, second)
    assert said.value.code == "not_enough"


def test_as_much_as_there_is_may_be_less_than_what_was_asked_but_not_nothing(till: Till) -> None:
    mei = till.customer()
    with pytest.raises(Refused, match="The cards are empty") as said:
        till.holds(mei, 100, exact=False)
    assert said.value.code == "not_enough"
    card = till.card(mei, 700, 300)
    assert till.holds(mei, 5_000, exact=False).amount == 1_000
    assert till.sees(card) == (0, 0, 700, 300)


def test_what_is_not_enough_is_not_touched(till: Till) -> None:
    mei = till.customer()
    card = till.card(mei, 700)
    with pytest.raises(Refused):
        till.holds(mei, 701)
    assert till.sees(card) == (700, 0, 0, 0)
    assert [kind for kind, *_ in till.entries(card)] == ["grant"]


def test_a_card_of_somebody_else_and_one_that_never_was_are_told_alike(till: Till) -> None:
    mei, bo = till.customer(), till.customer()
    theirs, nobodys = till.card(bo, 1_000), till.card(None, 1_000)
    told = []
    for number in (theirs, nobodys, "1234567890123456"):
        with pytest.raises(NotFound) as said:
            till.holds(mei, 100, number)
        told.append(said.value.detail.replace(number, "N"))
    assert len(set(told)) == 1
    assert till.free(theirs) == (1_000, 0) and till.balance(mei) == 0


@pytest.mark.parametrize("why", ["frozen", "expired"])
def test_a_card_that_is_frozen_or_expired_pays_nothing(till: Till, clock: Clock, why: str) -> None:
    mei = till.customer()
    card, other = till.card(mei, 1_000, days=5), till.card(mei, 300, days=90)
    if why == "frozen":
        with till.work():
            cards.freeze(_row(card))
    else:
        clock.passes(days=5)
    assert till.balance(mei) == 300
    assert till.holds(mei, 1_000, exact=False).amount == 300
    assert till.sees(other) == (0, 0, 300, 0)
    with pytest.raises(Refused, match=why) as said:
        till.holds(mei, 100, card)
    assert said.value.code == "card_unusable"


def test_cards_of_another_currency_are_not_counted(till: Till) -> None:
    mei = till.customer()
    till.card(mei, 1_000)
    assert till.balance(mei, "USD") == 0


def test_cards_pay_for_nothing_that_becomes_money_again(till: Till) -> None:
    mei = till.customer()
    till.card(mei, 1_000)
    with pytest.raises(Refused) as said:
        till.holds(mei, 100, kind="recharge")
    assert said.value.code == "not_payable"


def test_what_is_released_is_on_the_same_cards_again(till: Till) -> None:
    mei = till.customer()
    first, second = till.card(mei, 1_001, 333, days=10), till.card(mei, 500, 7, days=20)
    hold = till.holds(mei, 1_500)
    till.releases(hold)
    assert till.sees(first) == (1_001, 333, 0, 0) and till.sees(second) == (500, 7, 0, 0)
    assert [kind for kind, *_ in till.entries(first)] == ["grant", "hold", "release"]


def test_parts_go_back_as_they_were_taken_until_every_unit_is_on_its_card(till: Till) -> None:
    mei = till.customer()
    first, second = till.card(mei, 1_000, 100, days=10), till.card(mei, 700, 300, days=20)
    hold = till.captures(till.holds(mei, 1_800))
    assert till.free(first) == (0, 0) and till.free(second) == (210, 90)
    till.gives_back(hold, 900, 0, "R1")
    assert till.free(first) == (500, 50) and till.free(second) == (210 + 245, 90 + 105)
    till.gives_back(hold, 1, 900, "R2")
    till.gives_back(hold, 899, 901, "R3")
    assert till.free(first) == (1_000, 100) and till.free(second) == (700, 300)
    assert booked(till, "orders") == 0 and booked(till, "tender:stored_value") == -2_100


def test_more_than_was_taken_never_comes_back(till: Till) -> None:
    mei = till.customer()
    card = till.card(mei, 1_000)
    hold = till.captures(till.holds(mei, 400))
    till.gives_back(hold, 300, 0, "R1")
    with pytest.raises(ValueError, match="leave"):
        till.gives_back(hold, 101, 300, "R2")
    assert till.free(card) == (900, 0)


def test_each_step_of_a_hold_happens_once(till: Till) -> None:
    mei = till.customer()
    card = till.card(mei, 1_000)
    hold = till.holds(mei, 400)
    till.captures(hold)
    for again in (till.captures, till.releases):
        with pytest.raises(RuntimeError, match="is not held"):
            again(hold)
    assert till.sees(card) == (600, 0, 0, 0)


def test_money_that_comes_back_to_an_expired_card_can_be_spent(till: Till, shop: object, clock: Clock) -> None:
    mei = till.customer()
    card = till.card(mei, 1_000, 500, days=5)
    spent, held = till.captures(till.holds(mei, 600)), till.holds(mei, 300)
    clock.passes(days=6)
    till.night()
    assert till.row(card).status == "expired" and till.sees(card) == (0, 0, 200, 100)
    till.gives_back(spent, 600, 0, "R1")
    assert till.free(card) == (400, 200) and till.balance(mei) == 600
    assert till.row(card).expires_at == clock.now + timedelta(days=90)
    till.releases(held)
    assert till.balance(mei) == 900
    assert booked(till, "expired_cards") == -600


def test_a_frozen_card_takes_money_back_and_stays_frozen(till: Till) -> None:
    mei = till.customer()
    card = till.card(mei, 1_000)
    hold, spent = till.holds(mei, 300), till.captures(till.holds(mei, 200))
    with till.work():
        cards.freeze(_row(card))
    till.captures(hold)
    till.gives_back(spent, 200, 0, str(uuid4()))
    assert till.sees(card) == (700, 0, 0, 0) and till.row(card).status == "frozen"


def _row(number: str) -> StoredValueCard:
    return accounts.called(number, lock=True)
