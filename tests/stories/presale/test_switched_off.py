"""Presale cannot be switched off while an order of it waits for something; afterwards it can."""

import pytest

from tests.conftest import Clock
from tests.plugins.presale.stand import SHIPPING, Stand, orders, waits_until
from tests.stories.mixed.till import Till
from tests.stories.presale.till import deposited, paid_whole
from tests.vocabulary import BuyerActor, Shop


def test_each_order_that_waits_is_listed(stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock) -> None:
    stand.presells()
    first = paid_whole(till, mei, clock)
    refused = shop.is_refused(409).asks("POST", "plugins/presale/disable", {})
    what = [(row["order"], row["what"]) for row in refused.in_use]
    assert what == [(first.number, "deadline presale.ship"), (first.number, "hold presale.ship_date")]
    waits_until(clock, SHIPPING)
    shop.asks("POST", "plugins/presale/disable", {})
    assert shop.sends(shop.sees(first)).state == "shipped"
    shop.turns_on("presale")  # whose rows in the log of the order are checked in the end


@pytest.mark.parametrize("paid", [False, True])
def test_an_unpaid_order_and_one_with_a_deposit_are_in_the_way(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock, paid: bool
) -> None:
    stand.presells()
    order = deposited(till, mei) if paid else orders(mei)
    refused = shop.is_refused(409).asks("POST", "plugins/presale/disable", {})
    assert {row["order"] for row in refused.in_use} == {order.number}
    mei.does(order, "cancel", reason="changed_mind", forfeit=True)
    shop.asks("POST", "plugins/presale/disable", {})
    mei.is_refused(404).asks("GET", "presale/activities")
