"""What the machine of orders has found, or would have: each once, as a story that stays told."""

from datetime import timedelta
from typing import Any

import pytest

from tests.properties.stalls import Street
from tests.races.yard import Said

PARCEL = {"carrier": "SF", "tracking_no": "SF1"}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The stalls; time stands still."""
    return Street(tmp_path_factory.mktemp("street"))


@pytest.fixture
def shop(street: Street) -> "Shop":
    """A stall that charges freight, as on its first day."""
    street.put_back()
    return Shop(street)


class Shop:
    """One order of four pots at 1000 and two teas at 333 of one stall, and what happens to it."""

    def __init__(self, street: Street) -> None:
        self.street, self.stall = street, street.stalls[1]
        self.token = street.buyers[1][0]
        self.line = 0

    def orders(self, **whims: Any) -> None:
        lines = (("pot", 4), ("tea", 2))
        answer = self.stall.placed(self.token, *lines, total=4666, options={"whims": whims})
        self.number, self.pot, self.tea = answer["number"], *(row["id"] for row in answer["lines"][:2])

    def pays(self, amount: int = 4666) -> None:
        self.line += 1
        self.does("confirm-offline", {"amount": amount, "reference": f"in {self.line}", "note": "seen"})

    def does(self, path: str, body: dict[str, Any]) -> Said:
        answer = self.stall.staff("POST", f"orders/{self.number}/{path}", body)
        self.holds()
        return answer

    def sends(self, pots: int, teas: int) -> None:
        units = [{"line_id": line, "quantity": n} for line, n in ((self.pot, pots), (self.tea, teas)) if n]
        self.does("shipments", {**PARCEL, "lines": units})

    def refund(self, **units: int) -> str:
        lines = [{"line_id": getattr(self, name), "quantity": n} for name, n in units.items()]
        refunds = self.does("refunds", {"reason": "damaged", **({"lines": lines} if lines else {})})["refunds"]
        self.street.settles()
        return str(refunds[-1]["number"])

    def refund_of_money(self, amount: int) -> str:
        lines = [{"line_id": self.pot, "amount": amount}]
        refunds = self.does("refunds", {"reason": "damaged", "lines": lines})["refunds"]
        self.street.settles()
        return str(refunds[-1]["number"])

    def ends(self, refund: str, how: str) -> None:
        self.line += 1
        self.does(f"refunds/{refund}/{how}", {"reference": f"out {self.line}", "note": "x"} if how == "done" else {})

    def state(self) -> str:
        return str(self.stall.staff("GET", f"orders/{self.number}")["state"])

    def passes(self, **delta: float) -> None:
        self.street.passes(timedelta(**delta))
        self.holds()

    def holds(self) -> None:
        assert self.stall.broken_laws() == []


def test_a_deposit_that_goes_back_when_the_order_is_closed_shows_on_its_refund_axis(shop: Shop) -> None:
    shop.orders(deposit_percent=30)
    shop.pays(1399)
    shop.does("close", {"reason": "out_of_stock"})
    assert shop.stall.staff("GET", f"orders/{shop.number}")["refund_axis"] == "applying"


def test_one_transfer_gives_back_both_instalments_of_an_order(shop: Shop) -> None:
    shop.orders(deposit_percent=30)
    shop.pays(1399)
    shop.pays(3267)
    shop.ends(shop.refund(), "done")
    assert shop.state() == "refunded"


def test_the_time_to_confirm_stands_still_from_the_start_while_a_refund_is_open(shop: Shop) -> None:
    shop.orders()
    shop.pays()
    refund = shop.refund_of_money(100)
    shop.sends(4, 2)
    shop.passes(days=30)
    assert shop.state() == "shipped"
    shop.ends(refund, "done")
    shop.passes(days=11)
    assert shop.state() == "received"


def test_units_stay_given_back_when_another_refund_of_them_was_withdrawn(shop: Shop) -> None:
    shop.orders()
    shop.pays()
    shop.sends(3, 2)
    first, second = shop.refund(pot=1), shop.refund(pot=1)
    shop.ends(first, "withdraw")
    shop.ends(second, "done")
    assert shop.state() == "shipped"


def test_units_given_back_while_all_was_to_go_back_are_not_sent_when_the_rest_is_withdrawn(shop: Shop) -> None:
    shop.orders()
    shop.pays()
    part, rest = shop.refund(tea=2), shop.refund()
    assert shop.state() == "refunding"
    shop.ends(part, "done")
    shop.ends(rest, "withdraw")
    assert shop.state() == "awaiting_shipment"
    shop.sends(4, 0)
    assert shop.state() == "shipped"
