"""A stall that is paid by wire: what buyers begin, what the wire tells of it, and what must be true in the end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from core import clock
from core.contracts.payment_channel import Fact, Receipt
from core.db import all_of, db, reading
from core.models import Account, Deadline, Notice, Payment, RefundPart
from tests.conftest import Clock
from tests.races.yard import Said, Stall
from tests.wire import WORD, HonestWire, told

PRICE = 4900
#: what a job says that will come again
DEAF = re.compile(r": job core\.\w+: Channel(Down|Unsure|Trouble): ")


@dataclass(frozen=True)
class Bill:
    """One order that waits for its money, and the numbers that may bring it, by channel."""

    buyer: str
    number: str
    order_id: UUID
    attempts: dict[str, str]


class PaidStall(Stall):
    """A stall with an account at each of its wires; tea costs 4900."""

    def __init__(self, app: Flask, wires: Sequence[HonestWire], code: str = "stall", **settings: Any) -> None:
        super().__init__(app, code, settings=settings)
        self.wires = {wire.name: wire for wire in wires}
        for name in self.wires:
            self.staff("POST", "accounts", {"plugin": name, "name": "main", "settings": {}})
            self.staff("POST", f"plugins/{name}/enable", {})
        with self.inside(), reading() as session:
            rows = session.scalars(select(Account).where(Account.merchant_id == self.id))
            self._doors = {row.plugin: (row.id, row.notify_token) for row in rows}

    # ------------------------------------------------------------------------------------------ paying
    def begins(self, buyer: str, number: str, channel: str = "wire", product: str = "qr") -> Said:
        """The buyer starts a payment, as it is answered."""
        tender = {"channel": channel} | ({"product": product} if channel in self.wires else {})
        return self.shop(buyer, "POST", f"orders/{number}/payments", {"tenders": [tender]})

    def bills(self, how_many: int, *channels: str) -> list[Bill]:
        """New orders of one tea, each of a buyer of its own, with an attempt at each of *channels* (the wire)."""
        made = []
        for buyer in self.buyers(how_many):
            order = self.placed(buyer, ("tea", 1), total=PRICE)
            numbers = {name: self.begins(buyer, order["number"], name) for name in channels or ("wire",)}
            assert all(said.good for said in numbers.values()), numbers
            attempts = {name: str(said["out_trade_no"]) for name, said in numbers.items()}
            made.append(Bill(buyer, order["number"], UUID(order["id"]), attempts))
        return made

    def tells(self, *facts: Fact, channel: str = "wire", event_id: str | None = None) -> Said:
        """The channel knocks at the stall's door of notices."""
        body = told(*facts, event_id=event_id)
        path = f"/v1/notify/{self._doors[channel][1]}"
        answer = self.app.test_client().post(path, data=body, headers={"X-Wire-Word": WORD})
        return Said(answer.status_code, answer.data)

    def receives(
        self, bill: Bill, channel: str = "wire", *, past_closing: bool = False, at_closing: bool = False
    ) -> Said | None:
        """The buyer pays, if the channel still takes it, and the channel tells so.

        :param at_closing: not before somebody asks the channel to close it.
        """
        if at_closing:
            self.wires[channel].closing[bill.attempts[channel]].wait(20)
        receipt = self.wires[channel].pays(bill.attempts[channel], PRICE, past_closing=past_closing)
        return self.tells(receipt, channel=channel) if receipt else None

    def receipt(self, bill: Bill, channel: str = "wire") -> Receipt:
        """What the channel tells once it is paid."""
        receipt = self.wires[channel].pays(bill.attempts[channel], PRICE)
        assert receipt is not None
        return receipt

    # ------------------------------------------------------------------------------------------ time and jobs
    def rings(self, bill: Bill, flow: Any) -> Any:
        """The work of the order's pay deadline, as *flow* does it, for a thread of its own."""
        with self.inside(), reading():
            (row,) = all_of(Deadline, self.id, Deadline.order_id == bill.order_id, Deadline.kind == "pay")
        return partial(self.does, flow, row.id, bill.order_id)

    def does(self, flow: Any, *args: Any) -> Any:
        """A flow, run as the system runs it."""
        with self.inside():
            return flow(*args)

    def settles(self) -> None:
        """Run what is due until nothing is."""
        Clock(self.app).settles()

    # ------------------------------------------------------------------------------------------ looking
    def seen(self, bill: Bill) -> Said:
        """The order as staff see it."""
        return self.staff("GET", f"orders/{bill.number}")

    def payment_id(self, bill: Bill, channel: str = "wire") -> UUID:
        """The attempt's id."""
        with self.inside(), reading():
            (row,) = all_of(Payment, self.id, Payment.out_trade_no == bill.attempts[channel])
            return row.id

    def parts(self, bill: Bill) -> list[RefundPart]:
        """The parts of its refunds."""
        with self.inside(), reading():
            return all_of(RefundPart, self.id, RefundPart.order_id == bill.order_id)

    def part_id(self, out_refund_no: str) -> UUID:
        """The id of the refund part of that number."""
        with self.inside(), reading():
            (row,) = all_of(RefundPart, self.id, RefundPart.out_refund_no == out_refund_no)
            return row.id

    def notices(self) -> list[Notice]:
        """The inbox of notices."""
        with self.inside(), reading():
            return list(db.session().scalars(select(Notice).where(Notice.merchant_id == self.id)))

    def account_id(self, channel: str = "wire") -> UUID:
        """The account at that wire."""
        return self._doors[channel][0]

    def booked(self, bill: Bill) -> int:
        """What the books say is with us of an order's money."""
        return int(
            self.execute(f"""
            SELECT coalesce(sum(amount), 0) FROM ledger_entries
             WHERE order_id = '{bill.order_id}' AND (book LIKE 'channel:%' OR book = 'by_hand')""")
        )

    def broken_laws(self) -> list[str]:
        """As for every stall; but a job may have met a channel that was deaf for a moment."""
        return [law for law in super().broken_laws() if not DEAF.search(law)]

    def kept_for_nothing(self) -> list[str]:
        """Orders that are off and whose money did not go back whole: {paid, closed, not refunded}."""
        rows = self.execute("""
            SELECT string_agg(o.number || ' is ' || o.state, ', ') FROM orders o JOIN payments p ON p.order_id = o.id
             WHERE o.state IN ('closed', 'refunded', 'pending_payment') AND p.settled_amount > p.refunded""")
        return [rows] if rows else []


def later(**delta: float) -> None:
    """The frozen clock moves; nobody runs what is due."""
    clock.advance(timedelta(**delta))
