"""Orders that are given up: by the buyer, who loses the deposit knowingly, or by the merchant, who pays for it."""

from tests.conftest import Clock
from tests.plugins.presale.stand import DEPOSIT, NOON, Stand, orders, waits_until
from tests.stories.mixed.till import Till
from tests.stories.presale.till import deposited, paid_whole
from tests.vocabulary import BuyerActor, Shop


def test_before_the_deposit_is_paid_cancelling_costs_nothing(stand: Stand, mei: BuyerActor) -> None:
    activity = stand.presells()
    order = orders(mei)
    assert mei.cancels(order).state == "closed"
    assert (stand.counts(activity), stand.forfeited()) == ((0, 0, 0), 0)


def test_the_buyer_must_say_that_the_deposit_is_given_up(stand: Stand, shop: Shop, till: Till, mei: BuyerActor) -> None:
    activity = stand.presells()
    order = deposited(till, mei)
    assert "forfeit" in order.actions and "cancel" not in order.actions
    refused = mei.is_refused(409).cancels(order)
    assert (refused.code, refused.kept) == ("deposit_paid", DEPOSIT) and "¥50.00" in refused.detail
    assert mei.sees(order).state == "pending_payment"

    closed = mei.does(order, "cancel", reason="changed_mind", forfeit=True)
    assert (closed.state, closed.close_reason, closed.refunded) == ("closed", "buyer", 0)
    assert (stand.forfeited(), stand.counts(activity), shop.stock_of("lamp")) == (DEPOSIT, (0, 0, 0), (10, 0))


def test_forfeit_costs_nothing_where_there_is_nothing_to_lose(stand: Stand, mei: BuyerActor) -> None:
    stand.presells()
    order = orders(mei)
    assert mei.does(order, "cancel", reason="changed_mind", forfeit=True).state == "closed"
    assert stand.forfeited() == 0


def test_the_buyer_who_cancels_at_noon_closes_the_running_final_first(
    stand: Stand, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(return_deposit=True)
    order = deposited(till, mei)
    waits_until(clock, NOON)
    final = till.pays(mei, order, "wire")
    refused = mei.is_refused(409).cancels(order)
    assert (refused.code, refused.kept) == ("deposit_paid", 0)
    mei.does(order, "cancel", reason="changed_mind", forfeit=True)
    clock.settles()
    seen = mei.sees(order)
    states = {row["out_trade_no"]: row["state"] for row in seen.told["payments"]}
    assert (seen.state, states[final.out_trade_no], seen.refunded) == ("closed", "closed", DEPOSIT)


def test_the_merchant_who_cannot_supply_gives_the_deposit_back_and_as_much_again(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells(compensation_percent=100)
    order = deposited(till, mei)
    shop.closes(order, "out_of_stock")
    clock.settles()
    seen = mei.sees(order)
    assert (seen.state, seen.refunded, till.has(mei)["balance"]) == ("closed", DEPOSIT, (DEPOSIT, 0))
    told = mei.asks("GET", f"presale/orders/{order.number}")
    assert told.compensation == DEPOSIT and told.compensated_at
    assert "presale.compensated" in {row["name"] for row in mei.inbox()}
    assert stand.counts(activity) == (0, 0, 0)


def test_a_buyer_in_bad_faith_gets_nothing_on_top(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells(compensation_percent=100)
    order = deposited(till, mei)
    shop.closes(order, "bad_faith")
    clock.settles()
    assert (mei.sees(order).refunded, till.has(mei)["balance"]) == (DEPOSIT, (0, 0))


def test_people_pay_the_compensation_where_no_account_can_take_it(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets_plugin("presale", compensation_tender="vault")
    stand.presells(compensation_percent=50)
    order = deposited(till, mei)
    shop.closes(order)
    clock.settles()
    (case,) = shop.cases()
    assert case.kind == "presale_compensation" and "¥25.00" in case.title and "vault" in case.title


def test_the_merchant_who_rejects_a_paid_order_gives_all_back_and_compensates(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells(compensation_percent=100, deposit_after_final=False)
    order = paid_whole(till, mei, clock)
    shop.rejects(order)
    clock.settles()
    seen = mei.sees(order)
    assert (seen.state, seen.refunded, till.has(mei)["balance"]) == ("refunded", 50_000, (DEPOSIT, 0))
    assert stand.counts(activity) == (0, 0, 0)


def test_the_price_of_a_presale_order_cannot_be_changed_by_hand(stand: Stand, shop: Shop, mei: BuyerActor) -> None:
    stand.presells()
    order = orders(mei)
    assert shop.is_refused(409).reprices(order, goods=-100).code == "presale_price_locked"
