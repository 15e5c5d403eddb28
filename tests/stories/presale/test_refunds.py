"""What goes back when: nothing of a lone deposit, and of a paid order what was really paid, each under its number."""

from tests.conftest import Clock
from tests.plugins.presale.stand import DEPOSIT, NOON, PRICE, SHIPPING, Stand, orders, waits_until
from tests.stories.mixed.till import Till
from tests.stories.presale.till import deposited, paid_whole
from tests.vocabulary import BuyerActor, Shop

FINAL = PRICE - DEPOSIT


def test_a_lone_deposit_is_not_given_back_on_request(stand: Stand, shop: Shop, till: Till, mei: BuyerActor) -> None:
    stand.presells()
    order = deposited(till, mei)
    refused = shop.is_refused(409).refunds(order, reason="changed_mind")
    assert (refused.code, refused.refundable) == ("deposit_non_refundable", 0)


def test_the_buyer_cancels_before_shipping_and_both_payments_go_back_under_their_own_numbers(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = paid_whole(till, mei, clock)
    mei.cancels(order)
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.refunded) == ("refunded", PRICE)
    (refund,) = seen.told["refunds"]
    assert [part["amount"] for part in refund["parts"]] == [FINAL, DEPOSIT], "newest first"
    assert len({part["out_refund_no"] for part in refund["parts"]}) == 2
    assert (stand.counts(activity), shop.stock_of("lamp")) == ((0, 0, 0), (10, 0))
    assert stand.phase(mei, order) == "closed"


def test_what_the_deposit_counts_for_is_no_money_and_never_goes_back(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells({"lamp": {"worth": 10_000}})
    order = paid_whole(till, mei, clock)
    assert [row["amount"] for row in order.told["instalments"]] == [5_000, 40_000]
    assert order.told["adjustments"][0]["amount"] == -5_000
    line = order.line("lamp").id
    too_much = {"reason": "damaged", "lines": [{"line_id": line, "quantity": 1, "amount": 45_001}]}
    shop.is_refused(422).does(order, "refunds", **too_much)
    shop.refunds(order)
    clock.settles()
    assert mei.sees(order).refunded == 45_000


def test_the_deposit_is_kept_of_a_paid_order_where_the_activity_says_so(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(deposit_after_final=False)
    order = paid_whole(till, mei, clock)
    refused = mei.is_refused(409).cancels(order)
    assert (refused.code, refused.refundable) == ("deposit_non_refundable", FINAL)
    line = order.line("lamp").id
    shop.does(order, "refunds", reason="changed_mind", lines=[{"line_id": line, "quantity": 1, "amount": FINAL}])
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.refunded) == ("refunded", FINAL)
    assert [part["amount"] for part in seen.told["refunds"][0]["parts"]] == [FINAL], "of the final alone"


def test_once_it_is_sent_the_whole_price_may_go_back(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(deposit_after_final=False)
    order = paid_whole(till, mei, clock)
    waits_until(clock, SHIPPING)
    order = shop.sends(order)
    mei.receives(order)
    shop.refunds(order, reason="damaged")
    clock.settles()
    assert mei.sees(order).refunded == PRICE


def test_a_unit_that_is_given_back_may_be_ordered_again(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells({"lamp": {"quota": 3}})
    order = paid_whole(till, mei, clock, {"lamp": 3})
    shop.refunds(order, {"lamp": 1})
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.refunded, stand.counts(activity)) == ("paid", PRICE, (2, 2, 2))
    shop.refunds(order, {"lamp": 2})
    clock.settles()
    assert (shop.sees(order).state, stand.counts(activity)) == ("refunded", (0, 0, 0))
    assert shop.stock_of("lamp") == (10, 0)


def test_a_refund_that_is_withdrawn_leaves_the_order_waiting_for_its_day(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells()
    order = shop.sees_money(orders(mei))
    waits_until(clock, NOON)
    order = shop.refunds(shop.sees_money(order))
    assert (order.state, stand.phase(mei, order)) == ("refunding", "paid")
    shop.withdraws_refund(order)
    assert shop.sees(order).told["holds"] == ["presale.ship_date"]
    waits_until(clock, SHIPPING)
    assert shop.sees(order).state == "awaiting_shipment"
