"""A till that takes cards: it asks the tender as core does, in core's transactions, and books what core books."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import clock
from core.contracts.tender import GiveBack, Hold, HoldRequest
from core.db import across_merchants, add, all_of, db, find, flush, reading, transaction
from core.ids import new_id
from core.models import Customer, Instalment, Order, Payment
from core.queue import soon
from core.services import ledger
from plugins.stored_value import accounts, cards
from plugins.stored_value.checks import CHECKS
from plugins.stored_value.models import StoredValueCard, StoredValueEntry
from plugins.stored_value.tender import StoredValue
from tests.plugin_yard import place_order

TENDER = StoredValue()
DAY = timedelta(days=1)


class Till:
    """Customers with cards, and orders they pay for. Every word opens a transaction of its own.

    :param inside: enters the application as somebody of the merchant. :param settles: runs the jobs that are due.
    """

    def __init__(self, merchant_id: int, inside: Any, settles: Any) -> None:
        self.merchant_id, self.inside, self.settles = merchant_id, inside, settles
        #: whether the test itself broke an invariant
        self.spoilt = False

    @contextmanager
    def work(self) -> Iterator[None]:
        """A transaction of the merchant."""
        with self.inside(), transaction():
            yield

    @contextmanager
    def look(self) -> Iterator[None]:
        """A reading of the merchant."""
        with self.inside(), reading():
            yield

    # ------------------------------------------------------------------------------------------ people and cards
    def customer(self) -> UUID:
        """Somebody new."""
        with self.work():
            return add(Customer(merchant_id=self.merchant_id, created_at=clock.now())).id

    def card(self, owner: UUID | None, principal: int, bonus: int = 0, days: int = 100) -> str:
        """A card with so much on it; its number."""
        with self.work():
            card = cards.grant(owner, principal, bonus, days, "a test")
            return card.number

    def sees(self, number: str) -> tuple[int, int, int, int]:
        """Free principal and bonus of a card, and what of each is set aside."""
        with self.look():
            card = accounts.called(number)
            return card.principal, card.bonus, card.held_principal, card.held_bonus

    def free(self, number: str) -> tuple[int, int]:
        """Free principal and bonus of a card."""
        return self.sees(number)[:2]

    def row(self, number: str) -> StoredValueCard:
        """The row of a card."""
        with self.look():
            return accounts.called(number)

    def entries(self, number: str) -> list[tuple[str, int, int, int, int]]:
        """What happened to a card, oldest first: kind and four signed amounts."""
        with self.look():
            row = StoredValueEntry
            found = all_of(row, self.merchant_id, row.card_id == accounts.called(number).id)
            return [(one.kind, one.principal, one.bonus, one.held_principal, one.held_bonus) for one in found]

    # ------------------------------------------------------------------------------------------ what core does
    def holds(
        self, owner: UUID, amount: int, *numbers: str, exact: bool = True, kind: str = "normal", currency: str = "CNY"
    ) -> Hold:
        """Hold *amount* for a new order, as core does."""
        with self.work():
            order, payment_id = self._order(owner, kind), new_id()
            given = TENDER.authorise(owner, {"cards": list(numbers)})
            request = HoldRequest(
                self.merchant_id, owner, order.id, order.number, payment_id, amount, exact, currency, given
            )
            held = TENDER.hold(request)
            payment = self._payment(order, payment_id, held.amount, held.note)
            ledger.book_hold(order, payment)
            return self._hold(order, payment)

    def captures(self, hold: Hold) -> Hold:
        """The money that pays the order is there."""
        with self.work():
            TENDER.capture(hold)
            ledger.book_capture(*self._rows(hold))
        return hold

    def releases(self, hold: Hold) -> None:
        """The order came to nothing."""
        with self.work():
            TENDER.release(hold)
            ledger.book_release(*self._rows(hold))

    def gives_back(self, hold: Hold, amount: int, returned: int, number: str) -> None:
        """A part of what was paid goes back."""
        with self.work():
            order, payment = self._rows(hold)
            TENDER.give_back(GiveBack(hold, amount, returned, number))
            sides = {ledger.ORDERS: amount, ledger.tender_book("stored_value"): -amount}
            ledger.post("refund", sides, source="core", currency="CNY", order_id=order.id, payment_id=payment.id)

    def night(self) -> None:
        """What comes back every night is done."""
        with self.work():
            soon("stored_value.expire")
            soon("stored_value.follow_orders")
        self.settles()

    def balance(self, owner: UUID, currency: str = "CNY") -> int | None:
        """What the shop would show."""
        with self.look():
            return TENDER.balance(owner, currency)

    def writes(self, statement: str) -> None:
        """Somebody writes past the plugin."""
        with self.inside(), across_merchants(), transaction() as session:
            session.connection().exec_driver_sql(statement)
        self.spoilt = True

    def broken(self) -> list[str]:
        """Every invariant of the plugin that does not hold."""
        with self.inside(), across_merchants(), reading():
            return [told for check in CHECKS for told in check.find()]

    # ------------------------------------------------------------------------------------------ rows as core writes
    def _order(self, owner: UUID, kind: str) -> Order:
        order = place_order(self.merchant_id, customer_id=owner, kind=kind, payable=10**9)
        order.state, order.version = "pending_payment", 1
        flush()
        return order

    def _payment(self, order: Order, payment_id: UUID, amount: int, note: Mapping[str, Any]) -> Payment:
        part = add(Instalment(merchant_id=self.merchant_id, order_id=order.id, position=1, amount=amount))
        return add(
            Payment(
                id=payment_id, merchant_id=self.merchant_id, order_id=order.id, role="payable", instalment_id=part.id,
                channel="stored_value", out_trade_no=payment_id.hex, amount=amount, currency="CNY", input={},
                note=dict(note), state="open", created_at=clock.now(),
            )
        )  # fmt: skip

    def _rows(self, hold: Hold) -> tuple[Order, Payment]:
        order = find(Order, self.merchant_id, hold.order_id)
        payment = find(Payment, self.merchant_id, hold.payment_id)
        assert order and payment
        return order, payment

    def _hold(self, order: Order, payment: Payment) -> Hold:
        return Hold(
            self.merchant_id, order.customer_id, order.id, order.number, payment.id, payment.amount, "CNY", payment.note
        )


def booked(till: Till, book: str) -> int:
    """What a book says of the merchant, debit positive."""
    with till.look():
        entry = ledger.LedgerEntry
        rows = db.session().scalars(
            select(entry.amount).where(entry.merchant_id == till.merchant_id, entry.book == book)
        )
        return sum(rows)
