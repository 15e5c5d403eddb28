"""Random shelves and orders at a real shop: as few sub-shipments as can be, and all sums hold after each step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import create_app
from core.db import Base, db
from plugins.split_shipping.allocating import Place
from tests.conftest import configuration
from tests.properties.test_allocation import best_of_all
from tests.races.yard import Said, Stall
from tests.snapshot import Snapshot

PRICES = {"cup": 333, "pot": 1000, "urn": 0}
FREIGHT = 700
#: warehouse -> the regions it serves first; the buyers live in 110000
PLACES: dict[str, list[str]] = {"north": ["11"], "south": ["44"], "west": []}
cart = st.lists(st.tuples(st.sampled_from(sorted(PRICES)), st.integers(1, 4)), min_size=1, max_size=3)
shelves = st.fixed_dictionaries({(place, sku): st.integers(0, 5) for place in PLACES for sku in PRICES})
#: what happens to an order that is paid
deed = st.sampled_from(
    ["nothing", "one leaves", "a unit goes back", "one leaves and a unit goes back", "all goes back"]
)


class Market:
    """A stall with three warehouses whose shelves are filled anew for each example."""

    def __init__(self, folder: Path) -> None:
        file = folder / "market.db"
        self.app = create_app(configuration(f"sqlite:///{file}", folder / "var"))
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
        self.stall = Stall(self.app, settings={"freight_flat": FREIGHT, "allow_zero_pay": True})
        (self.token,) = self.stall.buyers(1)
        for code, regions in PLACES.items():
            self.stall.staff("POST", "warehouses", {"code": code, "name": code.title(), "regions": regions})
        for sku, price in PRICES.items():
            self.stall.sells(sku, price, north=1)
        self.stall.staff("POST", "plugins/split_shipping/enable", {})
        self._first, self._came_in = Snapshot(self.app, file), dict(self.stall.came_in)

    def opens(self, wanted: dict[tuple[str, str], int]) -> None:
        """Everything as on the first day, with so many units on each shelf."""
        self._first.put_back()
        self.stall.came_in = dict(self._came_in)
        for (place, sku), units in wanted.items():
            delta = units - (place == "north")
            if delta:
                change = {"warehouse": place, "sku": sku, "delta": delta, "remark": "in"}
                self.stall.staff("POST", "stock/changes", change)
                self.stall.came_in[self.stall.variants[sku]] += delta

    def places(self) -> list[Place]:
        """The warehouses as the oracle sees them: all of them equally near."""
        there: dict[str, dict[UUID, int]] = {code: {} for code in PLACES}
        for sku, variant in self.stall.variants.items():
            for row in self.stall.staff("GET", f"stock?sku={sku}")["data"]:
                there[row["warehouse"]][variant] = row["available"]
        every = {code: dict.fromkeys(self.stall.variants.values(), 0) | rows for code, rows in there.items()}
        return [Place(UUID(int=n), code, code == "south", 0, 0, every[code]) for n, code in enumerate(PLACES, start=1)]

    def orders(self, wanted: list[tuple[str, int]]) -> Said:
        """A buyer orders."""
        total = sum(PRICES[sku] * units for sku, units in wanted) + FREIGHT
        return self.stall.shop(self.token, "POST", "orders", self.stall.wish(*wanted, total=total))

    def pays(self, order: Any) -> Any:
        """The money is seen."""
        money = {"amount": order["payable"], "reference": f"line {order['number']}", "note": "seen"}
        return self.stall.staff("POST", f"orders/{order['number']}/confirm-offline", money)

    def does(self, order: Any, what: str) -> None:
        """One of the deeds."""
        number, first = order["number"], order["lines"][0]
        if "leaves" in what:
            parcel = {"carrier": "SF", "tracking_no": f"SF{number[2:]}", "shipment_id": order["shipments"][0]["id"]}
            self.stall.staff("POST", f"orders/{number}/shipments", parcel)
        if "a unit" in what:
            lines = [{"line_id": first["id"], "quantity": 1}]
            self.stall.staff("POST", f"orders/{number}/refunds", {"reason": "damaged", "lines": lines})
        elif "all" in what:
            self.stall.staff("POST", f"orders/{number}/refunds", {"reason": "damaged"})

    def sums_hold(self, order: Any) -> None:
        """Sub-shipments have every unit and every fen of the order; no law is broken."""
        told = self.stall.staff("GET", f"split_shipping/orders/{order['number']}")
        parts = [*told["shipments"], told["given_back"]]
        assert sum(part["total"] for part in parts) == order["payable"]
        units = sum(line["quantity"] for part in parts for line in part["lines"])
        assert units == sum(line["quantity"] for line in order["lines"] if line["kind"] == "goods")
        assert self.stall.broken_laws() == []


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The market, made once."""
    market = Market(tmp_path_factory.mktemp("market"))
    yield market
    with market.app.app_context():
        db.engine.dispose()


def play(market: Market, stock: dict[tuple[str, str], int], carts: list[tuple[list[tuple[str, int]], str]]) -> None:
    """The orders, one after the other, each beside what the oracle says of it."""
    market.opens(stock)
    for wanted, what in carts:
        lines = [(n, market.stall.variants[sku], units) for n, (sku, units) in enumerate(wanted)]
        best = best_of_all(lines, market.places())
        said = market.orders(wanted)
        assert said.status == (201 if best else 409), said.body
        if best is None:
            assert said["code"] == "out_of_stock" and market.stall.broken_laws() == []
            continue
        market.sums_hold(said.body)
        order = market.pays(said.body)
        assert len(order["shipments"]) == best[2], "as few as the oracle needs"
        split = [line["line_id"] for row in order["shipments"] for line in row["lines"]]
        assert sum(split.count(one) > 1 for one in set(split)) == best[0], "no line is split for nothing"
        market.does(order, what)
        market.sums_hold(order)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stock=shelves, carts=st.lists(st.tuples(cart, deed), min_size=1, max_size=2))
def test_every_order_is_split_as_little_as_can_be_and_its_sums_hold(
    market: Market, stock: dict[tuple[str, str], int], carts: list[tuple[list[tuple[str, int]], str]]
) -> None:
    play(market, stock, carts)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stock=shelves, carts=st.lists(st.tuples(cart, deed), min_size=1, max_size=4))
def test_so_are_many_more(
    market: Market, stock: dict[tuple[str, str], int], carts: list[tuple[list[tuple[str, int]], str]]
) -> None:
    play(market, stock, carts)
