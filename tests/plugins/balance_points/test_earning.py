"""Points earned with completed orders, and taken back with what is refunded later."""

import pytest

from tests.conftest import Clock
from tests.plugins.balance_points import desk
from tests.plugins.balance_points.desk import NAME, gives, history, points, with_points
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


def completed(shop: Shop, mei: BuyerActor, order: Told) -> Told:
    """The order is paid, sent and received."""
    return mei.receives(shop.sends(shop.sees_money(order)))


def given_back(shop: Shop, order: Told, clock: Clock, units: dict[str, int]) -> None:
    """Units go back, by transfer."""
    shop.refunds(shop.sees(order), units)
    clock.settles()
    shop.transfers_back(shop.sees(order))
    clock.settles()


@pytest.mark.both_databases
def test_a_completed_order_earns_points_for_the_money_that_was_really_paid(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, points=1000)
    order = mei.orders({"tea": 2}, **with_points(1000))
    assert points(mei) == (0, 1000)
    order = completed(shop, mei, order)
    assert (order.state, order.paid) == ("completed", 8800)
    assert points(mei) == (88, 0)
    assert history(mei, "points")[-1] == ("earn", 88, 0)


def test_what_was_refunded_before_earns_nothing(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sees_money(mei.orders({"tea": 3}))
    given_back(shop, order, clock, {"tea": 1})
    mei.receives(shop.sends(shop.sees(order)))
    assert points(mei) == (98, 0)


def test_a_shop_may_give_more_or_none(shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin(NAME, earn_rate=250)
    completed(shop, mei, mei.orders({"tea": 1}))
    assert points(mei) == (12_250, 0)
    shop.sets_plugin(NAME, earn_rate=0)
    completed(shop, mei, mei.orders({"tea": 1}))
    assert points(mei) == (12_250, 0)


@pytest.mark.both_databases
def test_points_earned_are_taken_back_with_the_units(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = completed(shop, mei, mei.orders({"tea": 3}))
    left = [points(mei)[0]]
    for _ in range(3):
        given_back(shop, order, clock, {"tea": 1})
        left.append(points(mei)[0])
    assert left == [147, 98, 49, 0]
    assert [kind for kind, *_ in history(mei, "points")] == ["earn", "reclaim", "reclaim", "reclaim"]


def test_points_that_are_spent_already_are_forgiven(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = completed(shop, mei, mei.orders({"tea": 2}))
    gives(shop, mei, points=-90)
    given_back(shop, order, clock, {"tea": 1})
    assert points(mei) == (0, 0), "49 were due, 8 were there"


def test_points_that_are_spent_already_are_owed_where_the_shop_wants_it(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets_plugin(NAME, points_may_be_owed=True)
    order = completed(shop, mei, mei.orders({"tea": 2}))
    gives(shop, mei, points=-90)
    given_back(shop, order, clock, {"tea": 1})
    assert points(mei) == (-41, 0)
    assert mei.is_quoted({"tea": 1}, **with_points()).payable == 4900
    completed(shop, mei, mei.orders({"tea": 1}))
    assert points(mei) == (8, 0), "what is earned pays what is owed first"
    assert desk.breaches(shop.merchant) == []
