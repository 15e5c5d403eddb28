"""The steps that every story of presale begins with."""

from typing import Any

from tests.conftest import Clock
from tests.plugins.presale.stand import NOON, orders, waits_until
from tests.stories.mixed.till import Till
from tests.told import Told
from tests.vocabulary import BuyerActor


def deposited(till: Till, buyer: BuyerActor, units: dict[str, int] | None = None, **more: Any) -> Told:
    """An order whose deposit is paid."""
    order = orders(buyer, units, **more)
    till.cash_comes(till.pays(buyer, order, "wire"))
    return buyer.sees(order)


def paid_whole(till: Till, buyer: BuyerActor, clock: Clock, units: dict[str, int] | None = None, **more: Any) -> Told:
    """An order whose final is paid, at noon."""
    order = deposited(till, buyer, units, **more)
    waits_until(clock, NOON)
    till.cash_comes(till.pays(buyer, order, "wire"))
    return buyer.sees(order)
