"""The people behind a tender, as the contract suite plays them: filling an account, looking at it, wanting to spend.

A tender joins the suite by one class, a child of :class:`TenderProvider`, and one line in
``tests/contracts/tenders/table.py``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.plugin_yard import Named
from tests.vocabulary import BuyerActor, Shop

#: what a provider may declare in ``can``; a rule that needs one it lacks is not asked of it
ABILITIES: Mapping[str, str] = {
    "pays": "its role is payable: it pays a part of an instalment, when it is paid",
    "lowers": "its role is adjustment: it lowers the price of an order, when it is placed",
    "takes_credit": "refunds of other money may be paid into it (CreditingTender)",
}


class TenderProvider:
    """Who keeps the accounts of a tender. Amounts are minor units of CNY."""

    #: the tender's own name, and the plugin that brings it
    name: str
    plugin: str
    #: see ABILITIES
    can: frozenset[str]
    #: whether what customers have stands in the book ``tender:<name>``; else only what was spent stands there
    is_owed = True

    @contextmanager
    def opens(self) -> Iterator[None]:
        """Be there for one test."""
        yield

    def plugins(self) -> list[Named]:
        """Plugins to load that are not installed."""
        return []

    def sets_up(self, shop: Shop) -> None:
        """Turn it on at *shop*."""
        shop.turns_on(self.plugin)

    def fills(self, shop: Shop, buyer: BuyerActor, amount: int) -> None:
        """From now on *buyer* may spend so much more."""
        raise NotImplementedError

    def has(self, buyer: BuyerActor) -> tuple[int, int]:
        """What of the buyer's is free, and what is set aside."""
        raise NotImplementedError

    def gives(self) -> dict[str, Any]:
        """What the buyer gives to pay with it, rightly; only ``pays``."""
        return {}

    def options(self, amount: int) -> dict[str, Any]:
        """The order's options that have it take so much off; only ``lowers``."""
        raise NotImplementedError
