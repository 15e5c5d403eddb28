"""Whatever happens between a deposit and its final: every fen is somewhere, every unit in one tier, no edge is new."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from core import clock
from tests.conftest import MORNING
from tests.properties.arcade import sick
from tests.properties.showroom import DAY, QUOTA, TERMS, showroom
from tests.properties.watching import Watcher
from tests.properties.words import PARCEL, REFUNDABLE, which

skus = st.sampled_from(sorted(TERMS))
#: where something happens by itself, and a moment before it
EDGES = [MORNING + days * DAY for days in (1, 2, 4)]


class Presales(Watcher):
    """One stall, two buyers, up to four orders."""

    @initialize(sku=skus, units=st.integers(1, 3), steps=st.integers(0, 5))
    def opens(self, sku: str, units: int, steps: int) -> None:
        """As on the first day; one order is some steps on its way already."""
        self.room = showroom()
        self.room.put_back()
        self.comes_to(self.room.stall)
        self.orders(sku, units, 0)
        for _ in range(steps):
            self.goes_its_way(0)

    # -------------------------------------------------------------------------------------- buying
    @precondition(lambda self: len(self.shown) < 4)
    @rule(sku=skus, units=st.integers(1, 4), buyer=st.integers(0, 1))
    def orders(self, sku: str, units: int, buyer: int) -> None:
        """A presale order, or one at the list price."""
        token = self.room.buyers[buyer]
        body = self.stall.wish((sku, units), total=0, entry="presale")
        del body["expected_total"]
        quote = self._check(self.stall.shop(token, "POST", "quotes", body))
        if quote.good:
            answer = self.stall.shop(token, "POST", "orders", body | {"expected_total": quote["payable"]})
            if self._check(answer).good:
                self.token[answer["number"]] = token
                self._look(answer["number"])

    @precondition(lambda self: self.there("pending_payment"))
    @rule(n=which)
    def begins_to_pay(self, n: int) -> None:
        """What is due now, if its window is open."""
        order = self.one(n, "pending_payment")
        if order is not None:
            self._own(order, "payments", {"tenders": [{"channel": "wire", "product": "qr"}]})

    @precondition(lambda self: self.attempts())
    @rule(n=which, past_closing=st.booleans(), told=st.booleans())
    def cash_comes(self, n: int, past_closing: bool, told: bool) -> None:
        """Whatever we think of the attempt; the channel says so, or waits until it is asked."""
        order, payment = self.attempts()[-1 - n % len(self.attempts())]
        receipt = self.room.wire.pays(payment["out_trade_no"], payment["amount"], past_closing=past_closing)
        if receipt and told:
            assert self.stall.tells(receipt).status == 204
        self._look(order["number"])

    # -------------------------------------------------------------------------------------- giving up
    @precondition(lambda self: self.there("pending_payment", "paid", "awaiting_shipment"))
    @rule(n=which, forfeit=st.booleans())
    def buyer_cancels(self, n: int, forfeit: bool) -> None:
        """Knowing what it costs, or not."""
        order = self.one(n, "pending_payment", "paid", "awaiting_shipment")
        self._own(order, "cancel", {"reason": "other", "forfeit": forfeit})

    @precondition(lambda self: self.there("pending_payment"))
    @rule(n=which, reason=st.sampled_from(["out_of_stock", "bad_faith"]))
    def merchant_closes(self, n: int, reason: str) -> None:
        """For a reason of theirs, or of the buyer's."""
        self._on(self.one(n, "pending_payment"), "close", {"reason": reason})

    @precondition(lambda self: self.there("paid"))
    @rule(n=which)
    def merchant_rejects(self, n: int) -> None:
        """Nothing can be supplied."""
        self._on(self.one(n, "paid"), "reject", {"note": "no"})

    @precondition(lambda self: self.there(*REFUNDABLE, "pending_payment"))
    @rule(n=which, units=st.integers(0, 3), reason=st.sampled_from(["changed_mind", "stock_failure"]))
    def goes_back(self, n: int, units: int, reason: str) -> None:
        """Some units, or all of it."""
        order = self.one(n, *REFUNDABLE, "pending_payment")
        line = next(row for row in order["lines"] if row["kind"] == "goods")
        lines = {"lines": [{"line_id": line["id"], "quantity": units}]} if units else {}
        self._on(order, "refunds", {"reason": reason, **lines})

    @precondition(lambda self: self.there("awaiting_shipment"))
    @rule(n=which)
    def is_sent(self, n: int) -> None:
        """All of it leaves."""
        self._on(self.one(n, "awaiting_shipment"), "shipments", PARCEL)

    # -------------------------------------------------------------------------------------- time
    @rule(sku=skus, price=st.sampled_from([100, 3000, 6000]))
    def list_price_changes(self, sku: str, price: int) -> None:
        """Up or down."""
        self.stall.admin("PATCH", f"variants/{sku}", {"price": price}, If_Match="*")

    @rule(delta=st.sampled_from([{"seconds": 15}, {"minutes": 31}, {"hours": 5}]))
    def time_passes(self, delta: dict[str, int]) -> None:
        """Nobody does anything for a while."""
        self.room.passes(timedelta(**delta))
        self._look_again()

    @precondition(lambda self: clock.now() < EDGES[-1])
    @rule(before=st.sampled_from([0, 0, 1]))
    def an_edge_comes(self, before: int) -> None:
        """A window opens or ends, or is just about to."""
        edge = next(moment for moment in EDGES if moment > clock.now())
        self.room.passes(max(edge - timedelta(seconds=before) - clock.now(), timedelta(seconds=1)))
        self._look_again()

    @rule(n=which)
    def goes_its_way(self, n: int) -> None:
        """What is due is paid, the next window is waited for, or a unit of what is paid goes back."""
        order = self.one(n)
        if order is None:
            return
        if order["state"] in REFUNDABLE:
            line = next(row for row in order["lines"] if row["kind"] == "goods")
            units = [{"line_id": line["id"], "quantity": 1}]
            self._on(order, "refunds", {"reason": "stock_failure", "lines": units})
            self.time_passes({"seconds": 15})
            return
        if order["state"] != "pending_payment" or order["payment_axis"] == "part" and clock.now() < EDGES[0]:
            self.an_edge_comes(0) if clock.now() < EDGES[-1] else None
            return
        self._own(order, "payments", {"tenders": [{"channel": "wire", "product": "qr"}]})
        for one, payment in self.attempts():
            receipt = self.room.wire.pays(payment["out_trade_no"], payment["amount"])
            if receipt and one["number"] == order["number"]:
                assert self.stall.tells(receipt).status == 204
        self._look_again()

    # -------------------------------------------------------------------------------------- the laws
    @invariant()
    def every_law_holds(self) -> None:
        """Money, goods, clocks and the log; and the plugin's own checks."""
        broken = [*self.stall.broken_laws(), *self.room.sick()]
        assert not broken, "\n".join(broken)

    @invariant()
    def each_unit_stands_in_one_tier(self) -> None:
        """The counts are what the orders of each SKU say, and never above the quota."""
        wanted = {sku: Counter[str]() for sku in TERMS}
        for order in self.shown.values():
            line = next(row for row in order["lines"] if row["kind"] == "goods")
            if order["state"] not in ("closed", "refunded"):
                left = line["quantity"] - line["refunded"]
                whole = order["state"] != "pending_payment"
                held = whole or order["payment_axis"] == "part"
                wanted[line["sku"]] += Counter(placed=left, locked=left * held, sold=left * whole)
        for sku, units in wanted.items():
            counts = self.room.counts(sku)
            assert counts == (units["placed"], units["locked"], units["sold"]), (sku, counts, units)
            assert counts[0] <= QUOTA

    @invariant()
    def what_is_kept_is_a_deposit_that_may_be_kept(self) -> None:
        """Forfeited income is the deposits of closed orders whose terms say so, and nothing else."""
        kept = 0
        for order in self.shown.values():
            first = order["instalments"][0]
            if order["state"] == "closed" and first["settled_at"] and first["refundable"] != "always":
                by_staff = order["close_reason"] in ("out_of_stock", "bad_faith")
                kept += 0 if by_staff else first["paid"]
        booked = self.stall.execute(
            "SELECT coalesce(-sum(amount), 0) FROM ledger_entries WHERE book = 'forfeited_income'"
        )
        assert booked == kept
        assert all(order["refunded"] <= order["paid"] for order in self.shown.values())

    def teardown(self) -> None:
        """In the end nobody waits for anything, and the doctor finds nothing."""
        if not hasattr(self, "stall"):
            return
        self.room.wire.will.clear()
        self.room.passes(timedelta(days=40))
        self._look_again()
        self.every_law_holds()
        self.each_unit_stands_in_one_tier()
        self.what_is_kept_is_a_deposit_that_may_be_kept()
        waiting = self.there("pending_payment", "paid", "refunding")
        assert not waiting, [(order["number"], order["state"]) for order in waiting]
        assert sick(self.stall) == []

    def attempts(self) -> list[tuple[Any, Any]]:
        """Each order with each of its attempts that cash may still come for."""
        rows = [(order, row) for order in self.shown.values() for row in order["payments"]]
        return [(order, row) for order, row in rows if row["channel"] == "wire" and row["state"] != "settled"]


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Presales,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_no_timeline_of_deposit_final_cancel_refund_and_clock_loses_a_fen_or_a_unit() -> None:
    """A short walk at every run."""
    _run(examples=8, steps=12)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_timeline_however_long_loses_a_fen_or_a_unit() -> None:
    """Many minutes of it."""
    _run(examples=150, steps=30)
