"""What a gateway may do to orders: pay late, twice or not at all, fall silent, repeat itself, refuse to give back."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.contracts.payment_channel import Started
from core.errors import ChannelDown, ChannelTrouble, ChannelUnsure
from core.flows import pay, refund
from tests.properties.stalls import street
from tests.properties.watching import Watcher
from tests.properties.words import which
from tests.wire import HonestWire

DOWN, UNSURE = ChannelDown("Nobody answers."), ChannelUnsure("The answer was lost.")
#: what the channel says when it is asked to begin; most of the time, well
STARTS = [None, None, None, None, DOWN, UNSURE, Started("rejected", failure="This card is not taken.")]
#: what became of a refund: (outcome, what may be tried again)
ENDS = [("done", "same_number"), ("pending", "same_number")] + [
    ("failed", again) for again in ("same_number", "new_number", "by_hand")
]


class Gateway(Watcher):
    """Orders may be paid by wire, too."""

    @precondition(lambda self: self.there("pending_payment"))
    @rule(n=which, product=st.sampled_from(["qr", "app"]), says=st.sampled_from(STARTS))
    def begins_to_pay(self, n: int, product: str, says: Any) -> None:
        """The buyer takes one of two ways, perhaps after the other."""
        order = self.one(n, "pending_payment")
        self.says("start", *([says] if says else []))
        self._see(order, self.stall.begins(self.token[order["number"]], order["number"], "wire", product))

    @precondition(lambda self: self.attempts())
    @rule(n=which, past_closing=st.booleans(), told=st.sampled_from(["by notice", "by notice", "when asked", "not"]))
    def payer_pays(self, n: int, past_closing: bool, told: str) -> None:
        """Money comes, whatever we think of the attempt; the channel says so, or waits until it is asked."""
        order, payment = self.attempts()[-1 - n % len(self.attempts())]
        receipt = self.wire.pays(payment["out_trade_no"], payment["amount"], past_closing=past_closing)
        if receipt and told == "by notice":
            assert self.stall.tells(receipt).status == 204
        elif told == "when asked":
            self._does(pay.query, UUID(order["id"]), UUID(payment["id"]))
        self._look(order["number"])

    @precondition(lambda self: self.wire.paid)
    @rule(n=which, wrong=st.sampled_from([0, 0, 1]))
    def tells_again_of_money(self, n: int, wrong: int) -> None:
        """The channel repeats itself, or tells of another amount."""
        receipts = list(self.wire.paid.values())
        told = receipts[n % len(receipts)]
        assert self.stall.tells(replace(told, amount=told.amount + wrong)).status == 204
        self._look_again()

    @rule(verb=st.sampled_from(["query", "close", "refund", "query_refund"]), says=st.sampled_from([DOWN, UNSURE]))
    def is_deaf(self, verb: str, says: ChannelTrouble) -> None:
        """The channel will not answer the next question of this kind."""
        self.says(verb, says)

    @rule(end=st.sampled_from(ENDS))
    def will_give_back(self, end: tuple[str, str]) -> None:
        """What becomes of the next refund."""
        self.says("refund", self._ends(*end))

    @precondition(lambda self: self.heard_of())
    @rule(n=which, end=st.sampled_from(ENDS), told=st.booleans())
    def refund_ends_at_the_channel(self, n: int, end: tuple[str, str], told: bool) -> None:
        """Late news of a refund: it is done, it failed, it came back after all; told, or found out when asked."""
        order, part = self.heard_of()[-1 - n % len(self.heard_of())]
        fact = self._ends(*end)(part["out_refund_no"])
        if told:
            assert self.stall.tells(fact).status == 204
        else:
            self._does(refund.query_refund, UUID(order["id"]), self.stall.part_id(part["out_refund_no"]))
        self._look(order["number"])

    @precondition(lambda self: self.failed())
    @rule(n=which)
    def is_made_by_hand(self, n: int) -> None:
        """What the channel could not give back, staff transfer themselves."""
        order, refund = self.failed()[-1 - n % len(self.failed())]
        self._on(order, f"refunds/{refund['number']}/done", {"reference": "out", "note": "sent"})

    def is_paid_by_wire(self, order: Any) -> None:
        """As most orders are: begun, paid, told of."""
        self.says("start")
        begun = self._check(self.stall.begins(self.token[order["number"]], order["number"]))
        if begun.good and (receipt := self.wire.pays(begun["out_trade_no"], begun["amount"])):
            assert self.stall.tells(receipt).status == 204
        self._look(order["number"])

    # -------------------------------------------------------------------------------------- the wire
    @property
    def wire(self) -> HonestWire:
        """The one channel of the street."""
        return street().wire

    def says(self, verb: str, *answers: Any) -> None:
        """It says this when it is asked next, and nothing that it was to say before."""
        self.wire.will[verb].clear()
        self.wire.says(verb, *answers)

    def attempts(self) -> list[tuple[Any, Any]]:
        """Each order with each of its attempts by wire that money may still come for."""
        return [
            (order, row)
            for order in self.shown.values()
            for row in order["payments"]
            if row["channel"] == "wire" and row["state"] != "settled"
        ]

    def heard_of(self) -> list[tuple[Any, Any]]:
        """Each order with each of its refund parts that the channel has heard of."""
        rows = [
            (order, part) for order in self.shown.values() for refund in order["refunds"] for part in refund["parts"]
        ]
        return [(order, part) for order, part in rows if part["out_refund_no"] in self.wire.backs]

    def failed(self) -> list[tuple[Any, Any]]:
        """Each order with each of its refunds that the channel could not give back."""
        return [
            (order, refund)
            for order in self.shown.values()
            for refund in order["refunds"]
            if any(part["state"] == "failed" for part in refund["parts"])
        ]

    def _ends(self, outcome: str, again: str) -> Callable[[str], Any]:
        failure = {"failure": f"try {again}"} if outcome == "failed" else {}
        return partial(self.wire.became, outcome=outcome, again=again, **failure)

    def _does(self, flow: Callable[..., Any], *ids: UUID) -> None:
        with suppress(ChannelTrouble):
            self.stall.does(flow, *ids)
