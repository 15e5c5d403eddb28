"""Two members of staff rearrange at once: units come from one warehouse, whoever was first; and no shelf goes below."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from core.models import Stock
from core.services import stock
from tests.races.unguarded import take_the_order_lock_out
from tests.races.yard import Said, Stall, together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

PLACES = ("north", "south", "west")
_table: Any = Stock.__table__
#: as core's own, without its condition
UNGUARDED = (
    update(_table)
    .where(
        _table.c.merchant_id == bindparam("merchant"),
        _table.c.warehouse_id == bindparam("warehouse"),
        _table.c.variant_id == bindparam("variant"),
    )
    .values(on_hand=_table.c.on_hand + bindparam("units"))
)
_numbers = iter(range(1000))


@pytest.fixture
def stall(stall: Stall) -> Stall:
    """It sends from three warehouses."""
    stall.staff("POST", "plugins/split_shipping/enable", {})
    return stall


def opens(stall: Stall, **shelves: int) -> str:
    """One more thing on sale, so many of it in each warehouse; its SKU."""
    sku = f"lamp-{next(_numbers)}"
    stall.sells(sku, 4900, **shelves)
    return sku


def pays(stall: Stall, sku: str, units: int = 1) -> Any:
    """A paid order; its one shipment."""
    (token,) = stall.buyers(1)
    (shipment,) = stall.paid(token, (sku, units), total=4900 * units)["shipments"]
    return shipment


def asks(stall: Stall, shipment: Any, warehouse: str) -> Said:
    """Somebody lets another warehouse send it."""
    return stall.admin("POST", f"split_shipping/shipments/{shipment['id']}/reallocate", {"warehouse": warehouse})


def on_hand(stall: Stall, sku: str) -> dict[str, int]:
    """Warehouse -> units on its shelf."""
    rows = stall.staff("GET", f"stock?sku={sku}")["data"]
    return {row["warehouse"]: row["on_hand"] for row in rows}


def two_want_the_last(stall: Stall, orders: int = 6) -> tuple[Counter[int], str]:
    """Several orders are to be sent from the south, which has one unit."""
    sku = opens(stall, north=orders, south=0)
    shipments = [pays(stall, sku) for _ in range(orders)]
    stall.staff("POST", "stock/changes", {"warehouse": "south", "sku": sku, "delta": 1, "remark": "in"})
    stall.came_in[stall.variants[sku]] += 1
    said = together([partial(asks, stall, shipment, "south") for shipment in shipments])
    assert not trouble_in(said)
    return Counter(one.status for one in said), sku


def test_the_last_unit_of_a_shelf_goes_to_one_of_many_who_want_it(stall: Stall) -> None:
    told, sku = two_want_the_last(stall)
    assert told == {200: 1, 409: 5}
    assert on_hand(stall, sku) == {"north": 1, "south": 0}
    assert stall.broken_laws() == []


def test_without_the_condition_on_the_update_a_shelf_goes_below_nothing(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "CHANGE", UNGUARDED)
    stall.execute("ALTER TABLE stock DROP CONSTRAINT ck_stock_reserved")

    def below() -> bool:
        _, sku = two_want_the_last(stall)
        return on_hand(stall, sku)["south"] < 0

    assert until_broken(below)
    assert stall.broken_laws() != []


def one_is_sent_from_two_places(stall: Stall) -> tuple[list[Said], str]:
    """Two members of staff move the same shipment, to different places."""
    sku = opens(stall, north=5, south=5, west=5)
    shipment = pays(stall, sku, 2)
    home = next(code for code, units in on_hand(stall, sku).items() if units == 3)
    there = [code for code in PLACES if code != home]
    return together([partial(asks, stall, shipment, code) for code in there]), sku


def test_two_who_move_one_shipment_move_it_one_after_the_other(stall: Stall) -> None:
    for _ in range(4):
        said, sku = one_is_sent_from_two_places(stall)
        assert [one.status for one in said] == [200, 200]
        assert sorted(on_hand(stall, sku).values()) == [3, 5, 5]
    assert stall.broken_laws() == []


def test_without_the_lock_on_the_order_its_units_leave_two_shelves(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(stall, monkeypatch)

    def doubled() -> bool:
        _, sku = one_is_sent_from_two_places(stall)
        return sorted(on_hand(stall, sku).values()) != [3, 5, 5]

    assert until_broken(doubled)


def test_sending_and_moving_at_once_never_both_happen(stall: Stall) -> None:
    for _ in range(4):
        sku = opens(stall, north=5, south=5)
        shipment = pays(stall, sku, 2)
        home = next(code for code, units in on_hand(stall, sku).items() if units == 3)
        other = "south" if home == "north" else "north"
        number = shipment["number"].rpartition("-")[0]
        parcel = {"carrier": "SF", "tracking_no": f"SF{next(_numbers):010d}"}
        sent, moved = together(
            [
                partial(stall.admin, "POST", f"orders/{number}/shipments", parcel),
                partial(asks, stall, shipment, other),
            ]
        )
        assert sent.status == 201 and moved.status in (200, 409), (sent, moved)
        assert on_hand(stall, sku)[other if moved.good else home] == 3
    assert stall.broken_laws() == []
