"""Each guard, asked about an order for which it holds and about one for which it does not."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.contracts.people import Actor, MerchantView
from core.current import acting
from core.db import with_rows
from core.ids import new_id
from core.models import Deadline, Instalment, Order, OrderLine, Payment, Refund, RefundPart, Shipment, ShipmentLine
from core.schemas.settings import filled
from core.services import guards


def view(**settings: Any) -> MerchantView:
    """A merchant with these settings."""
    return MerchantView(1, "acme", "Acme", "CNY", "UTC", "en", filled(settings), 0)


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    with app.app_context(), acting(view(), Actor("system", None, "test", "cli", "test")):
        yield


NOW = clock.now()


def line(quantity: int = 2, **more: Any) -> OrderLine:
    """Goods in memory, what nobody says is 0."""
    zeros = dict.fromkeys(("shipped", "refunded", "refunding", "refunded_amount", "refunding_amount"), 0)
    return OrderLine(**{"kind": "goods", "quantity": quantity, "net": 100, **zeros, **more})


def freight() -> OrderLine:
    """The freight's line: it is never sent and never counts."""
    return line(1, kind="freight")


def order(**rows: Any) -> Order:
    """An order in memory: two units of something over 1.00, nothing paid."""
    columns = {name: rows.pop(name) for name in list(rows) if not isinstance(rows[name], list)}
    base = {"payable": 100, "paid": 0, "payment_axis": "none", "extended": 0, "risk_hold": None, "receiver": None}
    lists: dict[str, list[Any]] = {"lines": [line(), freight()], "instalments": [Instalment(settled_at=None)]}
    lists |= {name: [] for name in ("payments", "refunds", "shipments", "deadlines")} | rows
    return with_rows(Order(**base | columns), **lists)


def refund(status: str = "open", *states: str, channel: str = "bank_transfer") -> Refund:
    """A refund with parts in these states."""
    payment: Any = Payment(role="cash", channel=channel)
    parts = [with_rows(RefundPart(state=state), payment=payment) for state in states]  # type: ignore[arg-type]
    return with_rows(Refund(status=status, kind="order"), parts=parts)


def shipment(*units: tuple[int, int], state: str = "waiting") -> Shipment:
    """A shipment with lines of (units to send, units sent)."""
    return with_rows(Shipment(state=state), lines=[ShipmentLine(quantity=q, shipped=s) for q, s in units])


#: guard -> things for which it holds, things for which it does not
ASKED: Mapping[str, tuple[list[Any], list[Any]]] = {
    "nothing_payable": ([order(payable=0)], [order()]),
    "money_missing": ([order(paid=99)], [order(paid=100)]),
    "all_instalments_paid": (
        [order(instalments=[Instalment(settled_at=NOW)])],
        [order(instalments=[Instalment(settled_at=NOW), Instalment(settled_at=None)])],
    ),
    "some_instalment_paid": (
        [order(instalments=[Instalment(settled_at=NOW), Instalment(settled_at=None)])],
        [order()],
    ),
    "nothing_paid": ([order()], [order(paid=1)]),
    "not_paid_whole": ([order(), order(payment_axis="part")], [order(payment_axis="paid")]),
    "no_live_attempt": (
        [order(), order(payments=[Payment(role="cash", state=state) for state in ("closed", "failed", "settled")])],
        [order(payments=[Payment(role="cash", state=state)]) for state in ("created", "open", "unsure", "closing")],
    ),
    "held_by_tender": ([Payment(role="payable"), Payment(role="adjustment")], [Payment(role="cash")]),
    "revived": (
        [order(close_reason=None, instalments=[Instalment(settled_at=NOW)])],
        [order(close_reason="expired", instalments=[Instalment(settled_at=NOW)]), order(close_reason=None)],
    ),
    "something_is_sent": ([order(receiver={"name": "Li"})], [order()]),
    "risk_held": ([order(risk_hold="amount")], [order()]),
    "not_risk_held": ([order()], [order(risk_hold="amount")]),
    "nothing_holds": ([], [order(risk_hold="amount")]),
    "nothing_shipped": ([order()], [order(lines=[line(), line(shipped=1)])]),
    "something_shipped": ([order(lines=[line(), line(shipped=1)])], [order()]),
    "nothing_left_to_ship": (
        [order(lines=[line(shipped=2), freight()]), order(lines=[line(shipped=1, refunded=1)])],
        [order(), order(lines=[line(shipped=1)]), order(lines=[line(shipped=1, refunding=1)])],
    ),
    "every_shipment_received": (
        [order(shipments=[shipment(state="received"), shipment(state="cancelled")])],
        [order(), order(shipments=[shipment(state="received"), shipment(state="shipped")])]
        + [order(shipments=[shipment(state="cancelled")])],
    ),
    "not_extended": ([order()], [order(extended=1)]),
    "waiting_for_confirmation": (
        [order(deadlines=[Deadline(kind="confirm")])],
        [order(), order(deadlines=[Deadline(kind="settle")])],
    ),
    "refund_covers_all": (
        [order(lines=[line(refunding=1, refunded=1), line(refunding_amount=100), freight()])],
        [order(), order(lines=[line(refunding=2), line(refunding=1)])],
    ),
    "all_given_back": (
        [order(lines=[line(refunded=2), line(refunded_amount=100), freight()])],
        [order(), order(lines=[line(refunded=1, refunding=1)])],
    ),
    "no_open_refund": ([order(), order(refunds=[refund("done"), refund("withdrawn")])], [order(refunds=[refund()])]),
    "a_refund_not_begun": (
        [order(refunds=[refund("open", "planned"), refund("open", "sending")])],
        [order(), order(refunds=[refund("open", "planned", "sending"), refund("done", "done")])],
    ),
    "refund_can_be_withdrawn": (
        [order(refunds=[refund("open", "planned", "waiting", "pending"), refund("done", "done")])],
        [order(refunds=[refund("open", "planned", state)]) for state in ("sending", "unsure", "failed", "done")],
    ),
    "offline_channel": ([refund("open", "pending").parts[0]], []),
    "shipment_complete": ([shipment((2, 2), (0, 0))], [shipment((2, 2), (1, 0)), shipment((0, 0))]),
    "shipment_empty": ([shipment((0, 0), (0, 0))], [shipment((0, 0), (1, 0))]),
}
#: guard -> the setting it looks at, with the value for which it holds and one for which it does not
SETTINGS: Mapping[str, tuple[str, Any, Any]] = {
    "buyer_may_edit_receiver": ("buyer_may_edit_receiver", True, False),
    "buyer_may_cancel_paid": ("buyer_may_cancel_paid", True, False),
    "settles_at_once": ("settle_days", 0, 1),
}


def test_every_guard_is_asked_here() -> None:
    assert set(ASKED) | set(SETTINGS) == set(guards.GUARDS)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_guard_holds_where_it_should_and_nowhere_else(name: str) -> None:
    holds, does_not = ASKED[name]
    assert [guards.GUARDS[name](thing) for thing in holds] == [True] * len(holds)
    assert [guards.GUARDS[name](thing) for thing in does_not] == [False] * len(does_not)
    assert holds or does_not


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_guard_over_a_setting_follows_it(name: str) -> None:
    setting, yes, no = SETTINGS[name]
    found = []
    for value in (yes, no):
        with acting(view(**{setting: value}), Actor("system", None, "test", "cli", "test")):
            found.append(guards.GUARDS[name](order()))
    assert found == [True, False]


def test_a_guard_that_nobody_brought_is_an_error_not_a_yes() -> None:
    with pytest.raises(LookupError, match="no guard 'wind_is_fair'"):
        guards.holds("wind_is_fair", order(id=new_id()))
