"""How much goes back: fair to the fen in any order of units, never more than was paid, freight by its own rule."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from flask import Flask

from core.db import with_rows
from core.errors import Invalid
from core.ids import new_id
from core.models import Order, OrderLine
from core.services.refund_amounts import Wanted, chosen_lines, everything, freight_part
from tests import invariants
from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture(autouse=True)
def _everything_adds_up(app: Flask) -> Iterator[None]:
    """At the end the laws hold."""
    yield
    with app.app_context():
        assert invariants.broken() == []


def test_all_units_one_by_one_in_any_order_give_back_exactly_what_was_paid(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sells("cup", 145, stock=100)
    shop.sells("bowl", 333, stock=100)
    for steps in sorted(set(permutations(["cup", "cup", "cup", "bowl", "bowl"])))[::3]:
        order = shop.reprices(mei.orders({"cup": 3, "bowl": 2}), goods=-100)
        order = shop.sends(shop.sees_money(order))
        fen = {"cup": [], "bowl": []}  # type: dict[str, list[int]]
        for sku in steps:
            order = shop.refunds(order, {sku: 1})
            fen[sku].append(order.refunds[-1].amount)
            clock.settles()
            order = shop.transfers_back(order)
        assert [sum(fen["cup"]), sum(fen["bowl"])] == order.nets()
        assert max(fen["cup"]) - min(fen["cup"]) <= 1, fen
        assert (order.state, order.refunded) == ("refunded", order.paid)


# ---------------------------------------------------------------------------------------------- amounts alone
def line(net: int, quantity: int = 1, kind: str = "goods", **more: Any) -> OrderLine:
    """A line in memory; what nobody says is 0."""
    zeros = dict.fromkeys(("shipped", "received", "redeemed", "refunded", "refunding"), 0)
    money = {"refunded_amount": 0, "refunding_amount": 0, "net": net, "amount": net}
    return OrderLine(**{"id": new_id(), "sku": kind, "kind": kind, "quantity": quantity, **zeros, **money, **more})


def order(*lines: OrderLine) -> Order:
    """An order in memory."""
    return with_rows(Order(), lines=list(lines))


def fen(of: Order, *wanted: tuple[OrderLine, int] | tuple[OrderLine, int, int]) -> list[int]:
    """What goes back for each wish."""
    return [money for _, money in chosen_lines(of, [Wanted(want[0].id, *want[1:]) for want in wanted]).values()]


def test_the_units_of_vector_v2_cost_their_own_fen() -> None:
    two = line(10521, 2)
    assert fen(order(two), (two, 1)) == [5260]
    two.refunded, two.refunded_amount = 1, 5260
    assert fen(order(two), (two, 1)) == [5261]


def test_units_of_vector_v3_follow_the_cumulative_floor() -> None:
    three, parts = line(436, 3), []
    for _ in range(3):
        parts += fen(order(three), (three, 1))
        three.refunding, three.refunding_amount = three.refunding + 1, three.refunding_amount + parts[-1]
    assert parts == [145, 145, 146]


def test_after_a_refund_by_amount_the_last_unit_takes_what_is_left() -> None:
    two = line(1000, 2, refunded_amount=900)
    assert fen(order(two), (two, 1)) == [100], "never more than is left"
    assert fen(order(two), (two, 2)) == [100]
    two.refunded, two.refunded_amount = 1, 1000
    assert fen(order(two), (two, 1)) == [0]


def test_an_amount_of_ones_own_is_taken_up_to_what_is_left() -> None:
    two = line(1000, 2, refunding_amount=300)
    assert fen(order(two), (two, 0, 700)) == [700]
    with pytest.raises(Invalid) as refused:
        fen(order(two), (two, 0, 701))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/lines/0/amount", "too_much")]


def test_every_line_at_fault_is_named_together() -> None:
    cup, bowl = line(300, 3, refunding=2), line(500)
    both = order(cup, bowl)
    wanted = [Wanted(cup.id, 2), Wanted(new_id(), 1), Wanted(bowl.id, 0), Wanted(bowl.id, 1)]
    with pytest.raises(Invalid) as refused:
        chosen_lines(both, wanted)
    told = [(error.pointer, error.code) for error in refused.value.errors]
    assert told == [
        ("/lines/0/quantity", "too_many"),
        ("/lines/1/line_id", "line"),
        ("/lines/2/amount", "too_much"),
        ("/lines/3/line_id", "line"),
    ]


def test_everything_is_what_nobody_has_asked_back() -> None:
    gone, part, free = (
        line(100, refunded=1, refunded_amount=100),
        line(300, 3, refunding=1, refunding_amount=100),
        line(0, 2),
    )
    found = everything(order(gone, part, free, line(50, kind="freight")))
    assert found == {part: (2, 200), free: (2, 0)}


@pytest.mark.parametrize(
    ("shipped", "taken", "asked", "back"),
    [
        (0, 2, None, 600),  # nothing was sent and everything goes
        (0, 1, None, 0),  # something stays
        (1, 2, None, 0),  # something was sent
        (1, 1, 250, 250),  # staff say so
        (0, 2, 0, 0),
    ],
)
def test_freight_goes_back_by_itself_only_when_nothing_was_sent_and_everything_goes(
    shipped: int, taken: int, asked: int | None, back: int
) -> None:
    goods = line(1000, 2, shipped=shipped)
    assert freight_part(order(goods, line(600, kind="freight")), {goods: (taken, 0)}, asked) == back


def test_more_freight_than_is_left_is_refused() -> None:
    goods, freight = line(1000), line(600, kind="freight", refunding_amount=100)
    with pytest.raises(Invalid) as refused:
        freight_part(order(goods, freight), {goods: (1, 1000)}, 501)
    assert refused.value.errors[0].pointer == "/freight"
    assert freight_part(order(goods), {goods: (1, 1000)}, None) == 0


def test_units_never_sent_are_asked_back_first() -> None:
    three = line(300, 3, shipped=2, refunding=1)
    assert (three.shippable, three.left_to_ship) == (0, 1), "a refund may yet be withdrawn"
    three.refunding, three.refunded = 0, 1
    assert (three.shippable, three.left_to_ship) == (0, 0)
    three.shipped = 1
    assert (three.shippable, three.left_to_ship) == (1, 1)


def test_a_line_is_given_back_when_its_units_or_its_money_are() -> None:
    assert line(100, 2, refunded=2).given_back and line(100, 2, refunded_amount=100).given_back
    assert not line(100, 2, refunded=1, refunded_amount=99).given_back
    assert line(100, 2, refunded=1, refunding=1).asked_back and not line(0, 2, refunded=1).given_back
