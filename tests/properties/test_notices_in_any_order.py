"""However often and in whatever order a channel tells the same story, and whoever asks: the same rows in the end."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import create_app
from core import clock
from core.contracts.payment_channel import Nothing, Receipt, RefundReceipt
from core.db import Base, db
from core.flows import close, money, pay, refund
from tests.conftest import MORNING, Clock, configuration
from tests.properties.rows import rows
from tests.races.tills import PRICE, Bill, PaidStall
from tests.snapshot import Snapshot
from tests.wire import HonestWire, register

News = dict[str, Callable[[], Any]]


@dataclass(frozen=True)
class Story:
    """One order at a stall of its own, and the news of it that may come in any order."""

    stall: PaidStall
    news: News

    def is_told(self, order: list[str]) -> None:
        """Tell its news in this order; an hour later everything that follows is done."""
        for name in order:
            self.news[name]()
        Clock(self.stall.app).passes(hours=1)


class Yard:
    """All stories on one database, which is put back before each telling."""

    def __init__(self, folder: Path) -> None:
        file = folder / "stories.db"
        clock.freeze(MORNING)
        self.wires = [HonestWire(), HonestWire("cable")]
        more = {"SANDBOX": True, "EXTRA_PLUGINS": [register(wire) for wire in self.wires]}
        self.app = create_app(configuration(f"sqlite:///{file}", folder / "var") | more)
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
        self.stories = {begin.__name__: self._begun(begin) for begin in BEGINNINGS}
        self.moment = clock.now()
        self._known = [(dict(wire.paid), set(wire.closed), dict(wire.backs)) for wire in self.wires]
        self._first = Snapshot(self.app, file)

    def put_back(self) -> None:
        """The database, the wires and the clock as they were when all stories had begun."""
        clock.freeze(self.moment)
        for wire, (paid, closed, backs) in zip(self.wires, self._known, strict=True):
            wire.paid, wire.closed, wire.backs = dict(paid), set(closed), dict(backs)
        self._first.put_back()

    def _begun(self, begin: "Beginning") -> Story:
        policy = "revive" if begin is revived else "refund"
        stall = PaidStall(self.app, self.wires, begin.__name__.replace("_", "-"), late_payment=policy)
        stall.sells("tea", PRICE, north=9)
        return Story(stall, begin(stall, self.wires[0]))


@cache
def yard() -> Yard:
    """The stories, begun once."""
    folder = Path(tempfile.mkdtemp(prefix="merx-stories-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Yard(folder)


# ---------------------------------------------------------------------------------------------- the stories
def paid_in_time(stall: PaidStall, wire: HonestWire) -> News:
    """The order waits; the payer has paid."""
    (bill,) = stall.bills(1)
    return _told_of_money(stall, bill)


def paid_too_late(stall: PaidStall, wire: HonestWire) -> News:
    """The order had expired before."""
    return _told_of_money(stall, _expired(stall, wire))


def revived(stall: PaidStall, wire: HonestWire) -> News:
    """So it had, but this merchant wants late money."""
    return _told_of_money(stall, _expired(stall, wire))


def paid_twice(stall: PaidStall, wire: HonestWire) -> News:
    """Another channel was faster."""
    (bill,) = stall.bills(1, "wire", "cable")
    stall.receives(bill, "cable")
    return _told_of_money(stall, bill)


def given_back_in_parts(stall: PaidStall, wire: HonestWire) -> News:
    """Two refunds are under way; the payment is told of once more."""
    bill = _under_way(stall, wire, 2000, 2900)
    one, two = stall.parts(bill)
    told = _told_of_refund(stall, wire, bill, one.out_refund_no, "done")
    more = _told_of_refund(stall, wire, bill, two.out_refund_no, "done")
    again = {"paid again": partial(stall.tells, stall.receipt(bill), event_id="paid again")}
    return told | {f"second {name}": tell for name, tell in more.items()} | again


def given_back_under_another_number(stall: PaidStall, wire: HonestWire) -> News:
    """The number of the refund is dead at the channel; another takes its place."""
    bill = _under_way(stall, wire, 2000)
    (part,) = stall.parts(bill)
    return _told_of_refund(stall, wire, bill, part.out_refund_no, "failed", failure="closed", again="new_number")


def not_given_back(stall: PaidStall, wire: HonestWire) -> News:
    """The card is void: a person must see to it."""
    bill = _under_way(stall, wire, 2000)
    (part,) = stall.parts(bill)
    return _told_of_refund(stall, wire, bill, part.out_refund_no, "failed", failure="void", again="by_hand")


def made_by_hand(stall: PaidStall, wire: HonestWire) -> News:
    """So it was, and staff transferred the money themselves; the channel repeats that it could not."""
    bill = _under_way(stall, wire, 2000)
    (part,) = stall.parts(bill)
    stall.tells(wire.became(part.out_refund_no, "failed", failure="void", again="by_hand"))
    number = stall.seen(bill)["refunds"][0]["number"]
    stall.staff("POST", f"orders/{bill.number}/refunds/{number}/done", {"reference": "out", "note": "sent"})
    return _told_of_refund(stall, wire, bill, part.out_refund_no, "failed", failure="void", again="new_number")


Beginning = Callable[[PaidStall, HonestWire], News]
BEGINNINGS: tuple[Any, ...] = (
    paid_too_late,
    revived,
    paid_in_time,
    paid_twice,
    given_back_in_parts,
    given_back_under_another_number,
    not_given_back,
    made_by_hand,
)


def _expired(stall: PaidStall, wire: HonestWire) -> Bill:
    (bill,) = stall.bills(1)
    rings = stall.rings(bill, close.ring)
    clock.advance(timedelta(minutes=31))
    rings()
    assert stall.seen(bill)["state"] == "closed"
    wire.pays(bill.attempts["wire"], PRICE, past_closing=True)
    return bill


def _under_way(stall: PaidStall, wire: HonestWire, *amounts: int) -> Bill:
    (bill,) = stall.bills(1)
    stall.receives(bill)
    line = stall.seen(bill)["lines"][0]["id"]
    for amount in amounts:
        wire.says("refund", lambda number: RefundReceipt(number, "pending", 0))
        body = {"reason": "damaged", "lines": [{"line_id": line, "quantity": 0, "amount": amount}]}
        stall.staff("POST", f"orders/{bill.number}/refunds", body)
    stall.settles()
    return bill


def _told_of_money(stall: PaidStall, bill: Bill) -> News:
    """Three notices of the money and a wrong one, the looks and jobs; each of them may come first."""
    fact, ids = stall.receipt(bill), (bill.order_id, stall.payment_id(bill))
    wrong: Receipt = replace(fact, amount=PRICE - 1)
    return {
        "first": partial(stall.tells, fact, event_id="first"),
        "again": partial(stall.tells, fact, event_id="again"),
        "beside a greeting": partial(stall.tells, Nothing("a greeting"), fact, event_id="greeting"),
        "short": partial(stall.tells, wrong, event_id="short"),
        "asked": partial(stall.does, pay.query, *ids),
        "looked up": partial(stall.does, pay.look_up, *ids, 0),
        "received": partial(stall.does, money.receive, *ids, fact),
        "jobs": stall.settles,
    }


def _told_of_refund(stall: PaidStall, wire: HonestWire, bill: Bill, number: str, outcome: Any, **more: Any) -> News:
    """Notices of the end and an old one, the looks and jobs; each of them may come first."""
    part = next(row for row in stall.parts(bill) if row.out_refund_no == number)
    fact, ids = wire.became(number, outcome, **more), (bill.order_id, part.id)
    old, wrong = RefundReceipt(number, "pending", 0), replace(fact, amount=1)
    return {
        "first": partial(stall.tells, fact, event_id=f"first {number}"),
        "again": partial(stall.tells, fact, event_id=f"again {number}"),
        "old": partial(stall.tells, old, event_id=f"old {number}"),
        "short": partial(stall.tells, wrong, event_id=f"short {number}"),
        "asked": partial(stall.does, refund.query_refund, *ids),
        "looked up": partial(stall.does, refund.look_up, *ids, 0),
        "concluded": partial(stall.does, refund.conclude, bill.order_id, part.refund_id),
        "jobs": stall.settles,
    }


# ---------------------------------------------------------------------------------------------- the law
@pytest.mark.parametrize("name", [begin.__name__ for begin in BEGINNINGS])
def test_the_same_news_in_any_order_and_number_leave_the_same_rows(name: str) -> None:
    clock.freeze(MORNING)
    story = yard().stories[name]
    names = sorted(story.news)
    yard().put_back()
    before = rows(story.stall)
    story.is_told(names)
    expected = rows(story.stall)
    assert story.stall.broken_laws() == [] and expected != before

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(told=st.lists(st.sampled_from(names), max_size=6).flatmap(lambda more: st.permutations(names + more)))
    def whatever_the_order(told: list[str]) -> None:
        yard().put_back()
        story.is_told(told)
        found = rows(story.stall)
        assert not (found - expected or expected - found), (list(found - expected), list(expected - found))
        assert story.stall.broken_laws() == []

    whatever_the_order()


EXAMPLES = 12
