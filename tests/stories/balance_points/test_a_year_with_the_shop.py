"""A customer's year: balance is filled, spent alone and beside cash, given back, and what is left is paid out."""

import pytest

from tests.conftest import Clock
from tests.plugins.balance_points.desk import (
    asks_for,
    balance,
    decides,
    gives,
    pays,
    points,
    recharges,
    with_balance,
    with_points,
)
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases
BANK = {"channel": "bank_transfer"}


def test_filled_by_transfer_spent_earned_given_back_and_paid_out(keeper: Shop, mei: BuyerActor, clock: Clock) -> None:
    filled = keeper.sees_money(recharges(mei, 10_000))
    assert (filled.state, keeper.path(filled)) == ("completed", ["pending_payment", "paid", "completed"])
    assert balance(mei) == (11_000, 0)

    order = mei.orders({"tea": 2})
    pays(mei, order, with_balance())
    order = mei.receives(keeper.sends(keeper.sees(order)))
    assert (order.state, balance(mei), points(mei)) == ("completed", (1200, 0), (98, 0))

    keeper.refunds(order, {"tea": 1})
    clock.settles()
    assert (balance(mei), points(mei)) == ((6100, 0), (49, 0)), "one of two: its money, and the points it earned"

    # 110.00 came in, 10.00 of it a present: spent first, 1.00 more than half of the tea that was kept
    assert asks_for(mei.is_refused(409), 6101).code == "not_enough"
    asked = asks_for(mei, 6100)
    decides(keeper, asked, "approve")
    decides(keeper, asked, "paid", reference="OUT-2026")
    assert balance(mei) == (0, 0)


def test_balance_beside_a_transfer_is_held_once_and_free_again_once(
    keeper: Shop, mei: BuyerActor, clock: Clock
) -> None:
    gives(keeper, mei, balance=3000)
    given_up, forgotten, paid = (mei.orders({"tea": 1}) for _ in range(3))
    pays(mei, given_up, with_balance(), BANK)
    assert balance(mei) == (0, 3000)
    mei.cancels(given_up)
    assert balance(mei) == (3000, 0)
    pays(mei, forgotten, with_balance(amount=2000), BANK)
    pays(mei, paid, with_balance(amount=1000), BANK)
    assert balance(mei) == (0, 3000)
    order = keeper.sees_money(keeper.sees(paid), 3900)
    assert (order.state, balance(mei)) == ("awaiting_shipment", (0, 2000))
    clock.passes(days=4)
    assert (mei.sees(forgotten).state, balance(mei)) == ("closed", (2000, 0))
    keeper.refunds(keeper.sees(paid))
    clock.settles()
    keeper.transfers_back(keeper.sees(paid))
    assert (mei.sees(paid).state, balance(mei)) == ("refunded", (3000, 0))


def test_points_balance_and_cash_pay_one_order_and_each_gets_its_own_back(
    keeper: Shop, mei: BuyerActor, clock: Clock
) -> None:
    gives(keeper, mei, balance=3000)
    gives(keeper, mei, points=980)
    order = mei.orders({"tea": 2}, **with_points(980))
    assert order.payable == 8820
    pays(mei, order, with_balance(amount=3000), BANK)
    assert (balance(mei), points(mei)) == ((0, 3000), (0, 980))
    order = keeper.sees_money(keeper.sees(order), 5820)
    assert (order.state, order.paid, balance(mei), points(mei)) == ("awaiting_shipment", 8820, (0, 0), (0, 0))
    for there in ((1500, 490), (3000, 980)):
        keeper.refunds(keeper.sees(order), {"tea": 1})
        clock.settles()
        keeper.transfers_back(keeper.sees(order))
        clock.settles()
        assert (balance(mei)[0], points(mei)[0]) == there
    order = mei.sees(order)
    assert (order.state, order.refunded) == ("refunded", 8820)
