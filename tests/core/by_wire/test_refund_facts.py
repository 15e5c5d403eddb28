"""What channels tell of refunds: late results, dead numbers, lost cards, money that comes back, and people's help."""

from typing import Any

import httpx
import pytest

from core import clock as core_clock
from core.contracts.payment_channel import RefundReceipt
from core.errors import ChannelDown
from tests.conftest import Clock
from tests.core.by_wire.conftest import Grumpy
from tests.core.by_wire.words import books, inbox_of, pays, receipt, tells
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import Wire, outcome, told

pytestmark = pytest.mark.both_databases


@pytest.fixture
def order(shop: Shop, mei: BuyerActor) -> Told:
    """Two tins, paid by wire."""
    order = mei.orders({"tea": 2})
    tells(shop, told(receipt(pays(mei, order), 9800)))
    return shop.sees(order)


def back(part: Told, word: Any = "done", amount: int = 0, **more: Any) -> RefundReceipt:
    ref = f"back-{part.out_refund_no}"
    return RefundReceipt(part.out_refund_no, word, amount or part.amount, ref, at=core_clock.now(), **more)


def part_of(order: Told, refund: int = -1, part: int = -1) -> Told:
    return order.refunds[refund].parts[part]


def test_a_refund_on_its_way_is_done_when_the_channel_says_so(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    wire.says("refund", outcome("pending"))
    order = shop.refunds(order)
    clock.settles()
    order = shop.sees(order)
    assert (order.state, part_of(order).state) == ("refunding", "pending")
    body = told(back(part_of(order)), event_id="r1")
    assert [tells(shop, body).status_code for _ in range(3)] == [204] * 3
    order = shop.sees(order)
    assert (order.state, order.refunded, order.refund_axis) == ("refunded", 9800, "all")
    assert inbox_of(shop)[-1][0] == "applied" and shop.cases() == []


def test_a_silent_channel_is_asked_for_the_refund(shop: Shop, order: Told, wire: Wire, clock: Clock) -> None:
    wire.says("refund", outcome("pending"))
    wire.says("query_refund", outcome("pending"), ChannelDown("nobody answers"), outcome("pending"))
    shop.refunds(order)
    clock.passes(seconds=59)
    assert [verb for verb, _ in wire.heard].count("query_refund") == 0
    clock.passes(minutes=11)
    assert [verb for verb, _ in wire.heard].count("query_refund") == 3
    clock.passes(minutes=10)
    assert shop.sees(order).state == "refunded"


def test_a_refund_that_is_never_heard_of_again_becomes_a_case(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    wire.says("refund", outcome("pending"))
    wire.says("query_refund", *[outcome("pending")] * 60)
    shop.refunds(order)
    clock.passes(days=11)
    (case,) = shop.cases()
    assert case.kind == "refund_failed" and "on its way for days" in case.title


def test_a_dead_number_is_replaced_and_the_money_goes_back_once(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    wire.says("refund", outcome("pending"))
    order = shop.refunds(order, {"tea": 1})
    clock.settles()
    dead = part_of(shop.sees(order))
    tells(shop, told(back(dead, "failed", failure="closed", again="new_number")))
    clock.settles()
    order = shop.sees(order)
    assert [part.state for part in order.refunds[0].parts] == ["withdrawn", "done"]
    assert len({part.out_refund_no for part in order.refunds[0].parts}) == 2
    assert (order.refunded, order.state, order.payments[0].refunded) == (4900, "awaiting_shipment", 4900)


def test_numbers_that_die_one_after_the_other_end_in_a_case(shop: Shop, order: Told, wire: Wire, clock: Clock) -> None:
    dies = lambda number: RefundReceipt(number, "failed", 0, failure="closed", again="new_number")  # noqa: E731
    wire.says("refund", *[dies] * 10)
    shop.refunds(order)
    clock.passes(days=1)
    assert len({number for verb, number in wire.heard if verb == "refund"}) == 3
    assert [case.kind for case in shop.cases()] == ["refund_failed"]


def test_a_lost_card_is_a_case_and_people_give_the_money_back_once(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    wire.says("refund", outcome("pending"))
    order = shop.refunds(order)
    clock.settles()
    part = part_of(shop.sees(order))
    tells(shop, told(back(part, "failed", failure="ABNORMAL: the card is void", again="by_hand")))
    clock.passes(days=1)
    assert [verb for verb, _ in wire.heard].count("refund") == 1, "it is not tried again by itself"
    (case,) = shop.cases()
    assert (case.kind, case.status) == ("refund_failed", "open") and "ABNORMAL" in case.title
    order = shop.sees(order)
    assert (order.state, part_of(order).state) == ("refunding", "failed")
    order = shop.transfers_back(order)
    assert (order.state, order.refunded) == ("refunded", 9800)
    assert (shop.cases()[0].status, books(shop)) == ("resolved", {"channel": 9800, "by_hand": -9800})
    shop.is_refused(409).transfers_back(order)
    tells(shop, told(back(part)))
    assert [case.data.code for case in shop.cases(status="open")] == ["refunded_twice"]


def test_what_the_channel_may_still_give_back_is_not_made_by_hand(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    wire.says("refund", outcome("pending"))
    order = shop.refunds(order)
    clock.settles()
    assert shop.is_refused(409).transfers_back(shop.sees(order)).code == "not_by_hand"


def test_money_that_comes_back_after_it_was_given_back_is_owed_again(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    order = shop.refunds(order, {"tea": 1})
    clock.settles()
    assert shop.sees(order).refunded == 4900
    part = part_of(shop.sees(order))
    tells(shop, told(back(part, "failed", failure="the bank sent it back", again="by_hand")))
    order = shop.sees(order)
    assert (order.refunded, order.refund_axis, order.refunds[0].status) == (0, "applying", "open")
    assert (order.line("tea").refunding, books(shop)) == (1, {"channel": 9800, "orders": -9800})
    assert [case.kind for case in shop.cases()] == ["refund_failed"]
    order = shop.transfers_back(order)
    assert (order.refunded, order.refund_axis, order.line("tea").refunded) == (4900, "part", 1)


def test_the_time_to_confirm_stands_still_while_money_that_came_back_is_owed(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    order = shop.refunds(order, {"tea": 1})
    clock.settles()
    order = shop.sends(shop.sees(order))
    part = part_of(order)
    tells(shop, told(back(part, "failed", failure="the bank sent it back", again="by_hand")))
    clock.passes(days=8)
    assert shop.sees(order).state == "shipped"
    shop.transfers_back(shop.sees(order))
    clock.passes(days=8)
    assert shop.sees(order).state == "completed"


def test_a_refunded_order_keeps_its_node_when_its_money_comes_back(
    shop: Shop, order: Told, wire: Wire, clock: Clock
) -> None:
    shop.refunds(order)
    clock.settles()
    part = part_of(shop.sees(order))
    tells(shop, told(back(part, "failed", failure="the bank sent it back", again="by_hand")))
    seen = shop.sees(order)
    assert (seen.state, seen.refund_axis, seen.badge.colour) == ("refunded", "applying", "red")
    seen = shop.transfers_back(seen)
    assert (seen.state, seen.refund_axis, seen.refunded) == ("refunded", "all", 9800)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"amount": 1}, "refund_amount_mismatch"), ({"payee": {"box": "another"}}, "refund_payee_mismatch")],
)
def test_a_refund_of_another_amount_or_payee_books_nothing_and_is_a_case(
    shop: Shop, order: Told, wire: Wire, clock: Clock, changes: dict[str, Any], code: str
) -> None:
    wire.says("refund", outcome("pending"))
    order = shop.refunds(order)
    clock.settles()
    part = part_of(shop.sees(order))
    for _ in range(2):
        tells(shop, told(back(part, **changes)))
    assert [case.data.code for case in shop.cases()] == [code]
    assert part_of(shop.sees(order)).state == "pending"


def test_a_refund_nobody_asked_for_is_parked_and_in_the_end_a_case(shop: Shop, clock: Clock) -> None:
    tells(shop, told(RefundReceipt("R0", "done", 5, "x", at=core_clock.now())))
    assert inbox_of(shop) == [("parked", "refund R0 is not known here")]
    clock.passes(days=2)
    assert [case.kind for case in shop.cases()] == ["notice_without_order"]


def test_a_plugin_that_raises_keeps_the_move_back_but_never_the_booking(
    shop: Shop, order: Told, wire: Wire, grumpy: Grumpy, clock: Clock
) -> None:
    wire.says("refund", outcome("pending"))
    order = shop.refunds(order)
    clock.settles()
    grumpy.angry_at = "refunded"
    answer: httpx.Response = tells(shop, told(back(part_of(shop.sees(order)))))
    assert answer.status_code == 204
    seen = shop.sees(order)
    assert (seen.state, seen.refunded, part_of(seen).state) == ("refunding", 9800, "done")
    grumpy.angry_at = None
    clock.passes(hours=2)
    assert shop.sees(order).state == "refunded"


def test_units_given_back_one_by_one_come_to_exactly_what_was_paid(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    shop.sells("cup", 333, stock=7)
    order = mei.orders({"cup": 7})
    tells(shop, told(receipt(pays(mei, order), 7 * 333)))
    for _ in range(7):
        order = shop.refunds(order, {"cup": 1})
        clock.settles()
    order = shop.sees(order)
    assert (order.state, order.refunded, order.payments[0].refunded) == ("refunded", 2331, 2331)
    assert len({number for verb, number in wire.heard if verb == "refund"}) == 7
    assert books(shop) == {}
