"""A presale on a good day: the deposit, the window, the final, the day of shipping."""

import pytest

from tests.conftest import Clock
from tests.plugins.presale.stand import DEPOSIT, NOON, PRICE, SHIPPING, Stand, orders, waits_until, wire
from tests.stories.mixed.till import Till
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_fifty_down_in_the_warm_up_and_the_rest_from_noon(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = orders(mei)
    assert (order.state, order.payable, order.kind) == ("pending_payment", PRICE, "presale")
    assert [row["amount"] for row in order.told["instalments"]] == [DEPOSIT, PRICE - DEPOSIT]
    assert (stand.counts(activity), shop.stock_of("lamp")) == ((1, 0, 0), (10, 1))

    till.cash_comes(till.pays(mei, order, "wire"))
    seen = mei.sees(order)
    assert (seen.state, seen.paid, seen.payment_axis) == ("pending_payment", DEPOSIT, "part")
    assert (stand.phase(mei, order), stand.counts(activity)) == ("waiting", (1, 1, 0))

    refused = till.pays(mei, order, "wire", expecting=409)
    assert refused.code == "window_not_open" and refused.opens_at == wire(NOON)

    waits_until(clock, NOON)
    assert stand.phase(mei, order) == "final_due"
    assert mei.inbox()[0]["name"] == "presale.final_opened"
    final = till.pays(mei, order, "wire")
    assert final.amount == PRICE - DEPOSIT
    till.cash_comes(final)
    seen = mei.sees(order)
    assert (seen.state, seen.paid, stand.counts(activity)) == ("paid", PRICE, (1, 1, 1))
    assert len({row["out_trade_no"] for row in seen.told["payments"]}) == 2
    assert shop.sees(order).told["holds"] == ["presale.ship_date"] and shop.stock_of("lamp") == (9, 0)
    shop.is_refused(409).sends(seen)

    waits_until(clock, SHIPPING)
    seen = shop.sees(order)
    assert seen.state == "awaiting_shipment"
    assert shop.sends(seen).state == "shipped"
