"""A till that asks the tender `balance` and the withdrawals as core and the doors do, and books what core books."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from core import clock
from core.contracts.tender import Credit, GiveBack, Hold, HoldRequest
from core.db import add, all_of, flush, reading, transaction
from core.ids import new_id
from core.models import Customer
from core.services import ledger
from plugins.balance_points import accounts, adjusting, withdrawals
from plugins.balance_points.accounts import balance_of
from plugins.balance_points.balance import Balance
from plugins.balance_points.models import BalancePointsEntry, BalancePointsWithdrawal
from tests.plugin_yard import place_order

TENDER = Balance()
FREE, HELD = ledger.tender_book("balance"), ledger.held_book("balance")


class Till:
    """One customer with balance, and orders they pay for. Every word opens a transaction of its own."""

    def __init__(self, merchant_id: int, inside: Any) -> None:
        self.merchant_id, self.inside = merchant_id, inside
        with self.work():
            self.customer = add(Customer(merchant_id=merchant_id, created_at=clock.now())).id
            order = place_order(merchant_id, customer_id=self.customer)
            order.state, order.version = "pending_payment", 1
            flush()
            self.order_id, self.number = order.id, order.number

    @contextmanager
    def work(self) -> Iterator[None]:
        """A transaction of the merchant."""
        with self.inside(), transaction():
            yield

    def sees(self) -> tuple[int, int]:
        """Free and set aside."""
        with self.inside(), reading():
            row = accounts.find(balance_of(self.customer, "CNY"))
            return (row.available, row.held) if row else (0, 0)

    def entries(self) -> list[tuple[str, int, int]]:
        """What happened, oldest first."""
        with self.inside(), reading():
            row = accounts.find(balance_of(self.customer, "CNY"))
            found = all_of(BalancePointsEntry, self.merchant_id, BalancePointsEntry.account_id == (row and row.id))
            return [(one.kind, one.available, one.held) for one in found]

    # ------------------------------------------------------------------------------------------ what happens
    def adjusts(self, change: int) -> None:
        """Staff put it right."""
        with self.work():
            adjusting.adjust(self.customer, "balance", change, "a test", None)

    def holds(self, amount: int, *, exact: bool = True) -> Hold:
        """Core has it set aside for an order."""
        with self.work():
            request = HoldRequest(
                self.merchant_id, self.customer, self.order_id, self.number, new_id(), amount, exact, "CNY"
            )
            held = TENDER.hold(request)
            self._book("hold", {FREE: held.amount, HELD: -held.amount})
        return Hold(self.merchant_id, self.customer, self.order_id, self.number, request.payment_id, held.amount, "CNY")

    def captures(self, hold: Hold) -> None:
        """It pays the order."""
        with self.work():
            TENDER.capture(hold)
            self._book("capture", {HELD: hold.amount, ledger.ORDERS: -hold.amount})

    def releases(self, hold: Hold) -> None:
        """The order came to nothing."""
        with self.work():
            TENDER.release(hold)
            self._book("release", {HELD: hold.amount, FREE: -hold.amount})

    def gives_back(self, hold: Hold, amount: int, returned: int) -> None:
        """A part of what was paid comes back."""
        with self.work():
            TENDER.give_back(GiveBack(hold, amount, returned, new_id().hex))
            self._book("refund", {ledger.ORDERS: amount, FREE: -amount})

    def credits(self, amount: int) -> None:
        """Money that came another way is given back as balance."""
        with self.work():
            TENDER.credit(
                Credit(self.merchant_id, self.customer, self.order_id, self.number, amount, "CNY", new_id().hex)
            )
            self._book("refund", {ledger.ORDERS: amount, FREE: -amount})

    def asks_for(self, amount: int) -> UUID:
        """The customer wants it paid out."""
        with self.work():
            return withdrawals.ask(self.customer, amount, "a bank").id

    def approves(self, withdrawal_id: UUID) -> None:
        """Staff say yes."""
        with self.work():
            withdrawals.decide(withdrawal_id, "approve", None)

    def pays_out(self, withdrawal_id: UUID) -> None:
        """Staff made the transfer."""
        with self.work():
            withdrawals.pay(withdrawal_id, new_id().hex, None)

    def refuses(self, withdrawal_id: UUID) -> None:
        """Staff say no."""
        with self.work():
            withdrawals.decide(withdrawal_id, "refuse", "no")

    def withdrawal(self, withdrawal_id: UUID) -> BalancePointsWithdrawal:
        """One of them."""
        with self.inside(), reading():
            (row,) = all_of(BalancePointsWithdrawal, self.merchant_id, BalancePointsWithdrawal.id == withdrawal_id)
            return row

    def _book(self, kind: str, sides: dict[str, int]) -> None:
        ledger.post(kind, sides, source="core", currency="CNY", order_id=self.order_id)
