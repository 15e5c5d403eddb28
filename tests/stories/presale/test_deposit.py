"""The deposit: paid in its window or not at all."""

from datetime import timedelta

from tests.conftest import Clock
from tests.plugins.presale.stand import DEPOSIT, EVENING, NOON, Stand, orders, waits_until, wire
from tests.stories.mixed.till import Till
from tests.vocabulary import BuyerActor, Shop


def test_a_deposit_that_is_not_paid_in_half_an_hour_closes_the_order(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = orders(mei, {"lamp": 2})
    assert (stand.counts(activity), shop.stock_of("lamp")) == ((2, 0, 0), (10, 2))
    clock.passes(minutes=30)
    seen = mei.sees(order)
    assert (seen.state, seen.close_reason) == ("closed", "expired")
    assert (stand.counts(activity), shop.stock_of("lamp")) == ((0, 0, 0), (10, 0))
    assert stand.phase(mei, order) == "closed"


def test_an_order_of_the_last_minutes_has_until_the_window_ends(stand: Stand, mei: BuyerActor, clock: Clock) -> None:
    stand.presells()
    waits_until(clock, EVENING - timedelta(minutes=5))
    order = orders(mei)
    assert order.told["instalments"][0]["due_at"] == wire(EVENING)
    waits_until(clock, EVENING)
    assert mei.sees(order).state == "closed"


def test_a_channel_that_waits_longer_does_not_move_the_windows_end(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells()
    order = orders(mei)
    mei.starts_transfer(order)
    (pay,) = (row for row in mei.sees(order).told["deadlines"] if row["kind"] == "pay")
    assert pay["due_at"] == order.told["instalments"][0]["due_at"]


def test_nobody_is_told_that_nothing_is_paid_once_the_deposit_is(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(remind_unpaid_minutes=10)
    stand.presells()
    paid, unpaid = orders(mei), orders(mei)
    till.cash_comes(till.pays(mei, paid, "wire"))
    clock.passes(minutes=15)
    assert [row["order_id"] for row in mei.inbox() if row["name"] == "order.remind"] == [unpaid.id]


def test_a_deposit_paid_twice_goes_back_once(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = orders(mei)
    transfer = mei.starts_transfer(order)
    till.cash_comes(till.pays(mei, order, "wire"))
    assert mei.sees(order).paid == DEPOSIT
    clock.settles()
    states = {row["out_trade_no"]: row["state"] for row in mei.sees(order).told["payments"]}
    assert states[transfer.out_trade_no] == "closed" and stand.counts(activity) == (1, 1, 0)


def test_the_deposit_falls_on_the_goods_and_the_freight_on_the_final(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets(freight_flat=1200)
    stand.presells()
    order = orders(mei)
    assert [row["amount"] for row in order.told["instalments"]] == [DEPOSIT, 46_200]
    till.cash_comes(till.pays(mei, order, "wire"))
    assert till.shares(order)["wire"] == [DEPOSIT, 0]
    waits_until(clock, NOON)
    till.cash_comes(till.pays(mei, order, "wire"))
    assert mei.sees(order).paid == 51_200
    assert till.shares(order)["wire"] == [50_000, 1200]


def test_one_order_of_two_skus_has_one_deposit_by_price(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    shop.sells("shade", 20_000)
    stand.presells({"lamp": {}, "shade": {"price": 10_000, "deposit": 2_000}})
    order = orders(mei, {"lamp": 1, "shade": 2})
    assert [row["amount"] for row in order.told["instalments"]] == [9_000, 61_000]
    till.cash_comes(till.pays(mei, order, "wire"))
    assert sum(till.shares(order)["wire"]) == 9_000
    waits_until(clock, NOON)
    till.cash_comes(till.pays(mei, order, "wire"))
    assert mei.sees(order).state == "paid"
