"""The words of the rules: a shop, two buyers with something to spend, a tender, and cash by two wires."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from core import plugins
from core.commands import doctor
from core.db import all_of, db, reading
from core.flows import money, refund
from core.models import Case, LedgerEntry, Order, Payment, RefundPart
from tests import invariants
from tests.conftest import Clock
from tests.contracts.tenders.tender_provider import TenderProvider
from tests.stories.mixed.till import Till
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import HonestWire

#: three tins of tea, sent for 100: no share of anything comes out even
PRICE, UNITS, FREIGHT = 3333, 3, 100
TOTAL = PRICE * UNITS + FREIGHT
#: what each buyer may spend, and what of it pays a part
HAS, PART = 5000, 3000


@dataclass
class Scene:
    """What a rule is played with: Mei buys, Wei is somebody else with as much to spend."""

    app: Flask
    shop: Shop
    mei: BuyerActor
    wei: BuyerActor
    clock: Clock
    provider: TenderProvider
    wires: Mapping[str, HonestWire]

    @property
    def till(self) -> Till:
        """Where it is paid."""
        return Till(self.shop, self.wires)

    @property
    def pays(self) -> bool:
        """Whether the tender pays; else it lowers the price."""
        return "pays" in self.provider.can

    # ------------------------------------------------------------------------------------------ ordering and paying
    def orders(self, part: int | None = None, *, sku: str = "tea", units: int = UNITS, **options: Any) -> Told:
        """Mei orders tea. *part*: of a tender that lowers prices, how much it takes off (PART)."""
        lowers = {} if self.pays else self.provider.options(PART if part is None else part)
        return self.mei.orders({sku: units}, options={**lowers, **options})

    def starts(self, order: Told, part: int | None = PART, channel: str | None = "wire", **more: Any) -> Told:
        """Mei begins to pay: *part* of it with the tender, if it pays, and the cash through *channel*."""
        who = self.mei.is_refused(more["expecting"]) if more else self.mei
        body = {"tenders": [*self.way(part), *([{"channel": channel, "product": "qr"}] if channel else [])]}
        return who.asks("POST", f"orders/{order.number}/payments", body)

    def way(self, part: int | None) -> list[dict[str, Any]]:
        """How a storefront says that the tender pays *part*; None = what is there."""
        return [{"channel": self.provider.name, "amount": part, "input": self.provider.gives()}] if self.pays else []

    def begun(self, part: int = PART, **more: Any) -> tuple[Told, Told]:
        """An order that the tender pays *part* of, once its cash comes; and the attempt at the cash."""
        order = self.orders(part, **more)
        return order, self.starts(order, part)

    def paid(self, part: int = PART) -> tuple[Told, Told]:
        """As before, and the cash has come."""
        order, payment = self.begun(part)
        self.till.cash_comes(payment)
        assert self.state(order) == "awaiting_shipment"
        return order, payment

    def is_told_again(self, payment: Told) -> None:
        """The wire repeats itself under a new name, and the job that concludes comes too."""
        self.till.cash_comes(payment)
        with self.shop.merchant.inside():
            money.conclude(*self.ids(payment))
        self.clock.settles()

    # ------------------------------------------------------------------------------------------ looking
    def has(self) -> tuple[int, int]:
        """What of Mei's is free, and what is set aside."""
        return self.provider.has(self.mei)

    def state(self, order: Told) -> str:
        """Where the order is."""
        return str(self.shop.sees(order).state)

    def holds(self, order: Told) -> list[tuple[str, int]]:
        """State and amount of each hold there ever was for the order, oldest first."""
        return [(state, amount) for name, state, amount in self.till.states(order) if name == self.provider.name]

    def rows(self) -> Counter[str]:
        """How many orders, payments and entries of the books there are."""
        found: Counter[str] = Counter()
        with self.shop.merchant.inside(), reading():
            for model in (Order, Payment, LedgerEntry):
                model: Any
                where = model.merchant_id == self.shop.merchant.id
                found[model.__tablename__] = int(db.session().scalar(select(func.count()).where(where)) or 0)
        return found

    def cases(self) -> list[str]:
        """Of which kinds something needs a human."""
        with self.shop.merchant.inside(), reading():
            return sorted(row.kind for row in all_of(Case, self.shop.merchant.id) if row.status == "open")

    def ids(self, payment: Told) -> tuple[UUID, UUID]:
        """The order's id and the attempt's."""
        with self.shop.merchant.inside(), reading():
            (row,) = all_of(Payment, self.shop.merchant.id, Payment.out_trade_no == payment.out_trade_no)
            return row.order_id, row.id

    # ------------------------------------------------------------------------------------------ giving back
    def gives_back(self, order: Told, *, destination: str = "origin", **wanted: Any) -> dict[str, int]:
        """Staff give a part back, or with nothing said everything; by name, what came of each payment."""
        refund = self.shop.refunds(order, **wanted, destination=destination).refunds[-1]
        self.clock.settles()
        return self.till.backs(order, refund["number"])

    def sends_again(self, order: Told) -> None:
        """Every job that ever paid a part of a refund comes once more."""
        with self.shop.merchant.inside():
            with reading():
                parts = [(row.order_id, row.id) for row in all_of(RefundPart, self.shop.merchant.id)]
            for order_id, part_id in parts:
                if str(order_id) == order.id:
                    refund.send_refund(order_id, part_id)

    # ------------------------------------------------------------------------------------------ trouble
    @contextmanager
    def ill(self, step: str) -> Iterator[list[str]]:
        """Meanwhile the tender breaks down in *step*, after it has done its work; what is yielded counts how often."""
        with self.shop.merchant.inside():
            tender: Any = plugins.tender(self.provider.name)[1]
        well: Callable[[Any], Any] = getattr(tender, step)
        broke: list[str] = []

        def breaks(asked: Any) -> None:
            well(asked)
            broke.append(step)
            raise RuntimeError("the plugin has a fault")

        setattr(tender, step, breaks)
        try:
            yield broke
        finally:
            delattr(tender, step)

    # ------------------------------------------------------------------------------------------ the books
    def breaches(self) -> list[str]:
        """Everything that does not add up: the tests' laws, the doctor's, and the books against the accounts."""
        with self.app.app_context():
            found = invariants.broken(failed_jobs=True)
            for diagnosis in doctor.examine({}, None, 20):
                found += [f"{diagnosis.name}: {told}" for told in diagnosis.sentences]
                found += [f"{diagnosis.name}: {diagnosis.trouble}"] if diagnosis.trouble else []
        return [*found, *self._books()]

    def _books(self) -> Iterator[str]:
        accounts = [self.provider.has(buyer) for buyer in (self.mei, self.wei)]
        free, held = sum(free for free, _ in accounts), sum(held for _, held in accounts)
        owed = free if self.provider.is_owed else free - 2 * HAS
        books = self.booked(f"tender:{self.provider.name}"), self.booked(f"held:{self.provider.name}")
        if books != (-owed, -held):
            yield f"the books owe {books} for the tender, the accounts hold {owed} free and {held} set aside"

    def booked(self, book: str) -> int:
        """What stands in a book."""
        with self.shop.merchant.inside(), reading():
            return sum(row.amount for row in all_of(LedgerEntry, self.shop.merchant.id, LedgerEntry.book == book))
