"""What core takes off an order in instalments: of the lines it is asked to, and never of what is paid or being paid."""

from uuid import UUID

import pytest

from core import Refused, adjust, lock_order, transaction
from tests.conftest import Clock
from tests.plugins.presale.stand import NOON, Stand, orders, waits_until
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


def takes_off(shop: Shop, order: Told, **amounts: int) -> int:
    """So much of each SKU."""
    with shop.merchant.inside(), transaction():
        wanted = {UUID(order.line(sku).id): amount for sku, amount in amounts.items()}
        return adjust(lock_order(UUID(order.id)), wanted, title="Cheaper", source="presale")


def test_it_falls_on_the_named_line_and_on_what_nobody_has_paid(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sells("shade", 20_000)
    stand.presells({"lamp": {}, "shade": {"price": 20_000, "deposit": 2_000}})
    order = shop.sees_money(orders(mei, {"lamp": 1, "shade": 1}))
    assert takes_off(shop, order, lamp=1_000, shade=0) == 1_000
    seen = mei.sees(order)
    assert (seen.line("lamp").net, seen.line("shade").net, seen.payable) == (49_000, 20_000, 69_000)
    assert [row["amount"] for row in seen.told["instalments"]] == [7_000, 62_000]
    assert takes_off(shop, order, lamp=10**9, shade=10**9) == 61_999, "1 stays to be paid"
    waits_until(clock, NOON)
    order = shop.sees_money(mei.sees(order))
    assert (order.state, order.paid) == ("paid", 7_001)
    with pytest.raises(Refused) as refused:
        takes_off(shop, order, lamp=1)
    assert refused.value.code == "not_unpaid"


def test_nobodys_payment_changes_under_their_feet(stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    stand.presells()
    order = shop.sees_money(orders(mei))
    waits_until(clock, NOON)
    mei.starts_transfer(order)
    with pytest.raises(Refused) as refused:
        takes_off(shop, order, lamp=1)
    assert refused.value.code == "payment_begun" and mei.sees(order).payable == 50_000
