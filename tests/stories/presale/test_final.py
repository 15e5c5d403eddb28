"""The final: reminded of, paid in its window, or missed; and money that comes after it."""

from datetime import timedelta
from uuid import UUID

from core.db import transaction
from core.services import moves, payments, receipts
from tests.conftest import Clock
from tests.plugins.presale.stand import DEPOSIT, MIDNIGHT, NOON, PRICE, Stand, waits_until
from tests.stories.mixed.till import Till
from tests.stories.presale.till import deposited
from tests.vocabulary import BuyerActor, Shop

FINAL = PRICE - DEPOSIT


def test_the_buyer_is_told_at_the_opening_and_again_before_the_end(
    stand: Stand, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(remind_hours=3)
    order = deposited(till, mei)
    waits_until(clock, MIDNIGHT - timedelta(hours=3, seconds=1))
    assert [row["name"] for row in mei.inbox() if row["name"].startswith("presale")] == ["presale.final_opened"]
    waits_until(clock, MIDNIGHT - timedelta(hours=3))
    told = mei.inbox()[0]
    assert told["name"] == "presale.final_ending" and order.number in str(told) and "¥450.00" in str(told)


def test_who_pays_in_time_is_not_reminded(stand: Stand, till: Till, mei: BuyerActor, clock: Clock) -> None:
    stand.presells(remind_hours=3)
    order = deposited(till, mei)
    waits_until(clock, NOON)
    till.cash_comes(till.pays(mei, order, "wire"))
    waits_until(clock, MIDNIGHT + timedelta(hours=1))
    assert "presale.final_ending" not in {row["name"] for row in mei.inbox()}
    assert mei.sees(order).state == "paid"


def test_missing_the_final_cancels_keeps_the_deposit_and_frees_the_units(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = deposited(till, mei)
    waits_until(clock, MIDNIGHT - timedelta(seconds=1))
    assert mei.sees(order).state == "pending_payment"
    waits_until(clock, MIDNIGHT)
    seen = mei.sees(order)
    assert (seen.state, seen.close_reason, seen.refunded) == ("closed", "final_timeout", 0)
    assert stand.forfeited() == DEPOSIT
    assert (stand.counts(activity), shop.stock_of("lamp")) == ((0, 0, 0), (10, 0))
    told = next(row for row in mei.inbox() if row["name"] == "presale.final_missed")
    assert "¥50.00" in str(told)


def test_the_deposit_goes_back_where_the_activity_says_so(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(return_deposit=True)
    order = deposited(till, mei)
    waits_until(clock, MIDNIGHT)
    seen = mei.sees(order)
    assert (seen.state, seen.refunded, stand.forfeited()) == ("closed", DEPOSIT, 0)


def test_the_coupon_comes_back_when_the_final_is_missed(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    shop.turns_on("coupons")
    title = {"zh": "立减", "en": "Off"}
    body = {"title": title, "issuing": "issued", "kind": "fixed", "amount": 3000}
    kind = shop.asks("POST", "coupons/templates", body)
    given = shop.asks("POST", f"coupons/templates/{kind.id}/issue", {"customer_ids": [mei.id]})
    coupon = given.told["coupons"][0]["id"]
    stand.presells(stack_coupons=True)
    order = deposited(till, mei, options={"coupons": {"ids": [coupon]}})
    assert [row["amount"] for row in order.told["instalments"]] == [DEPOSIT, FINAL - 3000]
    assert [row["status"] for row in mei.lists("coupons/mine")] == ["locked"]
    waits_until(clock, MIDNIGHT)
    assert [row["status"] for row in mei.lists("coupons/mine")] == ["unused"]


def test_a_final_paid_after_the_timeout_goes_back_and_the_deposit_stays_kept(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells()
    order = deposited(till, mei)
    waits_until(clock, NOON)
    final = till.pays(mei, order, "wire")
    waits_until(clock, MIDNIGHT)
    assert mei.sees(order).state == "closed"
    till.cash_comes(final, past_closing=True)
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.paid, seen.refunded, stand.forfeited()) == ("closed", DEPOSIT, 0, DEPOSIT)
    assert [(row["amount"], row["status"]) for row in seen.told["refunds"]] == [(FINAL, "done")]
    assert [case.kind for case in shop.cases()] == ["late_payment"]


def test_a_final_that_is_at_the_channel_when_time_is_up_wins(
    stand: Stand, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = deposited(till, mei)
    waits_until(clock, NOON)
    final = till.pays(mei, order, "wire")
    till.wires["wire"].pays(final.out_trade_no, final.amount)  # its notice is lost
    waits_until(clock, MIDNIGHT)
    assert (mei.sees(order).state, stand.counts(activity)) == ("paid", (1, 1, 1))


def test_balance_and_cash_pay_the_final_together(stand: Stand, till: Till, mei: BuyerActor, clock: Clock) -> None:
    till.fills(mei, balance=10_000)
    stand.presells()
    order = deposited(till, mei)
    waits_until(clock, NOON)
    final = till.pays(mei, order, ("balance", 10_000), "wire")
    assert final.amount == FINAL - 10_000
    till.cash_comes(final)
    assert (mei.sees(order).state, till.has(mei)["balance"]) == ("paid", (0, 0))


def test_balance_that_is_held_for_a_final_that_never_comes_is_free_again(
    stand: Stand, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    till.fills(mei, balance=10_000)
    stand.presells()
    order = deposited(till, mei)
    waits_until(clock, NOON)
    till.pays(mei, order, ("balance", 10_000), "wire")
    assert till.has(mei)["balance"] == (0, 10_000)
    waits_until(clock, MIDNIGHT)
    assert (mei.sees(order).state, till.has(mei)["balance"]) == ("closed", (10_000, 0))


def test_the_locked_price_stays_though_the_list_price_falls(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells()
    order = deposited(till, mei)
    stand.lists_at(40_000)
    waits_until(clock, NOON)
    assert till.pays(mei, order, "wire").amount == FINAL


def test_a_lower_list_price_lowers_the_final_where_the_activity_says_so(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(match_lower=True)
    order = deposited(till, mei)
    stand.lists_at(40_000)
    waits_until(clock, NOON)
    final = till.pays(mei, order, "wire")
    assert final.amount == 40_000 - DEPOSIT
    till.cash_comes(final)
    seen = mei.sees(order)
    assert (seen.state, seen.payable, seen.paid) == ("paid", 40_000, 40_000)


def test_a_list_price_below_the_deposit_takes_nothing_of_what_is_paid(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(match_lower=True)
    order = deposited(till, mei)
    stand.lists_at(100)
    waits_until(clock, NOON)
    final = till.pays(mei, order, "wire")
    assert final.amount == 1
    till.cash_comes(final)
    assert mei.sees(order).paid == DEPOSIT + 1


def test_a_final_whose_door_died_between_the_booking_and_the_move_is_concluded_by_a_job(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells()
    order = deposited(till, mei)
    waits_until(clock, NOON)
    final = till.pays(mei, order, "wire")
    receipt = till.wires["wire"].pays(final.out_trade_no, final.amount)
    assert receipt is not None
    with shop.merchant.inside(), transaction():
        locked = moves.lock_order(UUID(order.id))
        receipts.record(locked, payments.find_attempt(locked, final.out_trade_no), receipt)
    seen = mei.sees(order)
    assert (seen.state, seen.paid, stand.counts(activity)) == ("pending_payment", PRICE, (1, 1, 0))
    mei.is_refused(409).does(order, "cancel", reason="changed_mind", forfeit=True)
    clock.passes(seconds=10)
    assert (mei.sees(order).state, stand.counts(activity)) == ("paid", (1, 1, 1))
