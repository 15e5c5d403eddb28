"""Late money for an expired order that had a slot: it lives again with a code if the slot still has a place."""

from collections.abc import Iterator
from typing import Any

import pytest

from core import clock
from tests.conftest import MORNING, AppMaker
from tests.plugins.pickup.counter import HOURS, breaches_of
from tests.races.tills import PRICE, PaidStall, later
from tests.wire import HonestWire, register

SLOTS = ["2026-03-02T06:00:00Z", "2026-03-02T07:00:00Z"]


@pytest.fixture
def stall(make_app: AppMaker) -> Iterator[PaidStall]:
    """A stall that wants late money, with a store whose slots take one order each."""
    clock.freeze(MORNING)
    wire = HonestWire()
    stall = PaidStall(make_app(SANDBOX=True, EXTRA_PLUGINS=[register(wire)]), [wire], late_payment="revive")
    stall.staff("POST", "plugins/pickup/enable", {})
    stall.staff("POST", "stores", {"code": "east", "name": "East"})
    stall.staff("POST", "warehouses", {"code": "shelf", "name": "Shelf", "store": "east"})
    stall.staff("POST", "pickup/stores/east", {"hours": HOURS, "slot_minutes": 60, "capacity": 1})
    stall.sells("tea", PRICE, shelf=50)
    yield stall
    assert breaches_of(stall.app) == []
    clock.unfreeze()
    clock.use_offset_file(None)


def placed(stall: PaidStall, buyer: str, slot: str) -> Any:
    """An order that is fetched in that slot."""
    more = {"delivery": {"method": "pickup"}, "options": {"pickup": {"store": "east", "slot": slot}}}
    return stall.placed(buyer, ("tea", 1), total=PRICE, **more)


def test_an_order_lives_again_if_nobody_else_has_its_place(stall: PaidStall) -> None:
    mei, bo = stall.buyers(2)
    orders = [placed(stall, mei, slot) for slot in SLOTS]
    attempts = [stall.begins(mei, order["number"])["out_trade_no"] for order in orders]
    later(minutes=31)
    stall.settles()
    placed(stall, bo, SLOTS[0])
    states, codes = [], []
    for order, attempt in zip(orders, attempts, strict=True):
        receipt = stall.wires["wire"].pays(attempt, PRICE, past_closing=True)
        assert receipt is not None and stall.tells(receipt).good
        stall.settles()
        states.append(stall.staff("GET", f"orders/{order['number']}")["state"])
        codes.append(stall.shop(mei, "GET", f"pickup/orders/{order['number']}")["code"])
    assert states == ["closed", "awaiting_shipment"]
    assert codes[0] is None and len(codes[1]) == 12
