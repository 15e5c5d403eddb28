"""Vectors V1 and V2 of the domain rules, down to the fen: coupon, points, card, balance and cash on one order."""

import pytest

from tests.conftest import Clock
from tests.stories.mixed.till import V1, Till
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases

COUPON = {
    "title": {"zh": "立减", "en": "Off"},
    "issuing": "code",
    "code": "OFF30",
    "kind": "fixed",
    "amount": 3000,
    "enabled": True,
}
OPTIONS = {"coupons": {"codes": ["OFF30"]}, "balance_points": {"points": 1000}}


@pytest.fixture
def mei(shop: Shop, till: Till) -> BuyerActor:
    shop.sets(freight_flat=1200)
    shop.asks("POST", "coupons/templates", COUPON)
    buyer = shop.buyer("Mei")
    till.fills(buyer, balance=10_000, points=1000, card=5000)
    return buyer


@pytest.fixture
def paid(mei: BuyerActor, till: Till, clock: Clock) -> Told:
    order = mei.orders(V1, options=OPTIONS)
    till.cash_comes(till.pays(mei, order, "stored_value", "balance", "wire"))
    return mei.sees(order)


def test_every_share_of_v1_is_as_the_rules_say(paid: Told, mei: BuyerActor, till: Till) -> None:
    assert (paid.state, paid.payable, paid.paid) == ("awaiting_shipment", 30_070, 30_070)
    assert till.shares(paid) == {
        "coupon": [-1816, -1094, -90, 0],
        "points": [-605, -365, -30, 0],
        "stored_value": [2906, 1749, 145, 200],
        "balance": [5813, 3499, 289, 399],
        "wire": [8760, 5273, 436, 601],
    }
    assert till.states(paid) == [
        ("points", "settled", 1000),
        ("stored_value", "settled", 5000),
        ("balance", "settled", 10_000),
        ("wire", "settled", 15_070),
    ]
    assert till.has(mei) == {"balance": (0, 0), "points": (0, 0), "cards": (0, 0)}


def test_each_unit_of_b_gives_every_tender_its_own_share_back(
    paid: Told, mei: BuyerActor, till: Till, shop: Shop, clock: Clock
) -> None:
    first = shop.refunds(paid, {"B": 1}).refunds[-1]
    assert till.backs(paid, first["number"]) == {"stored_value": 875, "balance": 1749, "wire": 2636, "points": 182}
    clock.settles()
    assert till.has(mei) == {"balance": (1749, 0), "points": (182, 0), "cards": (875, 0)}
    second = shop.refunds(paid, {"B": 1}).refunds[-1]
    assert till.backs(paid, second["number"]) == {"stored_value": 874, "balance": 1750, "wire": 2637, "points": 183}
    clock.settles()
    assert till.has(mei) == {"balance": (3499, 0), "points": (365, 0), "cards": (1749, 0)}
    assert shop.sees(paid).refunded == 10_521


def test_a_refund_by_amount_is_split_by_what_each_still_holds(
    paid: Told, mei: BuyerActor, till: Till, shop: Shop, clock: Clock
) -> None:
    refund = shop.refunds(paid, amounts={"B": 3000}).refunds[-1]
    backs = till.backs(paid, refund["number"])
    assert (backs["stored_value"], backs["balance"], backs["wire"]) == (499, 998, 1503)


def test_everything_back_gives_every_tender_all_it_gave(
    paid: Told, mei: BuyerActor, till: Till, shop: Shop, clock: Clock
) -> None:
    shop.refunds(paid, {"B": 1})
    shop.refunds(paid)
    clock.settles()
    order = shop.sees(paid)
    assert (order.state, order.refunded) == ("refunded", 30_070)
    assert till.has(mei) == {"balance": (10_000, 0), "points": (1000, 0), "cards": (5000, 0)}


def test_cash_may_go_to_the_balance_instead_and_never_twice(
    paid: Told, mei: BuyerActor, till: Till, shop: Shop, clock: Clock
) -> None:
    shop.refunds(paid, {"B": 1}, destination="balance")
    clock.settles()
    assert till.has(mei) == {"balance": (1749 + 2636, 0), "points": (182, 0), "cards": (875, 0)}
    shop.refunds(paid)
    clock.settles()
    assert till.has(mei) == {"balance": (10_000 + 2636, 0), "points": (1000, 0), "cards": (5000, 0)}
    assert sum(back.amount for back in till.wires["wire"].backs.values()) in (0, 15_070 - 2636)


def test_money_goes_only_where_it_can(paid: Told, mei: BuyerActor, till: Till, shop: Shop) -> None:
    for nowhere in ("points", "stored_value", "moon"):
        problem = shop.is_refused(422).refunds(paid, destination=nowhere)
        assert problem.errors[0]["pointer"] == "/destination"
    assert shop.sees(paid).refunds == []


def test_each_unit_of_c_gives_a_third_back_to_the_fen(
    paid: Told, mei: BuyerActor, till: Till, shop: Shop, clock: Clock
) -> None:
    # vector V3: 436 over three units is 145, 145, 146
    backs = [till.backs(paid, shop.refunds(paid, {"C": 1}).refunds[-1]["number"]) for _ in range(3)]
    assert [back["wire"] for back in backs] == [145, 145, 146]
    assert [sum(back.values()) - back["points"] for back in backs] == [290, 290, 290]
    assert {name: sum(back[name] for back in backs) for name in backs[0]} == {
        "stored_value": 145,
        "balance": 289,
        "wire": 436,
        "points": 30,
    }


def test_a_new_price_is_spread_over_what_is_left_of_each_line_and_every_tender_pays_its_share_of_it(
    mei: BuyerActor, till: Till, shop: Shop, clock: Clock
) -> None:
    # vector V4: -10000 on the nets of V1
    order = mei.orders(V1, options=OPTIONS)
    assert order.nets() == [17479, 10521, 870]
    order = shop.reprices(order, goods=-10_000)
    assert (order.nets(), order.payable) == ([11424, 6877, 569], 20_070)
    till.cash_comes(till.pays(mei, order, "stored_value", "balance", "wire"))
    shares = till.shares(order)
    assert {name: sum(shares[name]) for name in ("stored_value", "balance", "wire")} == {
        "stored_value": 5000,
        "balance": 10_000,
        "wire": 5070,
    }
    assert [sum(shares[name][line] for name in ("stored_value", "balance", "wire")) for line in range(4)] == [
        *order.nets(),
        1200,
    ]
    assert shop.is_refused(409).reprices(shop.sees(order), goods=-1).code == "move_refused"
    shop.refunds(order)
    clock.settles()
    assert till.has(mei) == {"balance": (10_000, 0), "points": (1000, 0), "cards": (5000, 0)}
    assert shop.sees(order).refunded == 20_070
