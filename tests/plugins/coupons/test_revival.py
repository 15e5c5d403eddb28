"""Late money for an expired order that had coupons: it lives again with all of them, or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest

from core import clock
from tests.conftest import MORNING, AppMaker
from tests.plugins.coupons.desk import breaches_of
from tests.races.tills import PRICE, PaidStall, later
from tests.wire import HonestWire, register

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stall(make_app: AppMaker) -> Iterator[PaidStall]:
    """A stall that wants late money, with a coupon desk."""
    clock.freeze(MORNING)
    wire = HonestWire()
    stall = PaidStall(make_app(SANDBOX=True, EXTRA_PLUGINS=[register(wire)]), [wire], late_payment="revive")
    stall.staff("POST", "plugins/coupons/enable", {})
    stall.sells("tea", PRICE, north=50)
    yield stall
    assert breaches_of(stall.app) == []
    clock.unfreeze()
    clock.use_offset_file(None)


def made(stall: PaidStall, **terms: Any) -> Any:
    """A kind of coupon, 10.00 off."""
    title = {"zh": "券", "en": "Coupon"}
    return stall.staff("POST", "coupons/templates", {"title": title, "kind": "fixed", "amount": 1000, **terms})


def expired(stall: PaidStall, buyer: str, options: dict[str, Any], total: int) -> tuple[Any, str]:
    """An order with coupons whose time to pay ran out, and the number that its money may still come by."""
    order = stall.placed(buyer, ("tea", 1), total=total, options={"coupons": options})
    attempt = stall.begins(buyer, order["number"])["out_trade_no"]
    later(minutes=31)
    stall.settles()
    assert stall.staff("GET", f"orders/{order['number']}")["state"] == "closed"
    return order, attempt


def pays_late(stall: PaidStall, order: Any, attempt: str, total: int) -> Any:
    """The money comes; the order as it is then."""
    receipt = stall.wires["wire"].pays(attempt, total, past_closing=True)
    assert receipt is not None and stall.tells(receipt).good
    stall.settles()
    return stall.staff("GET", f"orders/{order['number']}")


def statuses(stall: PaidStall) -> list[str]:
    """How coupons stand, oldest first."""
    return [row["status"] for row in stall.staff("GET", "coupons/issued")["data"]][::-1]


def test_a_revived_order_uses_its_own_coupon_and_its_code_again(stall: PaidStall) -> None:
    (mei,) = stall.buyers(1)
    made(stall, issuing="code", code="SPRING", stackable=True, budget_count=1, per_buyer=1)
    kind = made(stall, issuing="issued", claimable=True, valid_days=1)
    coupon = stall.shop(mei, "POST", "coupons/claims", {"template_id": kind["id"]})
    options = {"codes": ["SPRING"], "ids": [coupon["id"]]}
    order, attempt = expired(stall, mei, options, PRICE - 2000)
    assert statuses(stall) == ["unused", "released"]
    later(days=2)
    seen = pays_late(stall, order, attempt, PRICE - 2000)
    assert (seen["state"], seen["paid"]) == ("awaiting_shipment", PRICE - 2000)
    assert statuses(stall) == ["used", "used"], "though its day was over meanwhile"


@pytest.mark.parametrize("gone", ["coupon", "code"])
def test_an_order_whose_coupon_another_has_stays_closed_and_its_money_goes_back(stall: PaidStall, gone: str) -> None:
    mei, wang = stall.buyers(2)
    made(stall, issuing="code", code="SPRING", stackable=True, budget_count=1)
    kind = made(stall, issuing="issued", claimable=True)
    coupon = stall.shop(mei, "POST", "coupons/claims", {"template_id": kind["id"]})
    options = {"codes": ["SPRING"], "ids": [coupon["id"]]}
    order, attempt = expired(stall, mei, options, PRICE - 2000)
    taken = {"ids": [coupon["id"]]} if gone == "coupon" else {"codes": ["SPRING"]}
    stall.placed(mei if gone == "coupon" else wang, ("tea", 1), total=PRICE - 1000, options={"coupons": taken})
    before = statuses(stall)
    seen = pays_late(stall, order, attempt, PRICE - 2000)
    assert (seen["state"], seen["refunds"][0]["reason"], seen["refunds"][0]["status"]) == (
        "closed",
        "late_payment",
        "done",
    )
    assert statuses(stall) == before, "nothing of it was locked"
    (shelf,) = stall.staff("GET", "stock")["data"]
    assert shelf["reserved"] == 1
    assert stall.broken_laws() == []
