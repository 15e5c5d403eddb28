"""However an order is priced, paid with several tenders and given back: every fen is on an account, or in the books."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from core.contracts.payment_channel import PaymentStatus, Started
from core.errors import ChannelDown, ChannelUnsure
from tests.properties.arcade import CODES, GIVEN, PRICES, accounts, arcade, owed, sick
from tests.properties.watching import Watcher
from tests.properties.words import PARCEL, REFUNDABLE, which

carts = st.lists(st.tuples(st.sampled_from(sorted(PRICES)), st.integers(1, 4)), min_size=1, max_size=3)
#: what is wished of an order's price
prices = st.fixed_dictionaries(
    {},
    optional={
        "codes": st.lists(st.sampled_from(CODES), max_size=2, unique=True),
        "points": st.sampled_from([1, 99, 500, 1777]),
        "deposit_percent": st.sampled_from([0, 30]),
    },
)
parts = st.sampled_from([None, None, 1, 100, 777, 2000])
mixes = st.lists(
    st.tuples(st.sampled_from(["balance", "stored_value"]), parts), min_size=1, max_size=2, unique_by=lambda way: way[0]
)
cash = st.sampled_from(["wire", "wire", "wire", "cable", "cable", None])
STARTS = [None, None, None, None, ChannelDown("Nobody answers."), ChannelUnsure("Lost."), Started("rejected")]
#: most of the time, back to where it came from
destinations = st.sampled_from(["origin", "origin", "origin", "balance", "points"])


class Tenders(Watcher):
    """One stall, one buyer, up to three orders."""

    @initialize(stall=st.integers(0, 2), cart=carts, wishes=prices, mix=mixes, steps=st.integers(0, 4))
    def opens(self, stall: int, cart: Any, wishes: Any, mix: Any, steps: int) -> None:
        """The arcade opens, as on the first day; one order is some steps on its way already."""
        arcade().put_back()
        self.comes_to(arcade().stalls[stall])
        self.buyer = arcade().buyers[stall]
        self.wires = arcade().wires
        self.orders(cart, wishes)
        for _ in range(steps):
            self.goes_its_way(0, mix)

    # -------------------------------------------------------------------------------------- paying
    @precondition(lambda self: len(self.shown) < 3)
    @rule(cart=carts, wishes=prices)
    def orders(self, cart: Any, wishes: dict[str, Any]) -> None:
        """The buyer orders what the quote says."""
        options: dict[str, Any] = {"whims": {"deposit_percent": wishes.get("deposit_percent", 0)}}
        options |= {"coupons": {"codes": wishes["codes"]}} if wishes.get("codes") else {}
        options |= {"balance_points": {"points": wishes["points"]}} if "points" in wishes else {}
        body = self.stall.wish(*dict(cart).items(), total=0, options=options)
        del body["expected_total"]
        quote = self._check(self.stall.shop(self.buyer, "POST", "quotes", body))
        if quote.good:
            answer = self.stall.shop(self.buyer, "POST", "orders", body | {"expected_total": quote["payable"]})
            if self._check(answer).good:
                self.token[answer["number"]] = self.buyer
                self._look(answer["number"])

    @precondition(lambda self: self.there("pending_payment"))
    @rule(n=which, mix=mixes, channel=cash, says=st.sampled_from(STARTS))
    def begins_to_pay(self, n: int, mix: Any, channel: str | None, says: Any) -> None:
        """With any tenders and any channel, perhaps after another mix."""
        order = self.one(n, "pending_payment")
        if order is None:
            return
        tenders = [{"channel": name, "amount": part} for name, part in mix]
        tenders += [{"channel": channel, "product": "qr"}] if channel else []
        if channel:
            self.wires[channel].will["start"].clear()
            self.wires[channel].says("start", *([says] if says else []))
        self._own(order, "payments", {"tenders": tenders})
        self._look(order["number"])

    @precondition(lambda self: self.attempts())
    @rule(n=which, past_closing=st.booleans(), told=st.booleans())
    def cash_comes(self, n: int, past_closing: bool, told: bool) -> None:
        """Whatever we think of the attempt; the channel says so, or waits until it is asked."""
        self._tells(*self.attempts()[-1 - n % len(self.attempts())], past_closing, told)

    def _tells(self, order: Any, payment: Any, past_closing: bool, told: bool) -> None:
        wire = self.wires[payment["channel"]]
        receipt = wire.pays(payment["out_trade_no"], payment["amount"], past_closing=past_closing)
        if receipt and told:
            for _ in range(2):
                assert self.stall.tells(receipt, channel=wire.name).status == 204
        self._look(order["number"])

    @precondition(lambda self: self.attempts())
    @rule(n=which)
    def cash_fails(self, n: int) -> None:
        """The channel gives the attempt up."""
        _, payment = self.attempts()[-1 - n % len(self.attempts())]
        if payment["out_trade_no"] not in self.wires[payment["channel"]].paid:
            self.wires[payment["channel"]].says("query", PaymentStatus("failed", failure="no funds"))
            arcade().passes(timedelta(seconds=11))
            self.wires[payment["channel"]].will["query"].clear()
        self._look_again()

    @precondition(lambda self: self.there("pending_payment", "awaiting_shipment"))
    @rule(n=which, staff=st.booleans())
    def is_called_off(self, n: int, staff: bool) -> None:
        """Somebody does not want it any more."""
        order = self.one(n, "pending_payment", "awaiting_shipment")
        (self._on if staff else self._own)(order, "close" if staff else "cancel", {"reason": "other"})

    @precondition(lambda self: self.there("awaiting_shipment"))
    @rule(n=which)
    def is_sent(self, n: int) -> None:
        """All of it leaves."""
        self._on(self.one(n, "awaiting_shipment"), "shipments", PARCEL)

    # -------------------------------------------------------------------------------------- giving back
    @precondition(lambda self: self.there(*REFUNDABLE))
    @rule(n=which, line=which, units=st.integers(0, 4), percent=st.sampled_from([None, None, 0, 1, 50, 100]),
          freight=st.sampled_from([0, 0, 1, None]), destination=destinations)  # fmt: skip
    def part_goes_back(self, n: int, line: int, units: int, percent: Any, freight: Any, destination: str) -> None:
        """Units, money, freight."""
        order = self.one(n, *REFUNDABLE)
        goods = [row for row in order["lines"] if row["sku"] != "freight"]
        chosen = goods[line % len(goods)]
        asked: dict[str, Any] = {"line_id": chosen["id"], "quantity": min(units, chosen["quantity"])}
        rest = chosen["quantity"] - chosen["refunded"] - chosen["refunding"]
        if percent is not None and (asked["quantity"] < rest or asked["quantity"] == 0):
            # with the last units less than all money may go back, by the merchant's will: the order is refunded then
            asked["amount"] = chosen["net"] * percent // 100
        body = {"reason": "damaged", "lines": [asked], "freight": freight, "destination": destination}
        self._on(order, "refunds", body)

    @precondition(lambda self: self.there(*REFUNDABLE))
    @rule(n=which, destination=destinations)
    def all_goes_back(self, n: int, destination: str) -> None:
        """Everything that is left."""
        self._on(self.one(n, *REFUNDABLE), "refunds", {"reason": "damaged", "destination": destination})

    @precondition(lambda self: self.giving_back())
    @rule(n=which)
    def refund_is_withdrawn(self, n: int) -> None:
        """Before anybody has sent it."""
        order = self.giving_back()[n % len(self.giving_back())]
        number = next(row["number"] for row in order["refunds"] if row["status"] == "open")
        self._on(order, f"refunds/{number}/withdraw", {})

    # -------------------------------------------------------------------------------------- whatever
    @rule(n=which, mix=mixes)
    def goes_its_way(self, n: int, mix: Any) -> None:
        """What is due is paid with tenders and the wire, or something goes back."""
        order = self.one(n)
        if order and order["state"] == "pending_payment":
            self.begins_to_pay(n, mix, "wire", None)
            self.begins_to_pay(n, [], "wire", None) if not self.attempts_of(order) else None
            for one, payment in self.attempts_of(order):
                self._tells(one, payment, False, True)
        elif order and order["state"] in REFUNDABLE:
            self.part_goes_back(n, n, 1, None, 0, "origin")

    @rule()
    def jobs_run(self) -> None:
        """The worker comes round."""
        arcade().settles()
        self._look_again()

    @rule(delta=st.sampled_from([{"seconds": 15}, {"seconds": 40}, {"minutes": 31}, {"days": 8}]))
    def time_passes(self, delta: dict[str, int]) -> None:
        """Nobody does anything for a while."""
        arcade().passes(timedelta(**delta))
        self._look_again()

    # -------------------------------------------------------------------------------------- the laws
    @invariant()
    def every_law_holds(self) -> None:
        """After every step, and no account is below nothing."""
        broken = self.stall.broken_laws()
        assert not broken, "\n".join(broken)
        there = accounts(self.stall, self.buyer)
        assert all(free >= 0 and held >= 0 for free, held in there.values()), there
        assert there == owed(self.stall), "what a buyer has is what they were given less what is still paid"

    def teardown(self) -> None:
        """Everything that can go back goes back; in the end each tender has back what it gave."""
        if not hasattr(self, "stall"):
            return
        for wire in self.wires.values():
            wire.will.clear()
        arcade().passes(timedelta(days=1))
        self._look_again()
        for order in self.there(*REFUNDABLE):
            # freight that nobody asked back would stay
            freight = sum(row["net"] - row["refunded_amount"] for row in order["lines"] if row["sku"] == "freight")
            self._on(order, "refunds", {"reason": "damaged", "freight": freight})
        arcade().passes(timedelta(days=30))
        self._look_again()
        self.every_law_holds()
        assert sick(self.stall) == []
        self.everything_is_back()

    def everything_is_back(self) -> None:
        """Of orders that were given back or came to nothing, nobody keeps anything but freight nobody asked back."""
        kept = [order["state"] for order in self.shown.values() if order["state"] not in ("refunded", "closed")]
        assert not kept, f"orders are {kept}"
        freight = 0
        for order in self.there("refunded"):
            lines = {row["sku"]: row["net"] - row["refunded_amount"] for row in order["lines"]}
            left = lines.pop("freight", 0)
            assert not any(lines.values()) and order["paid"] - order["refunded"] == left, lines
            freight += left
        assert all(order["refunded"] == order["paid"] for order in self.there("closed"))
        if not freight:
            there = accounts(self.stall, self.buyer)
            assert there == {name: (given + self.credited(name), 0) for name, given in GIVEN.items()}

    def credited(self, name: str) -> int:
        """What cash was paid into a tender instead."""
        return sum(
            part["amount"]
            for order in self.shown.values()
            for refund in order["refunds"]
            for part in refund["parts"]
            if refund["destination"] == name and self.was_cash(order, part) and part["state"] == "done"
        )

    @staticmethod
    def was_cash(order: Any, part: Any) -> bool:
        """Whether what goes back was paid in cash."""
        return any(row["id"] == part["payment_id"] and row["role"] == "cash" for row in order["payments"])

    def attempts(self) -> list[tuple[Any, Any]]:
        """Each order with each of its attempts that cash may still come for."""
        rows = [(order, row) for order in self.shown.values() for row in order["payments"]]
        return [(order, row) for order, row in rows if row["channel"] in self.wires and row["state"] != "settled"]

    def attempts_of(self, order: Any) -> list[tuple[Any, Any]]:
        """Those of one order that are alive."""
        alive = ("created", "open", "unsure")
        return [(one, row) for one, row in self.attempts() if one["id"] == order["id"] and row["state"] in alive]


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Tenders,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_nothing_that_can_be_paid_and_given_back_loses_a_fen() -> None:
    """Three quarters of a minute of it at every run."""
    _run(examples=18, steps=14)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nothing_that_can_be_paid_and_given_back_loses_a_fen_however_long() -> None:
    """Many minutes of it."""
    _run(examples=150, steps=30)
