"""Mixed payments on bad days: cash fails, is switched, comes late or twice; tenders hold once and let go once."""

import pytest

from core.contracts.payment_channel import PaymentStatus, Started
from core.errors import ChannelDown, ChannelUnsure
from tests.conftest import Clock
from tests.stories.mixed.till import Till
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import HonestWire, outcome

pytestmark = pytest.mark.both_databases


@pytest.fixture
def mei(shop: Shop, till: Till) -> BuyerActor:
    buyer = shop.buyer("Mei")
    till.fills(buyer, balance=10_000, points=2000, card=5000, bonus=500)
    return buyer


@pytest.fixture
def order(mei: BuyerActor) -> Told:
    """19,900 less points of 900."""
    return mei.orders({"A": 1}, options={"balance_points": {"points": 900}})


def of(till: Till, order: Told, channel: str) -> list[str]:
    return [state for name, state, _ in till.states(order) if name == channel]


FREE = {"balance": (10_000, 0), "points": (1100, 900), "cards": (5500, 0)}
HELD = {"balance": (0, 10_000), "points": (1100, 900), "cards": (0, 5500)}
SPENT = {"balance": (0, 0), "points": (1100, 0), "cards": (0, 0)}


# -- while it waits
def test_what_is_held_is_neither_free_nor_spent(mei: BuyerActor, order: Told, till: Till) -> None:
    payment = till.pays(mei, order, "balance", "wire", "stored_value")
    assert (payment.role, payment.channel, payment.amount) == ("cash", "wire", 19_000 - 15_500)
    assert till.has(mei) == HELD
    again = till.pays(mei, order, "balance", "wire", "stored_value")
    assert again.out_trade_no == payment.out_trade_no and till.has(mei) == HELD
    till.cash_comes(payment)
    assert till.has(mei) == SPENT and mei.sees(order).paid == 19_000


def test_another_order_cannot_spend_what_is_held(mei: BuyerActor, order: Told, till: Till) -> None:
    till.pays(mei, order, "balance", "wire")
    other = mei.orders({"B": 1})
    problem = till.pays(mei, other, ("balance", 5000), "wire", expecting=409)
    assert problem.code == "not_enough"
    assert till.states(other) == [] and mei.sees(other).state == "pending_payment"


# -- the cash fails
@pytest.mark.parametrize("trouble", [ChannelDown("no line"), Started("rejected", failure="no")], ids=["down", "no"])
def test_cash_that_never_begins_lets_everything_go(
    mei: BuyerActor, order: Told, till: Till, wire: HonestWire, trouble: object
) -> None:
    wire.says("start", trouble)
    till.pays(mei, order, "balance", "wire", "stored_value", expecting=502)
    assert till.has(mei) == FREE
    assert of(till, order, "balance") == of(till, order, "stored_value") == ["closed"]
    till.cash_comes(till.pays(mei, order, "balance", "wire", "stored_value"))
    assert till.has(mei) == SPENT and mei.sees(order).state == "awaiting_shipment"


def test_cash_that_fails_at_its_channel_lets_everything_go_once(
    mei: BuyerActor, order: Told, till: Till, wire: HonestWire, clock: Clock
) -> None:
    till.pays(mei, order, "balance", "wire")
    wire.says("query", PaymentStatus("failed", failure="no funds"))
    clock.passes(seconds=20)
    assert till.has(mei)["balance"] == (10_000, 0)
    told = mei.inbox()
    assert any(row["name"] == "order.payment_failed" for row in told), "the buyer is asked to try again"
    clock.passes(minutes=5)
    assert of(till, order, "balance") == ["closed"]


def test_an_answer_that_is_lost_keeps_what_is_held(
    mei: BuyerActor, order: Told, till: Till, wire: HonestWire, clock: Clock
) -> None:
    wire.says("start", ChannelUnsure("no answer"))
    till.pays(mei, order, "balance", "wire", expecting=502)
    assert till.has(mei)["balance"] == (0, 10_000)
    clock.passes(seconds=20)
    assert of(till, order, "wire") == ["open"] and till.has(mei)["balance"] == (0, 10_000)


# -- another way
def test_switching_the_channel_keeps_the_hold_and_the_first_money_wins(
    mei: BuyerActor, order: Told, till: Till, clock: Clock
) -> None:
    first = till.pays(mei, order, "balance", "wire")
    second = till.pays(mei, order, "balance", "cable")
    assert of(till, order, "balance") == ["open"], "held once"
    assert first.amount == second.amount == 9000
    till.cash_comes(second)
    clock.settles()
    assert of(till, order, "wire") == ["closed"] and mei.sees(order).state == "awaiting_shipment"
    assert till.has(mei)["balance"] == (0, 0)


def test_another_mix_closes_the_first_and_lets_it_go(mei: BuyerActor, order: Told, till: Till, clock: Clock) -> None:
    till.pays(mei, order, "balance", "wire")
    second = till.pays(mei, order, ("balance", 4000), "stored_value", "cable")
    assert of(till, order, "wire") == ["closed"]
    assert of(till, order, "balance") == ["closed", "open"]
    assert till.has(mei) == {"balance": (6000, 4000), "points": (1100, 900), "cards": (0, 5500)}
    assert second.amount == 19_000 - 9500
    till.cash_comes(second)
    assert till.has(mei)["balance"] == (6000, 0)


def test_cash_alone_after_a_mix_lets_the_tenders_go(mei: BuyerActor, order: Told, till: Till) -> None:
    till.pays(mei, order, "balance", "wire")
    alone = till.pays(mei, order, "cable")
    assert alone.amount == 19_000 and till.has(mei)["balance"] == (10_000, 0)
    till.cash_comes(alone)
    assert till.has(mei)["balance"] == (10_000, 0) and mei.sees(order).paid == 19_000


def test_cash_that_comes_by_both_channels_goes_back_once(
    mei: BuyerActor, order: Told, till: Till, shop: Shop, clock: Clock
) -> None:
    first, second = till.pays(mei, order, "balance", "wire"), till.pays(mei, order, "balance", "cable")
    till.wires["wire"].pays(first.out_trade_no, first.amount)
    till.cash_comes(second)
    clock.settles()
    seen = shop.sees(order)
    assert (seen.state, seen.paid) == ("awaiting_shipment", 19_000)
    assert [refund["amount"] for refund in seen.told["refunds"]] == [9000]
    assert till.has(mei)["balance"] == (0, 0), "captured once"
    assert sum(back.outcome == "done" for back in till.wires["wire"].backs.values()) == 1


# -- late
def test_late_cash_takes_back_what_was_let_go_if_it_is_there(
    mei: BuyerActor, order: Told, till: Till, wire: HonestWire, clock: Clock
) -> None:
    payment = till.pays(mei, order, "balance", "wire")
    wire.says("query", PaymentStatus("failed", failure="no funds"))
    clock.passes(seconds=20)
    assert till.has(mei)["balance"] == (10_000, 0)
    till.cash_comes(payment)
    assert mei.sees(order).state == "awaiting_shipment" and till.has(mei)["balance"] == (0, 0)
    assert of(till, order, "balance") == ["closed", "settled"]


def test_late_cash_goes_back_if_what_was_let_go_is_spent(
    mei: BuyerActor, order: Told, till: Till, wire: HonestWire, clock: Clock
) -> None:
    payment = till.pays(mei, order, "balance", "wire")
    wire.says("query", PaymentStatus("failed", failure="no funds"))
    clock.passes(seconds=20)
    till.pays(mei, mei.orders({"B": 1}), "balance")
    till.cash_comes(payment)
    clock.settles()
    seen = mei.sees(order)
    assert (seen.state, seen.paid) == ("pending_payment", 0)
    assert [refund["amount"] for refund in seen.told["refunds"]] == [9000]
    assert till.has(mei)["balance"] == (10_000 - 5990, 0)


def test_time_that_is_up_lets_everything_go_once_points_too(
    mei: BuyerActor, order: Told, till: Till, clock: Clock
) -> None:
    till.pays(mei, order, "balance", "stored_value", "wire")
    clock.passes(minutes=31)
    assert mei.sees(order).state == "closed"
    assert till.has(mei) == {"balance": (10_000, 0), "points": (2000, 0), "cards": (5500, 0)}
    clock.passes(hours=3)
    assert of(till, order, "points") == of(till, order, "balance") == ["closed"]


def test_a_buyer_who_cancels_has_everything_again(mei: BuyerActor, order: Told, till: Till) -> None:
    till.pays(mei, order, "balance", "stored_value", "wire")
    mei.cancels(order)
    assert till.has(mei) == {"balance": (10_000, 0), "points": (2000, 0), "cards": (5500, 0)}


def test_money_faster_than_the_end_of_time_wins(mei: BuyerActor, order: Told, till: Till, clock: Clock) -> None:
    payment = till.pays(mei, order, "balance", "wire")
    till.wires["wire"].pays(payment.out_trade_no, payment.amount)
    clock.passes(minutes=31)
    assert mei.sees(order).state == "awaiting_shipment" and till.has(mei)["balance"] == (0, 0)


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_late_money_revives_an_expired_order_with_all_its_tenders_or_not_at_all(
    mei: BuyerActor, order: Told, till: Till, shop: Shop, clock: Clock, gone: bool
) -> None:
    shop.sets(late_payment="revive")
    payment = till.pays(mei, order, "balance", "wire")
    clock.passes(minutes=31)
    if gone:
        mei.orders({"C": 10}, options={"balance_points": {"points": 1500}})
    till.cash_comes(payment, past_closing=True)
    clock.settles()
    seen = mei.sees(order)
    if gone:
        assert (seen.state, seen.paid) == ("closed", 0) and till.has(mei)["balance"] == (10_000, 0)
        assert [refund["amount"] for refund in seen.told["refunds"]] == [9000]
    else:
        assert (seen.state, seen.paid) == ("awaiting_shipment", 19_000)
        assert till.has(mei) == {"balance": (0, 0), "points": (1100, 0), "cards": (5500, 0)}


# -- without cash
def test_tenders_alone_pay_with_the_answer(mei: BuyerActor, till: Till, clock: Clock) -> None:
    order = mei.orders({"B": 2})
    payment = till.pays(mei, order, "stored_value", "balance")
    assert (payment.role, payment.state, payment.amount) == ("payable", "settled", 5500)
    seen = mei.sees(order)
    assert (seen.state, seen.paid) == ("awaiting_shipment", 11_980)
    assert till.has(mei) == {"balance": (10_000 - 6480, 0), "points": (2000, 0), "cards": (0, 0)}


def test_points_alone_pay_an_order_and_come_back_with_it(mei: BuyerActor, till: Till, shop: Shop, clock: Clock) -> None:
    shop.sets(allow_zero_pay=True)
    order = mei.orders({"C": 3}, options={"balance_points": {"points": 990}})
    assert (order.state, order.payable) == ("awaiting_shipment", 0)
    assert till.has(mei)["points"] == (1010, 0)
    refund = shop.refunds(order, {"C": 1}).refunds[-1]
    assert till.backs(order, refund["number"]) == {"points": 330}
    clock.settles()
    assert till.has(mei)["points"] == (1340, 0)
    shop.refunds(order)
    clock.settles()
    assert till.has(mei)["points"] == (2000, 0) and shop.sees(order).state == "refunded"


def test_what_tenders_leave_needs_a_channel(mei: BuyerActor, order: Told, till: Till) -> None:
    assert till.pays(mei, order, "balance", expecting=409).code == "cash_missing"
    assert till.pays(mei, order, ("balance", 19_001), "wire", expecting=422).code == "too_much"
    assert till.pays(mei, order, "wire", "cable", expecting=422).code == "ways_to_pay"
    assert till.pays(mei, order, "balance", "balance", "wire", expecting=422).code == "ways_to_pay"
    assert till.pays(mei, order, "points", "wire", expecting=422).code == "not_offered"
    assert till.states(order) == [("points", "open", 900)] and till.has(mei) == FREE


def test_a_part_its_channel_cannot_give_back_may_go_to_the_balance(
    mei: BuyerActor, order: Told, till: Till, shop: Shop, wire: HonestWire, clock: Clock
) -> None:
    till.cash_comes(till.pays(mei, order, ("balance", 1000), "wire"))
    wire.says("refund", outcome("failed", "the card is closed"))
    wire.says("query_refund", outcome("failed", "the card is closed"))
    refund = shop.refunds(order).refunds[-1]
    clock.settles()
    shop.does(order, f"refunds/{refund['number']}/redirect", destination="balance")
    clock.passes(hours=5)
    assert shop.sees(order).state == "refunded"
    assert till.has(mei)["balance"] == (28_000, 0)
    assert [verb for verb, _ in wire.heard].count("refund") == 1, "its channel is not asked for it again"


def test_a_part_that_went_back_after_all_goes_nowhere_else(
    mei: BuyerActor, order: Told, till: Till, shop: Shop, wire: HonestWire, clock: Clock
) -> None:
    till.cash_comes(till.pays(mei, order, ("balance", 1000), "wire"))
    wire.says("refund", outcome("failed", "try again later"))
    refund = shop.refunds(order).refunds[-1]
    clock.settles()
    word = f"refunds/{refund['number']}/redirect"
    assert shop.is_refused(409).does(order, word, destination="balance").code == "nothing_failed"
    assert shop.sees(order).state == "refunded" and till.has(mei)["balance"] == (10_000, 0)
