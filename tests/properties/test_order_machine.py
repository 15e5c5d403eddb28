"""Whatever buyers, staff and time do to orders, in whatever order: every law holds after every step."""

import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import clock
from tests.properties.stalls import PRICES, Street
from tests.races.yard import RECEIVER, Said

which = st.integers(0, 2)
amounts = st.integers(0, 3000)
reasons = st.sampled_from(["damaged", "no_reason", "other"])
carts = st.lists(st.tuples(st.sampled_from(sorted(PRICES)), st.integers(1, 5)), min_size=1, max_size=3)
whims = st.fixed_dictionaries(
    {},
    optional={
        "adjustments": st.lists(
            st.fixed_dictionaries(
                {
                    "layer": st.sampled_from(["member", "coupon", "freight"]),
                    "amount": st.integers(-3000, 300),
                    "positions": st.lists(st.integers(0, 2), max_size=2, unique=True),
                }
            ),
            max_size=2,
        ),
        "deposit_percent": st.sampled_from([0, 30]),
        "refundable": st.sampled_from(["always", "merchant_fault", "never"]),
    },
)


@cache
def street() -> Street:
    """The stalls, made once."""
    return Street(Path(tempfile.mkdtemp(prefix="merx-street-")))


class Orders(RuleBasedStateMachine):
    """One stall, two buyers, up to three orders."""

    @initialize(stall=st.integers(0, 3), cart=carts, wanted=whims, steps=st.integers(0, 5))
    def opens(self, stall: int, cart: list[tuple[str, int]], wanted: dict[str, Any], steps: int) -> None:
        """The stall opens, as on the first day; one order is some steps on its way already."""
        street().put_back()
        self.stall, self.tokens = street().stalls[stall], street().buyers[stall]
        self.numbers: list[tuple[str, str]] = []
        self.lines = 0
        self.places(0, cart, wanted)
        for _ in range(steps):
            self.goes_its_way(0)

    # -------------------------------------------------------------------------------------- by name
    @precondition(lambda self: len(self.numbers) < 3)
    @rule(buyer=st.integers(0, 1), cart=carts, wanted=whims)
    def places(self, buyer: int, cart: list[tuple[str, int]], wanted: dict[str, Any]) -> None:
        """A buyer orders what the quote says."""
        body = self.stall.wish(*cart, total=0, options={"whims": wanted})
        if all(sku == "song" for sku, _ in cart):
            body["delivery"] = {"method": "none"}
        del body["expected_total"]
        quote = self._buyer(self.tokens[buyer], "quotes", body)
        if quote.good:
            answer = self._buyer(self.tokens[buyer], "orders", body | {"expected_total": quote["payable"]})
            if answer.good:
                self.numbers.append((answer["number"], self.tokens[buyer]))

    @rule(n=which)
    def starts_to_pay(self, n: int) -> None:
        """A transfer is announced."""
        self._own(n, "payments", {"tenders": [{"channel": "bank_transfer"}]})

    @rule(n=which, wrong=st.sampled_from([0, 0, 0, 1]))
    def money_comes(self, n: int, wrong: int) -> None:
        """Staff see what is due on the statement, or not quite."""
        order = self._look(n)
        if order is not None:
            due = next((row["amount"] for row in order["instalments"] if not row["settled_at"]), 1)
            self.lines += 1
            body = {"amount": max(1, due + wrong), "reference": f"line {self.lines}", "note": "seen"}
            self._staff(f"orders/{order['number']}/confirm-offline", body)

    @rule(n=which, goods=st.integers(-400, 400), freight=st.integers(-400, 400))
    def is_repriced(self, n: int, goods: int, freight: int) -> None:
        """Staff change the price."""
        self._on(n, "reprice", {"goods_delta": goods, "freight_delta": freight, "remark": "regular"})

    @rule(n=which, move=st.sampled_from(["cancel", "close", "reject"]))
    def is_called_off(self, n: int, move: str) -> None:
        """Somebody does not want it any more."""
        if move == "cancel":
            self._own(n, "cancel", {"reason": "other"})
        else:
            self._on(n, move, {"reason": "other", **({"note": "no"} if move == "reject" else {})})

    @rule(n=which, move=st.sampled_from(["hold", "free", "receive", "extend", "remind"]))
    def staff_do(self, n: int, move: str) -> None:
        """Staff press a button."""
        self._on(n, move, {"reason": "look"} if move == "hold" else {})

    @rule(n=which, move=st.sampled_from(["receive", "extend", "hide"]))
    def buyer_does(self, n: int, move: str) -> None:
        """The buyer presses a button."""
        self._own(n, move, {})

    @rule(n=which, staff=st.booleans())
    def receiver_is_edited(self, n: int, staff: bool) -> None:
        """The address was wrong."""
        order = self._look(n)
        if order is not None and staff:
            etag = {"If_Match": f'"v{order["version"]}"'}
            self._check(self.stall.admin("POST", f"orders/{order['number']}/receiver", RECEIVER, **etag))
        else:
            self._own(n, "receiver", {**RECEIVER, "address": "2 Short Road"})

    @rule(n=which, shipment=st.integers(0, 3), most=st.integers(1, 5), by_hand=st.booleans())
    def is_sent(self, n: int, shipment: int, most: int, by_hand: bool) -> None:
        """One shipment, or a part of it, leaves."""
        order = self._look(n)
        if order is None or not order["shipments"]:
            self._on(n, "shipments", {"carrier": "SF", "tracking_no": "SF1"})
            return
        chosen = order["shipments"][shipment % len(order["shipments"])]
        lines = [
            {"line_id": row["line_id"], "quantity": min(most, row["quantity"] - row["shipped"])}
            for row in chosen["lines"]
            if row["quantity"] > row["shipped"]
        ]
        body: dict[str, Any] = {"shipment_id": chosen["id"]}
        body |= {} if by_hand else {"carrier": "SF", "tracking_no": "SF1"}
        body |= {"lines": lines} if most < 5 and lines else {}
        self._on(n, "shipments", body)

    @rule(n=which, shipment=st.integers(0, 3))
    def tracking_is_fixed(self, n: int, shipment: int) -> None:
        """A number was wrong."""
        order = self._look(n)
        if order is not None and order["shipments"]:
            for parcel in order["shipments"][shipment % len(order["shipments"])]["parcels"]:
                body = {"carrier": "YTO", "tracking_no": "Y2", "reason": "typo"}
                self._staff(f"parcels/{parcel['id']}/tracking", body)

    @rule(n=which, shipment=st.integers(0, 3), staff=st.booleans())
    def shipment_is_received(self, n: int, shipment: int, staff: bool) -> None:
        """One of several is there."""
        order = self._look(n)
        if order is not None and order["shipments"]:
            path = f"shipments/{order['shipments'][shipment % len(order['shipments'])]['id']}/receive"
            self._staff(path, {}) if staff else self._buyer(self.numbers[n % len(self.numbers)][1], path, {})

    @rule(n=which, reason=reasons, freight=st.one_of(st.none(), st.integers(0, 700)))
    def all_goes_back(self, n: int, reason: str, freight: int | None) -> None:
        """Staff give everything back that is left."""
        self._on(n, "refunds", {"reason": reason, "freight": freight})

    @rule(n=which, line=st.integers(0, 2), units=st.integers(0, 3), amount=st.one_of(st.none(), amounts))
    def part_goes_back(self, n: int, line: int, units: int, amount: int | None) -> None:
        """Staff give units, or money, or both back."""
        order = self._look(n)
        if order is not None:
            goods = order["lines"][line % len(order["lines"])]
            asked = {"line_id": goods["id"], "quantity": units, "amount": amount}
            self._on(n, "refunds", {"reason": "damaged", "lines": [asked]})

    @rule(n=which, refund=st.integers(0, 3), done=st.booleans())
    def refund_ends(self, n: int, refund: int, done: bool) -> None:
        """The transfer back is made, or it is withdrawn."""
        order = self._look(n)
        if order is not None and order["refunds"]:
            path = f"refunds/{order['refunds'][refund % len(order['refunds'])]['number']}"
            self.lines += 1
            body = {"reference": f"out {self.lines}", "note": "sent"} if done else {}
            self._on(n, f"{path}/{'done' if done else 'withdraw'}", body)

    @rule(n=which)
    def goes_its_way(self, n: int) -> None:
        """What a merchant does all day: money is seen, everything is sent, the transfer back is made."""
        order = self._look(n)
        if order is None:
            return
        if order["state"] == "pending_payment":
            self.money_comes(n, 0)
        elif order["state"] == "awaiting_shipment":
            for shipment in order["shipments"]:
                self._on(n, "shipments", {"shipment_id": shipment["id"], "carrier": "SF", "tracking_no": "SF1"})
        elif order["state"] == "refunding":
            street().settles()
            self.refund_ends(n, len(order["refunds"]) - 1, True)
        else:
            self._own(n, "receive", {})

    # -------------------------------------------------------------------------------------- by time
    @rule()
    def jobs_run(self) -> None:
        """The worker comes round."""
        street().settles()

    @rule(delta=st.sampled_from([{"minutes": 11}, {"minutes": 31}, {"days": 1}, {"days": 4}, {"days": 8}]))
    def time_passes(self, delta: dict[str, int]) -> None:
        """Nobody does anything for a while."""
        street().passes(timedelta(**delta))

    # -------------------------------------------------------------------------------------- the laws
    @invariant()
    def every_law_holds(self) -> None:
        """After every step."""
        broken = self.stall.broken_laws()
        assert not broken, "\n".join(broken)

    def teardown(self) -> None:
        """Months later everything that waits for nobody has ended."""
        if not hasattr(self, "stall"):
            return
        street().passes(timedelta(days=90))
        self.every_law_holds()
        for order in self.stall.orders():
            whole = self.stall.staff("GET", f"orders/{order['number']}")
            waits = any(refund["status"] == "open" for refund in whole["refunds"])
            ended = waits or whole["state"] in ("paid", "awaiting_shipment", "completed", "closed", "refunded")
            assert ended, f"order {order['number']} hangs in {whole['state']} for ever at {clock.now()}"

    # -------------------------------------------------------------------------------------- sending
    def _look(self, n: int) -> Said | None:
        if not self.numbers:
            return None
        return self.stall.staff("GET", f"orders/{self.numbers[n % len(self.numbers)][0]}")

    def _on(self, n: int, path: str, body: dict[str, Any]) -> None:
        if self.numbers:
            self._staff(f"orders/{self.numbers[n % len(self.numbers)][0]}/{path}", body)

    def _own(self, n: int, path: str, body: dict[str, Any]) -> None:
        if self.numbers:
            number, token = self.numbers[n % len(self.numbers)]
            self._buyer(token, f"orders/{number}/{path}", body)

    def _staff(self, path: str, body: dict[str, Any]) -> Said:
        return self._check(self.stall.admin("POST", path, body))

    def _buyer(self, token: str, path: str, body: dict[str, Any]) -> Said:
        return self._check(self.stall.shop(token, "POST", path, body))

    def _check(self, said: Said) -> Said:
        assert said.status < 500, f"{said.status}: {said.body}"
        return said


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_that_can_be_done_to_orders_breaks_a_law() -> None:
    """A minute of it at every run."""
    _run(examples=25, steps=25)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nothing_that_can_be_done_to_orders_breaks_a_law_however_long() -> None:
    """Many minutes of it."""
    _run(examples=400, steps=40)
