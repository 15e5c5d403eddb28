"""A presale that takes all at once, paid too late: it lives again with its units, or the money goes back."""

import pytest

from tests.conftest import Clock
from tests.plugins.presale.stand import PRICE, Stand, orders
from tests.stories.mixed.till import Till
from tests.vocabulary import BuyerActor, Shop


@pytest.mark.parametrize("taken", [False, True])
def test_late_money_brings_it_back_only_while_its_units_are_free(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock, taken: bool
) -> None:
    shop.sets(late_payment="revive")
    activity = stand.presells_whole()
    stand.changes(activity, quotas=[{"variant_id": shop.variants["lamp"], "quota": 1}])
    order = orders(mei)
    payment = till.pays(mei, order, "wire")
    clock.passes(minutes=30)
    assert (mei.sees(order).state, stand.counts(activity)) == ("closed", (0, 0, 0))
    if taken:
        orders(shop.buyer("Tom"))
    till.cash_comes(payment, past_closing=True)
    clock.settles()
    seen = shop.sees(order)
    if taken:
        assert (seen.state, seen.paid, stand.counts(activity)) == ("closed", 0, (1, 0, 0))
        assert [(row["status"], row["amount"]) for row in seen.told["refunds"]] == [("done", PRICE)]
    else:
        assert (seen.state, seen.paid, stand.counts(activity)) == ("paid", PRICE, (1, 1, 1))
        assert seen.told["holds"] == ["presale.ship_date"]
