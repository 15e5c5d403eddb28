"""Whatever happens to an account, in whatever order: entries come to what it holds, and nothing is below nothing."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from core.contracts.tender import Hold
from core.errors import Refused
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.balance_points import desk
from tests.plugins.balance_points.till import Till
from tests.vocabulary import Shop

AMOUNTS = st.integers(1, 3000)
WHICH = st.integers(0, 50)


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Iterator[Shop]:
    """A shop whose orders are bare rows: core's own laws say nothing of them."""
    yield desk.opens(Shop(merchant))
    assert desk.breaches(merchant) == []


def test_an_account_is_what_its_entries_say_whatever_happens(shop: Shop) -> None:
    class Account(RuleBasedStateMachine):
        """One customer's balance, and what we expect of it."""

        def __init__(self) -> None:
            super().__init__()
            self.till = Till(shop.merchant.id, shop.merchant.inside)
            self.free = self.held = 0
            self.holds: list[Hold] = []
            self.spent: list[list[Any]] = []
            self.asked: list[UUID] = []

        def takes(self, amount: int, call: Any) -> Any:
            """*call* takes *amount* of what is free, or is refused where there is less."""
            if amount > self.free:
                with pytest.raises(Refused) as no:
                    call()
                assert no.value.code == "not_enough"
                return None
            found = call()
            self.free -= amount
            return found

        @rule(change=st.integers(-3000, 6000).filter(bool))
        def is_adjusted(self, change: int) -> None:
            self.takes(-change, lambda: self.till.adjusts(change))

        @rule(amount=AMOUNTS)
        def is_held(self, amount: int) -> None:
            if hold := self.takes(amount, lambda: self.till.holds(amount)):
                self.held += amount
                self.holds.append(hold)

        @rule(amount=AMOUNTS)
        def as_much_as_there_is_is_held(self, amount: int) -> None:
            there = min(amount, self.free)
            if hold := self.takes(there or amount, lambda: self.till.holds(amount, exact=False)):
                assert hold.amount == there
                self.held += there
                self.holds.append(hold)

        @precondition(lambda self: self.holds)
        @rule(n=WHICH)
        def is_captured(self, n: int) -> None:
            hold = self.holds.pop(n % len(self.holds))
            self.till.captures(hold)
            self.held -= hold.amount
            self.spent.append([hold, 0])

        @precondition(lambda self: self.holds)
        @rule(n=WHICH)
        def is_released(self, n: int) -> None:
            hold = self.holds.pop(n % len(self.holds))
            self.till.releases(hold)
            self.held -= hold.amount
            self.free += hold.amount

        @precondition(lambda self: self.spent)
        @rule(n=WHICH, most=AMOUNTS)
        def is_given_back(self, n: int, most: int) -> None:
            row = self.spent[n % len(self.spent)]
            hold, returned = row
            if amount := min(most, hold.amount - returned):
                self.till.gives_back(hold, amount, returned)
                row[1] += amount
                self.free += amount

        @rule(amount=AMOUNTS)
        def is_credited(self, amount: int) -> None:
            self.till.credits(amount)
            self.free += amount

        @rule(amount=st.integers(100, 3000))
        def is_asked_for(self, amount: int) -> None:
            if asked := self.takes(amount, lambda: self.till.asks_for(amount)):
                self.held += amount
                self.asked.append(asked)

        @precondition(lambda self: self.asked)
        @rule(n=WHICH, paid=st.booleans())
        def is_decided(self, n: int, paid: bool) -> None:
            asked = self.asked.pop(n % len(self.asked))
            amount = self.till.withdrawal(asked).amount
            if paid:
                self.till.approves(asked)
                self.till.pays_out(asked)
            else:
                self.till.refuses(asked)
                self.free += amount
            self.held -= amount

        @invariant()
        def it_is_what_the_entries_say(self) -> None:
            rows = self.till.entries()
            assert self.till.sees() == (self.free, self.held)
            assert (sum(row[1] for row in rows), sum(row[2] for row in rows)) == (self.free, self.held)
            assert min(self.free, self.held) >= 0

        def teardown(self) -> None:
            assert desk.breaches(shop.merchant) == []

    run_state_machine_as_test(
        Account,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_step_that_is_asked_twice_is_refused_by_the_database(shop: Shop) -> None:
    till = Till(shop.merchant.id, shop.merchant.inside)
    till.adjusts(5000)
    first, second = till.holds(1000), till.holds(1000)
    till.captures(first)
    with pytest.raises(Exception, match="(?i)unique"):
        till.captures(first)
    assert till.sees() == (3000, 1000)
    till.releases(second)
    with pytest.raises(RuntimeError, match="less is set aside"):
        till.releases(second)
    assert till.sees() == (4000, 0)
