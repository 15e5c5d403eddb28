"""The smallest tender there is, and the pattern for real ones: jars in memory, which trust core and guard nothing."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from core.contracts.tender import Credit, GiveBack, Held, Hold, HoldRequest
from core.db import after_commit, transaction
from core.errors import Refused
from core.services import ledger
from tests.contracts.tenders.tender_provider import TenderProvider
from tests.plugin_yard import Named, make_plugin
from tests.vocabulary import BuyerActor, Shop


class Jar:
    """What each customer has, free and set aside; what a transaction did to it counts once it is committed."""

    name, title, role, position, input_schema = "jar", {"en": "Jar", "zh": "罐"}, "payable", 15, None

    def __init__(self) -> None:
        self.free: Counter[Any] = Counter()
        self.aside: Counter[Any] = Counter()

    def authorise(self, customer_id: UUID, given: Any) -> dict[str, Any]:
        return {}

    def balance(self, customer_id: UUID, currency: str) -> int:
        return self.free[customer_id]

    def hold(self, request: HoldRequest) -> Held:
        there = self.free[self.whose(request)]
        amount = request.amount if request.exact else min(request.amount, there)
        if not 0 < amount <= there:
            raise Refused(f"There are {there} in the jar.", code="not_enough")
        self.changes(request, free=-amount, aside=amount)
        return Held(amount)

    def capture(self, hold: Hold) -> None:
        self.changes(hold, aside=-hold.amount)

    def release(self, hold: Hold) -> None:
        self.changes(hold, free=hold.amount, aside=-hold.amount)

    def give_back(self, back: GiveBack) -> None:
        self.changes(back.hold, free=back.amount)

    def credit(self, credit: Credit) -> None:
        self.changes(credit, free=credit.amount)

    def whose(self, of: Any) -> Any:
        """The jar that a request, hold or credit is about."""
        return of.customer_id

    def changes(self, of: Any, *, free: int = 0, aside: int = 0) -> None:
        """Add to what is in a jar."""

        def change() -> None:
            self.free[self.whose(of)] += free
            self.aside[self.whose(of)] += aside

        after_commit(change)


class JarProvider(TenderProvider):
    """The keeper of the jars. *make* brings the tender: the proofs that the rules bite bring broken ones."""

    name = plugin = "jar"
    can = frozenset({"pays", "takes_credit"})

    def __init__(self, make: Callable[[], Jar] = Jar) -> None:
        self._make = make

    @contextmanager
    def opens(self) -> Iterator[None]:
        self.jar = self._make()
        yield

    def plugins(self) -> list[Named]:
        return [make_plugin("jar", {"register_tenders": lambda: [self.jar]})]

    def fills(self, shop: Shop, buyer: BuyerActor, amount: int) -> None:
        self.jar.free[UUID(buyer.id)] += amount
        with shop.merchant.inside(), transaction():
            ledger.post("grant", {"marketing": amount, "tender:jar": -amount}, source="jar", currency="CNY")

    def has(self, buyer: BuyerActor) -> tuple[int, int]:
        return self.jar.free[UUID(buyer.id)], self.jar.aside[UUID(buyer.id)]
