"""Balance pays: held, captured, released, given back, each once, never more than is there."""

import pytest

from tests.conftest import Clock
from tests.plugins.balance_points import desk
from tests.plugins.balance_points.desk import balance, gives, history, pays, with_balance
from tests.vocabulary import BuyerActor, Shop

BANK = {"channel": "bank_transfer"}


@pytest.mark.both_databases
def test_balance_pays_an_order_in_full(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=10_000)
    order = mei.orders({"tea": 1})
    payment = pays(mei, order, with_balance())
    assert (payment.channel, payment.state, payment.amount) == ("balance", "settled", 4900)
    order = mei.sees(order)
    assert (order.state, order.paid) == ("awaiting_shipment", 4900)
    assert balance(mei) == (5100, 0)
    assert history(mei) == [("adjustment", 10_000, 0), ("hold", -4900, 4900), ("capture", 0, -4900)]


@pytest.mark.both_databases
def test_balance_pays_a_part_and_a_transfer_the_rest(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=3000)
    order = mei.orders({"tea": 1})
    payment = pays(mei, order, with_balance(amount=2000), BANK)
    assert (payment.channel, payment.amount) == ("bank_transfer", 2900)
    assert balance(mei) == (1000, 2000)
    order = shop.sees_money(order, 2900)
    assert (order.state, order.paid) == ("awaiting_shipment", 4900)
    assert balance(mei) == (1000, 0)


def test_without_an_amount_as_much_is_taken_as_there_is(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=300)
    order = mei.orders({"tea": 1})
    assert pays(mei, order, with_balance(), BANK).amount == 4600
    assert balance(mei) == (0, 300)
    other = mei.orders({"tea": 1})
    assert pays(mei.is_refused(409), other, with_balance(), BANK).code == "not_enough"


def test_more_than_there_is_cannot_be_paid_and_nothing_is_held(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=300)
    order = mei.orders({"tea": 1})
    told = pays(mei.is_refused(409), order, with_balance(amount=301), BANK)
    assert (told.code, told.available) == ("not_enough", 300)
    assert balance(mei) == (300, 0)
    assert mei.sees(order).payments == []


@pytest.mark.both_databases
def test_an_order_that_is_cancelled_or_expires_gives_the_hold_free_once(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    gives(shop, mei, balance=5000)
    for way in ("cancel", "expire"):
        order = mei.orders({"tea": 1})
        pays(mei, order, with_balance(amount=4000), BANK)
        assert balance(mei) == (1000, 4000)
        if way == "cancel":
            mei.cancels(order)
            assert mei.is_refused(409).cancels(order).code == "move_refused"
        else:
            clock.passes(days=4)
        clock.settles()
        assert (mei.sees(order).state, balance(mei)) == ("closed", (5000, 0))
    assert [kind for kind, *_ in history(mei)].count("release") == 2


@pytest.mark.both_databases
def test_what_balance_paid_comes_back_to_the_balance(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    gives(shop, mei, balance=9800)
    order = mei.orders({"tea": 2})
    pays(mei, order, with_balance())
    shop.refunds(shop.sees(order), {"tea": 1})
    clock.settles()
    assert balance(mei) == (4900, 0)
    shop.refunds(shop.sees(order))
    clock.settles()
    assert (mei.sees(order).state, balance(mei)) == ("refunded", (9800, 0))


def test_money_that_was_transferred_may_be_given_back_as_balance(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sees_money(mei.orders({"tea": 1}))
    shop.does(order, "refunds", reason="damaged", destination="balance")
    clock.settles()
    assert (mei.sees(order).state, balance(mei)) == ("refunded", (4900, 0))
    assert history(mei) == [("credit", 4900, 0)]


def test_the_shop_says_what_could_be_spent(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=1234)
    rows = {row["channel"]: row for row in mei.api.get("payment-methods").body["data"]}
    assert rows["balance"]["balance"] == 1234


def test_nobody_spends_a_customers_balance_for_them(shop: Shop, mei: BuyerActor) -> None:
    """Another buyer has balance of their own, and no way to name mine."""
    gives(shop, mei, balance=9800)
    wang = shop.buyer("Wang")
    desk.sets_password(wang)
    assert pays(mei.is_refused(404), wang.orders({"tea": 1}), with_balance()).code == "not_found"
    assert pays(wang.is_refused(409), wang.orders({"tea": 1}), with_balance()).code == "not_enough"
    assert (balance(mei), balance(wang)) == ((9800, 0), (0, 0))
