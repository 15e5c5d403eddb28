"""Whatever buyers, staff and time do to orders, in whatever order: every law holds after every step."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import clock
from tests.properties.gateway import Gateway
from tests.properties.stalls import street
from tests.properties.words import (
    CALLED_OFF,
    PARCEL,
    REFUNDABLE,
    STAFF_TRIES,
    TRIED,
    amounts,
    carts,
    reasons,
    which,
    whims,
)
from tests.races.yard import RECEIVER


class Orders(Gateway):
    """One stall, two buyers, up to three orders."""

    @initialize(stall=st.integers(0, 3), cart=carts, wanted=whims, steps=st.integers(0, 4), wire=st.booleans())
    def opens(self, stall: int, cart: list[tuple[str, int]], wanted: dict[str, Any], steps: int, wire: bool) -> None:
        """The stall opens, as on the first day; one order is some steps on its way already."""
        street().put_back()
        self.comes_to(street().stalls[stall])
        self.tokens = street().buyers[stall]
        self.lines, self.by_wire = 0, wire
        self.places(0, cart, wanted)
        for _ in range(steps):
            self.goes_its_way(0)

    @precondition(lambda self: len(self.shown) < 3)
    @rule(buyer=st.integers(0, 1), cart=carts, wanted=whims)
    def places(self, buyer: int, cart: list[tuple[str, int]], wanted: dict[str, Any]) -> None:
        """A buyer orders what the quote says."""
        body = self.stall.wish(*cart, total=0, options={"whims": wanted})
        if all(sku == "song" for sku, _ in cart):
            body["delivery"] = {"method": "none"}
        del body["expected_total"]
        token = self.tokens[buyer]
        quote = self._check(self.stall.shop(token, "POST", "quotes", body))
        if quote.good:
            body["expected_total"] = quote["payable"]
            answer = self._check(self.stall.shop(token, "POST", "orders", body))
            if answer.good:
                self.token[answer["number"]] = token
                self._look(answer["number"])

    @precondition(lambda self: self.there("pending_payment"))
    @rule(n=which)
    def starts_to_pay(self, n: int) -> None:
        """A transfer is announced."""
        self._own(self.one(n, "pending_payment"), "payments", {"tenders": [{"channel": "bank_transfer"}]})

    @precondition(lambda self: self.there("pending_payment"))
    @rule(n=which, wrong=st.sampled_from([0, 0, 0, 1]))
    def money_comes(self, n: int, wrong: int) -> None:
        """Staff see what is due on the statement, or not quite."""
        order = self.one(n, "pending_payment")
        due = next((row["amount"] for row in order["instalments"] if not row["settled_at"]), 1)
        self.lines += 1
        body = {"amount": max(1, due + wrong), "reference": f"line {self.lines}", "note": "seen"}
        self._on(order, "confirm-offline", body)

    @precondition(lambda self: self.there("pending_payment"))
    @rule(n=which, goods=st.integers(-400, 400), freight=st.integers(-400, 400))
    def is_repriced(self, n: int, goods: int, freight: int) -> None:
        """Staff change the price."""
        body = {"goods_delta": goods, "freight_delta": freight, "remark": "regular"}
        self._on(self.one(n, "pending_payment"), "reprice", body)

    @precondition(lambda self: self.there(*CALLED_OFF))
    @rule(n=which, move=st.sampled_from(["cancel", "close", "reject"]))
    def is_called_off(self, n: int, move: str) -> None:
        """Somebody does not want it any more."""
        order = self.one(n, *CALLED_OFF)
        if move == "cancel":
            self._own(order, "cancel", {"reason": "other"})
        else:
            self._on(order, move, {"reason": "other", **({"note": "no"} if move == "reject" else {})})

    @precondition(lambda self: self.there("paid"))
    @rule(n=which, move=st.sampled_from(["hold", "free"]))
    def is_looked_at(self, n: int, move: str) -> None:
        """Staff keep it back, or let it go."""
        self._on(self.one(n, "paid"), move, {"reason": "look"} if move == "hold" else {})

    @precondition(lambda self: self.there("awaiting_shipment"))
    @rule(n=which, shipment=st.integers(0, 3), most=st.integers(1, 5), by_hand=st.booleans())
    def is_sent(self, n: int, shipment: int, most: int, by_hand: bool) -> None:
        """One shipment, or a part of it, leaves."""
        order = self.one(n, "awaiting_shipment")
        chosen = order["shipments"][shipment % len(order["shipments"])]
        lines = [
            {"line_id": row["line_id"], "quantity": min(most, row["quantity"] - row["shipped"])}
            for row in chosen["lines"]
            if row["quantity"] > row["shipped"]
        ]
        body: dict[str, Any] = {"shipment_id": chosen["id"]}
        body |= {} if by_hand else PARCEL
        self._on(order, "shipments", body | ({"lines": lines[:most]} if most < 5 and lines else {}))

    @precondition(lambda self: self.there("awaiting_shipment", "shipped"))
    @rule(n=which, shipment=st.integers(0, 3))
    def tracking_is_fixed(self, n: int, shipment: int) -> None:
        """A number was wrong."""
        order = self.one(n, "awaiting_shipment", "shipped")
        for parcel in order["shipments"][shipment % len(order["shipments"])]["parcels"]:
            body = {"carrier": "YTO", "tracking_no": "Y2", "reason": "typo"}
            self._check(self.stall.admin("POST", f"parcels/{parcel['id']}/tracking", body))

    @precondition(lambda self: self.there("shipped"))
    @rule(n=which, shipment=st.integers(0, 3), staff=st.booleans())
    def shipment_is_received(self, n: int, shipment: int, staff: bool) -> None:
        """One of several is there."""
        order = self.one(n, "shipped")
        path = f"shipments/{order['shipments'][shipment % len(order['shipments'])]['id']}/receive"
        who = self.stall.admin if staff else partial(self.stall.shop, self.token[order["number"]])
        self._check(who("POST", path, {}))
        self._look(order["number"])

    @precondition(lambda self: self.there("shipped"))
    @rule(n=which, move=st.sampled_from(["receive", "extend", "remind"]), staff=st.booleans())
    def waits(self, n: int, move: str, staff: bool) -> None:
        """It is on its way."""
        (self._on if staff else self._own)(self.one(n, "shipped"), move, {})

    @precondition(lambda self: self.there(*REFUNDABLE))
    @rule(n=which, reason=reasons, freight=st.one_of(st.none(), st.integers(0, 700)))
    def all_goes_back(self, n: int, reason: str, freight: int | None) -> None:
        """Staff give everything back that is left."""
        self._on(self.one(n, *REFUNDABLE), "refunds", {"reason": reason, "freight": freight})

    @precondition(lambda self: self.there(*REFUNDABLE))
    @rule(n=which, line=st.integers(0, 3), units=st.integers(0, 3), amount=st.one_of(st.none(), amounts))
    def part_goes_back(self, n: int, line: int, units: int, amount: int | None) -> None:
        """Staff give units, or money, or both back."""
        order = self.one(n, *REFUNDABLE)
        goods = [row for row in order["lines"] if row["sku"] != "freight"]
        asked = {"line_id": goods[line % len(goods)]["id"], "quantity": units, "amount": amount}
        self._on(order, "refunds", {"reason": "damaged", "lines": [asked]})

    @precondition(lambda self: self.giving_back())
    @rule(n=which, refund=st.integers(0, 3), done=st.booleans(), work_first=st.booleans())
    def refund_ends(self, n: int, refund: int, done: bool, work_first: bool) -> None:
        """The transfer back is made, or it is withdrawn, before or after the worker came round."""
        found = self.giving_back()
        order = found[n % len(found)]
        still = [row for row in order["refunds"] if row["status"] == "open"]
        if work_first:
            street().settles()
        self.lines += 1
        body = {"reference": f"out {self.lines}", "note": "sent"} if done else {}
        self._on(order, f"refunds/{still[refund % len(still)]['number']}/{'done' if done else 'withdraw'}", body)

    # -------------------------------------------------------------------------------------- whatever
    @rule(n=which)
    def goes_its_way(self, n: int) -> None:
        """What a merchant does all day: money is seen, everything is sent, the transfer back is made."""
        order = self.one(n)
        if order is None:
            return
        if order["state"] == "pending_payment" and self.by_wire:
            self.is_paid_by_wire(order)
        elif order["state"] == "pending_payment":
            self.money_comes(n, 0)
        elif order["state"] == "awaiting_shipment":
            for shipment in order["shipments"]:
                self._on(order, "shipments", {"shipment_id": shipment["id"], **PARCEL})
        elif order["state"] == "paid":
            self._on(order, "free", {})
        elif self.giving_back():
            self.refund_ends(n, 0, True, True)
        elif order["state"] == "shipped":
            self._own(order, "receive", {})

    @rule(n=which, path=st.sampled_from(STAFF_TRIES), by_buyer=st.booleans())
    def somebody_tries(self, n: int, path: str, by_buyer: bool) -> None:
        """Whatever state it is in."""
        order = self.one(n)
        if order is not None and path == "receiver":
            etag = {} if by_buyer else {"If_Match": f'"v{order["version"]}"'}
            (self._own if by_buyer else self._on)(order, path, RECEIVER | {"address": "2 Short Road"}, **etag)
        elif order is not None:
            (self._own if by_buyer else self._on)(order, path, TRIED.get(path, {}))

    @rule()
    def jobs_run(self) -> None:
        """The worker comes round."""
        street().settles()
        self._look_again()

    @rule(delta=st.sampled_from([{"minutes": 11}, {"minutes": 31}, {"days": 1}, {"days": 4}, {"days": 8}]))
    def time_passes(self, delta: dict[str, int]) -> None:
        """Nobody does anything for a while."""
        street().passes(timedelta(**delta))
        self._look_again()

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
        self._look_again()
        for order in self.shown.values():
            waits = any(refund["status"] == "open" for refund in order["refunds"])
            ended = waits or order["state"] in ("paid", "awaiting_shipment", "completed", "closed", "refunded")
            assert ended, f"order {order['number']} hangs in {order['state']} for ever at {clock.now()}"


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
    """Half a minute of it at every run."""
    _run(examples=20, steps=20)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nothing_that_can_be_done_to_orders_breaks_a_law_however_long() -> None:
    """Many minutes of it."""
    _run(examples=150, steps=40)
