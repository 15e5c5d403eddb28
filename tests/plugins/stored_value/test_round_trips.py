"""Whatever is held, spent, freed and given back in whatever order: no card below nothing, and all of it comes home."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contracts.tender import Hold
from core.errors import Refused
from tests.plugins.stored_value.till import Till

Cards = list[tuple[int, int]]
CARDS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 900)).filter(any), min_size=1, max_size=4)
AMOUNTS = st.lists(st.integers(1, 4_000), min_size=1, max_size=4)
CHOICES = st.data()
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def agrees(till: Till, number: str) -> None:
    """The entries of a card come to what is on it, and nothing is below nothing."""
    there = till.sees(number)
    assert min(there) >= 0
    assert tuple(sum(amounts) for amounts in list(zip(*till.entries(number), strict=True))[1:]) == there


def in_parts(data: st.DataObject, total: int) -> list[int]:
    """*total* cut into one to four parts."""
    cuts = sorted(data.draw(st.lists(st.integers(1, max(total - 1, 1)), max_size=3, unique=True))) if total > 1 else []
    edges = [0, *cuts, total]
    return [after - before for before, after in zip(edges, edges[1:], strict=False)]


@FEW
@given(made=CARDS, amounts=AMOUNTS, data=CHOICES)
def test_everything_given_back_is_everything_taken_per_card_and_kind(
    till: Till, made: Cards, amounts: list[int], data: Any
) -> None:
    mei = till.customer()
    numbers = [till.card(mei, *both, days=n + 1) for n, both in enumerate(made)]
    holds: list[Hold] = []
    for amount in amounts:
        try:
            holds.append(till.holds(mei, amount, exact=data.draw(st.booleans())))
        except Refused as no:
            assert no.code == "not_enough"
    steps = [(hold, part) for hold in holds for part in in_parts(data, hold.amount)]
    spent = {hold.payment_id for hold in holds if data.draw(st.booleans())}
    returned = dict.fromkeys((hold.payment_id for hold in holds), 0)
    for hold in holds:
        if hold.payment_id in spent:
            till.captures(hold)
        else:
            till.releases(hold)
    for n, (hold, part) in enumerate(data.draw(st.permutations(steps))):
        if hold.payment_id in spent:
            till.gives_back(hold, part, returned[hold.payment_id], f"R{n}")
            returned[hold.payment_id] += part
            for number in numbers:
                agrees(till, number)
    assert [till.sees(number) for number in numbers] == [(principal, bonus, 0, 0) for principal, bonus in made]
    assert till.broken() == []


@FEW
@given(made=CARDS, amount=st.integers(1, 3_000))
def test_what_is_set_aside_is_taken_as_it_lies_on_each_card(till: Till, made: Cards, amount: int) -> None:
    mei = till.customer()
    numbers = [till.card(mei, *both, days=n + 1) for n, both in enumerate(made)]
    there = sum(map(sum, made))
    held = till.holds(mei, amount, exact=False)
    assert held.amount == min(amount, there)
    for number, (principal, bonus) in zip(numbers, made, strict=True):
        _, _, own, gift = till.sees(number)
        # within less than one unit of the exact proportion
        assert abs(own * (principal + bonus) - (own + gift) * principal) < principal + bonus
        agrees(till, number)


def test_a_repeat_of_one_name_is_refused_by_the_database(till: Till) -> None:
    mei = till.customer()
    card = till.card(mei, 1_000)
    hold = till.captures(till.holds(mei, 600))
    till.gives_back(hold, 100, 0, "R1")
    with pytest.raises(Exception, match="(?i)unique"):
        till.gives_back(hold, 100, 100, "R1")
    assert till.free(card) == (500, 0)
