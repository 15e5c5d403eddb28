"""Recharges: an order that is paid with cash, completes by itself, and fills the balance once."""

import pytest

from core.db import all_of, reading
from core.models import LedgerEntry
from tests.conftest import Clock
from tests.plugins.balance_points.desk import (
    NAME,
    asks_for,
    balance,
    gives,
    history,
    pays,
    points,
    recharges,
    with_balance,
)
from tests.vocabulary import BuyerActor, Shop

STEPS = [{"from_amount": 50_000, "bonus": 6000}, {"from_amount": 10_000, "bonus": 1000}]


def booked(shop: Shop) -> dict[str, int]:
    """What stands in each book, accounts of channels together."""
    found: dict[str, int] = {}
    with shop.merchant.inside(), reading():
        for row in all_of(LedgerEntry, shop.merchant.id):
            book = "channel" if row.book.startswith("channel") else row.book
            found[book] = found.get(book, 0) + row.amount
    return {book: amount for book, amount in found.items() if amount}


@pytest.mark.both_databases
def test_a_recharge_that_is_paid_completes_and_fills_the_balance_once(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = recharges(mei, 20_000)
    assert (order.kind, order.entry, order.payable, balance(mei)) == ("recharge", "recharge", 20_000, (0, 0))
    order = shop.sees_money(order)
    assert (order.state, order.paid) == ("completed", 20_000)
    clock.settles()
    assert balance(mei) == (20_000, 0)
    assert history(mei) == [("top_up", 20_000, 0)]
    assert booked(shop) == {"channel": 20_000, "tender:balance": -20_000}
    assert points(mei) == (0, 0), "points are earned when it is spent"


@pytest.mark.parametrize(
    ("amount", "bonus"), [(9999, 0), (10_000, 1000), (49_999, 1000), (50_000, 6000), (90_000, 6000)]
)
def test_the_bonus_is_that_of_the_highest_step(amount: int, bonus: int, shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin(NAME, recharge_bonus=STEPS)
    shop.sees_money(recharges(mei, amount))
    assert balance(mei) == (amount + bonus, 0)
    expected = {"channel": amount, "marketing": bonus, "tender:balance": -amount - bonus}
    assert booked(shop) == {book: sum for book, sum in expected.items() if sum}


def test_bonus_is_spent_first_and_never_paid_out(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets_plugin(NAME, recharge_bonus=STEPS)
    shop.sees_money(recharges(mei, 10_000))
    account = mei.api.get(f"{NAME}/accounts")["data"][0]
    assert (account["available"], account["withdrawable"]) == (11_000, 10_000)
    told = asks_for(mei.is_refused(409), 10_001)
    assert (told.code, told.available) == ("not_enough", 10_000)
    order = mei.orders({"tea": 1})
    pays(mei, order, with_balance())
    assert mei.api.get(f"{NAME}/accounts")["data"][0]["withdrawable"] == 6100
    shop.refunds(shop.sees(order))
    clock.settles()
    assert mei.api.get(f"{NAME}/accounts")["data"][0]["withdrawable"] == 10_000


@pytest.mark.parametrize("amount", [99, 1_000_001])
def test_amounts_beyond_the_limits_are_refused(amount: int, mei: BuyerActor) -> None:
    assert recharges(mei.is_refused(422), amount).errors[0].pointer == f"/options/{NAME}/recharge"


def test_a_recharge_says_its_amount_and_nothing_else(shop: Shop, mei: BuyerActor) -> None:
    body = {"entry": "recharge", "delivery": {"method": "none"}, "expected_total": 500}
    told = mei.is_refused(422).asks("POST", "orders", body)
    assert (told.errors[0].pointer, told.errors[0].code) == (f"/options/{NAME}/recharge", "required")
    more = body | {"lines": [{"variant_id": shop.variants["tea"]}], "options": {NAME: {"recharge": 500}}}
    assert mei.is_refused(422).asks("POST", "orders", more).errors[0].code == "recharge_lines"
    alone = {"lines": [{"variant_id": shop.variants["recharge"]}], "delivery": {"method": "none"}}
    assert mei.is_refused(409).asks("POST", "quotes", alone).code == "recharge_entry"


def test_a_shop_without_a_variant_for_them_takes_no_recharges(shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin(NAME, recharge_sku=None)
    assert recharges(mei.is_refused(409), 500).code == "recharge_off"


def test_balance_and_points_pay_no_recharge(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=5000)
    gives(shop, mei, points=5000)
    order = recharges(mei, 500)
    for tender in (with_balance(), with_balance(amount=100)):
        told = pays(mei.is_refused(409), order, tender, {"channel": "bank_transfer"})
        assert told.code == "recharge_needs_cash"
    both = {"entry": "recharge", "delivery": {"method": "none"}, "options": {NAME: {"recharge": 500, "points": 100}}}
    assert mei.asks("POST", "quotes", both).payable == 500
    assert (balance(mei), points(mei)) == ((5000, 0), (5000, 0))


def test_nobody_reprices_or_refunds_a_recharge(shop: Shop, mei: BuyerActor) -> None:
    order = recharges(mei, 500)
    assert shop.is_refused(409).reprices(order, goods=-100).code == "recharge_price"
    order = shop.sees_money(order)
    assert shop.is_refused(409).refunds(order).code == "recharge_completed"
    assert balance(mei) == (500, 0)


def test_a_recharge_that_nobody_pays_fills_nothing(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = recharges(mei, 500)
    clock.passes(minutes=31)
    assert (mei.sees(order).state, balance(mei)) == ("closed", (0, 0))


def test_limits_that_exclude_each_other_keep_the_plugin_off(shop: Shop) -> None:
    shop.api.post(f"plugins/{NAME}/disable", {})
    shop.sets_plugin(NAME, recharge_min=1000, recharge_max=999)
    told = shop.is_refused(409).asks("POST", f"plugins/{NAME}/enable", {})
    assert told.code == "plugin_check_failed" and "recharge_min" in told.detail
