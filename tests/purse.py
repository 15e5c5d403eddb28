"""A tender for tests: purses of buyers, kept in memory; what a transaction did to them counts once it is committed."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from core.contracts.tender import Credit, GiveBack, Held, Hold, HoldRequest
from core.db import after_commit, transaction
from core.errors import Refused
from core.services import ledger
from tests.plugin_yard import Named, make_plugin
from tests.vocabulary import BuyerActor, Shop


class Purse:
    """What each buyer has in the purse, free to spend."""

    name, title, role, position, input_schema = "purse", {"en": "Purse", "zh": "钱包"}, "payable", 10, None

    def __init__(self) -> None:
        self.money: dict[UUID, int] = defaultdict(int)
        self.is_ill = False

    def authorise(self, customer_id: UUID, given: Any) -> dict[str, Any]:
        return {}

    def balance(self, customer_id: UUID, currency: str) -> int:
        if self.is_ill:
            raise ValueError("no")
        return self.money[customer_id]

    def hold(self, request: HoldRequest) -> Held:
        there = self.money[request.customer_id]
        amount = request.amount if request.exact else min(request.amount, there)
        if not 0 < amount <= there:
            raise Refused("There is not enough in the purse.", code="not_enough")
        self._changes(request.customer_id, -amount)
        return Held(amount)

    def capture(self, hold: Hold) -> None:
        """It is out of the purse already."""

    def release(self, hold: Hold) -> None:
        self._changes(hold.customer_id, hold.amount)

    def give_back(self, back: GiveBack) -> None:
        self._changes(back.hold.customer_id, back.amount)

    def credit(self, credit: Credit) -> None:
        self._changes(credit.customer_id, credit.amount)

    def fills(self, shop: Shop, buyer: BuyerActor, amount: int) -> None:
        """The shop gives a buyer money to spend, and books it."""
        self.money[UUID(buyer.id)] += amount
        with shop.merchant.inside(), transaction():
            sides = {"marketing": amount, "tender:purse": -amount}
            ledger.post("grant", sides, source="purse", currency="CNY")

    def _changes(self, customer_id: UUID, amount: int) -> None:
        def change() -> None:
            self.money[customer_id] += amount

        after_commit(change)


def register(purse: Purse) -> Named:
    """The plugin that brings *purse*."""
    return make_plugin("purse", {"register_tenders": lambda: [purse]})
