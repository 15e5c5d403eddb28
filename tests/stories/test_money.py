"""Money by bank transfer: seen by one or by two people, once, in the right amount; and paid in two parts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.db import reading
from core.models import LedgerEntry
from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def books(shop: Shop) -> dict[str, int]:
    """What stands in each book, accounts together."""
    with shop.merchant.inside(), reading() as session:
        query = select(LedgerEntry).where(LedgerEntry.merchant_id == shop.merchant.id)
        found: dict[str, int] = {}
        for row in session.scalars(query):
            book = row.book.split(":")[0]
            found[book] = found.get(book, 0) + row.amount
        return found


def test_where_the_shop_wants_four_eyes_a_second_person_confirms(shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin("bank_transfer", four_eyes=True)
    ann, bob = shop.employs("finance"), shop.employs("finance")
    order = mei.orders({"tea": 1})
    payment = mei.starts_transfer(order)

    seen = ann.sees_money(order, reference="LINE-A")
    assert (seen.status_code, seen.state, seen.paid) == (202, "pending_payment", 0)
    assert [(case.kind, case.data.reference) for case in shop.cases(status="open")] == [
        ("second_confirmation", "LINE-A")
    ]
    assert mei.sees(order).badge.colour == "red"
    assert ann.is_refused(409).sees_money(order, reference="LINE-A").code == "four_eyes"
    assert bob.is_refused(422).sees_money(order, 4800, "LINE-A").errors[0].pointer == "/amount"

    order = bob.sees_money(order, reference="LINE-A")
    assert (order.status_code, order.state, order.paid) == (200, "awaiting_shipment", 4900)
    assert order.payments[0].out_trade_no == payment.out_trade_no
    case = shop.cases(status="resolved")[0]
    assert (case.kind, case.remark) == ("second_confirmation", "A second person confirmed it.")
    confirmed = [row for row in shop.history(order, "order") if row.move == "confirm_offline"]
    assert [row.actor_name for row in confirmed] == [ann.api.name, bob.api.name]  # type: ignore[attr-defined]


def test_one_line_of_the_bank_pays_once(shop: Shop, mei: BuyerActor) -> None:
    first, second = mei.orders({"tea": 1}), mei.orders({"tea": 1})
    first = shop.sees_money(first, reference="LINE-1")
    assert first.state == "awaiting_shipment"
    assert shop.is_refused(409).sees_money(second, reference="LINE-1").code == "line_used"
    second = mei.sees(second)
    assert (second.state, second.paid, second.payments) == ("pending_payment", 0, [])
    assert shop.is_refused(409).sees_money(first, 4900, "LINE-2").code == "move_refused"
    assert books(shop) == {"channel": 4900, "orders": -4900}


def test_any_other_amount_is_refused_with_the_right_one(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    for amount in (4899, 4901):
        problem = shop.is_refused(422).sees_money(order, amount)
        assert "4900 CNY is due" in problem.errors[0].message
    assert shop.is_refused(422).sees_money(order, 0).errors[0].pointer == "/amount"
    assert mei.sees(order).told == order.told
    assert books(shop) == {}


def test_money_and_what_goes_back_of_it_balance_in_the_books(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 2})))
    order = shop.refunds(order, amounts={"tea": 1234})
    clock.settles()
    shop.transfers_back(order)
    assert books(shop) == {"channel": 9800 - 1234, "orders": 1234 - 9800}


def test_an_order_is_paid_in_two_parts(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.turns_on("good", token="abc")
    order = mei.orders({"tea": 1}, options={"good": {"halves": True}})
    assert [row.amount for row in order.instalments] == [2450, 2450]
    assert mei.starts_transfer(order).amount == 2450
    order = shop.sees_money(order)
    assert (order.state, order.paid, order.payment_axis) == ("pending_payment", 2450, "part")
    assert order.deadline("pay") == clock.now + timedelta(minutes=30), "the next part has its own time"
    assert mei.is_refused(409).cancels(order).code == "deposit_paid", "what is paid may be kept: she must say so"
    assert shop.is_refused(409).reprices(order, goods=-1).code == "move_refused"
    assert mei.starts_transfer(order).amount == 2450
    order = shop.sees_money(order)
    assert (order.state, order.paid, order.payment_axis) == ("awaiting_shipment", 4900, "paid")
    assert [row.move for row in shop.history(order, "order") if row.move.startswith("pay")] == [
        "pay", "pay_part", "pay", "pay",
    ]  # fmt: skip
    order = shop.refunds(order, amounts={"tea": 2451})
    assert [part.amount for part in order.refunds[0].parts] == [2450, 1], "newest money first"


def test_a_part_paid_order_that_the_shop_closes_gives_the_part_back(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.turns_on("good", token="abc")
    order = shop.sees_money(mei.orders({"tea": 1}, options={"good": {"halves": True}}))
    order = shop.closes(order, reason="out_of_stock")
    assert (order.state, order.refunds[0].amount, order.refunds[0].reason) == ("closed", 2450, "order_closed")
    assert shop.stock_of("tea") == (10, 0)
    clock.settles()
    order = shop.transfers_back(order)
    assert (order.state, order.refunded) == ("closed", 2450)
    assert books(shop) == {"channel": 0, "orders": 0}


def test_a_part_paid_order_that_nobody_pays_on_keeps_the_part_where_that_was_agreed(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.turns_on("good", token="abc")
    order = shop.sees_money(mei.orders({"tea": 1}, options={"good": {"halves": True}}))
    clock.passes(days=3)
    order = mei.sees(order)
    assert (order.state, order.close_reason, order.refunds, order.paid) == ("closed", "final_timeout", [], 2450)
    assert books(shop) == {"channel": 2450, "orders": 0, "forfeited_income": -2450}
    assert shop.stock_of("tea") == (10, 0)
