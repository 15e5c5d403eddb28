"""Many buyers, few units: what is sold was there, whoever came first."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from core.models import Stock
from core.services import stock
from tests.races.yard import Said, Stall, together, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

BUYERS, UNITS = 200, 20
_table: Any = Stock.__table__
#: as core's own, without its condition
UNGUARDED = (
    update(_table)
    .where(
        _table.c.merchant_id == bindparam("merchant"),
        _table.c.warehouse_id == bindparam("warehouse"),
        _table.c.variant_id == bindparam("variant"),
    )
    .values(reserved=_table.c.reserved + bindparam("units"))
)


def rush(stall: Stall, buyers: list[str], sku: str) -> Counter[tuple[int, str]]:
    """Every buyer orders one, at once."""
    body = stall.wish((sku, 1), total=4900)
    said: list[Said] = together([partial(stall.shop, token, "POST", "orders", body) for token in buyers])
    return Counter((one.status, one.body.get("code", "")) for one in said)


def test_two_hundred_buyers_of_twenty_units_get_twenty_orders_and_180_clear_refusals(stall: Stall) -> None:
    stall.sells("tea", 4900, north=UNITS)
    assert rush(stall, stall.buyers(BUYERS), "tea") == {(201, ""): UNITS, (409, "out_of_stock"): BUYERS - UNITS}
    assert len(stall.orders()) == UNITS
    (shelf,) = stall.staff("GET", "stock")["data"]
    assert (shelf["on_hand"], shelf["reserved"]) == (UNITS, UNITS)
    assert stall.broken_laws() == []
    assert deadlocks(stall) == 0


def test_without_the_condition_on_the_update_more_is_sold_than_there_is(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "RESERVE", UNGUARDED)
    stall.execute("ALTER TABLE stock DROP CONSTRAINT ck_stock_reserved")
    buyers = stall.buyers(BUYERS)
    skus = iter(range(8))

    def oversold() -> bool:
        sku = f"tea-{next(skus)}"
        stall.sells(sku, 4900, north=UNITS)
        return rush(stall, buyers, sku)[201, ""] > UNITS

    assert until_broken(oversold)
    assert any("reserved of" in law for law in stall.broken_laws())


def opposite_carts(stall: Stall) -> list[Said]:
    """Half the buyers want tea and a pot, the other half a pot and tea."""
    ways = ((("tea", 1), ("pot", 1)), (("pot", 1), ("tea", 1)))
    bodies = [stall.wish(*way, total=5900) for way in ways]
    buyers = stall.buyers(24)
    return together([partial(stall.shop, token, "POST", "orders", bodies[n % 2]) for n, token in enumerate(buyers)])


def deadlocks(stall: Stall) -> int:
    """How many deadlocks the test's database has had to break."""
    return int(stall.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


def test_carts_in_opposite_order_never_wait_for_each_other(stall: Stall) -> None:
    stall.sells("tea", 4900, north=1000)
    stall.sells("pot", 1000, north=1000)
    for _ in range(2):
        assert {said.status for said in opposite_carts(stall)} == {201}
    assert deadlocks(stall) == 0
    assert stall.broken_laws() == []


def test_without_the_sorted_order_carts_lock_each_other_out(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "sorted", list, raising=False)
    stall.sells("tea", 4900, north=1000)
    stall.sells("pot", 1000, north=1000)

    def locked_out() -> bool:
        return any(said.status != 201 for said in opposite_carts(stall))

    assert until_broken(locked_out)
    assert deadlocks(stall) > 0
