"""Whatever is taken off whichever line, and in whatever pieces it is given back: every fen is somewhere, once."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts.checkout import LAYERS, AdjustmentDraft, Quote, QuoteLine
from core.db import with_rows
from core.ids import new_id
from core.models import Order, OrderLine
from core.money import MAX_AMOUNT
from core.services import pricing
from core.services.refund_amounts import Wanted, chosen_lines, everything, freight_part

prices = st.one_of(st.integers(0, 5), st.integers(0, 10**6), st.integers(0, MAX_AMOUNT // 1000))
carts = st.lists(st.tuples(prices, st.integers(1, 60)), min_size=1, max_size=7)
drafts = st.lists(
    st.tuples(
        st.sampled_from(LAYERS),
        st.one_of(st.integers(-20, 20), st.integers(-(10**7), 10**5)),
        st.lists(st.integers(0, 6), max_size=3, unique=True),
    ),
    max_size=8,
)
NOBODY = UUID(int=0)


def quote_of(cart: list[tuple[int, int]], freight: int) -> Quote:
    """A quote before any adjustment."""
    lines = tuple(
        QuoteLine(n, new_id(), new_id(), f"sku-{n}", "", None, price, units, price * units, price * units, 0, False)
        for n, (price, units) in enumerate(cart)
    )
    return Quote(
        merchant_id=1, customer_id=NOBODY, entry="buy_now", kind="normal", store_id=None, currency="CNY",
        delivery_method="courier", receiver=None, options={}, at=datetime(2026, 1, 1, tzinfo=UTC),
        lines=lines, freight=freight, freight_left=freight, first_order=True,
    )  # fmt: skip


def adjusted(quote: Quote, wishes: list[tuple[str, int, list[int]]]) -> tuple[Quote, list[pricing.Applied]]:
    """The quote after what the plugins wished, layer by layer, as checkout does it."""
    applied = []
    for layer in LAYERS:
        for _, amount, positions in (wish for wish in wishes if wish[0] == layer):
            there = tuple(position for position in positions if position < len(quote.lines))
            eligible = [line.left for line in quote.lines if not there or line.position in there]
            if amount <= 0 or layer == "freight" or any(eligible):
                quote, done = pricing._apply(quote, layer, "whims", AdjustmentDraft("whim", amount, there))
                applied.append(done)
    return quote, applied


def order_of(quote: Quote) -> Order:
    """The lines of an order as checkout would write them, nothing else."""
    fresh = {"shipped": 0, "refunded": 0, "refunding": 0, "refunded_amount": 0, "refunding_amount": 0}
    lines = [
        OrderLine(id=new_id(), kind="goods", sku=line.sku, quantity=line.quantity, net=line.left, **fresh)
        for line in quote.lines
    ]
    lines.append(OrderLine(id=new_id(), kind="freight", sku="freight", quantity=1, net=quote.freight_left, **fresh))
    return with_rows(Order(), lines=lines)


def give_back(order: Order, wanted: list[Wanted] | None, freight: int | None = None) -> int:
    """Decide a refund as the service does; how much it comes to."""
    chosen = everything(order) if wanted is None else chosen_lines(order, wanted)
    part = freight_part(order, chosen, freight)
    assert order.freight_line is not None
    for line, (units, money) in [*chosen.items(), (order.freight_line, (0, part))]:
        assert 0 <= money <= line.refundable_amount
        assert line is order.freight_line or 0 <= units <= line.refundable_quantity
        line.refunding += units
        line.refunding_amount += money
    return sum(money for _, money in chosen.values()) + part


@given(carts, st.integers(0, 10**5), drafts)
@settings(max_examples=200, deadline=None)
def test_adjustments_fall_on_lines_to_the_fen_and_never_below_nothing(
    cart: list[tuple[int, int]], freight: int, wishes: list[tuple[str, int, list[int]]]
) -> None:
    quote, applied = adjusted(quote_of(cart, freight), wishes)
    for done in applied:
        assert sum(done.shares.values()) == done.amount
        assert {share > 0 for share in done.shares.values() if share} <= {done.amount > 0}
    on_line = {n: sum(done.shares.get(n, 0) for done in applied) for n in (*range(len(cart)), None)}
    assert all(line.left == line.amount + on_line[line.position] >= 0 for line in quote.lines)
    assert quote.freight_left == freight + on_line[None] >= 0
    before = sum(price * units for price, units in cart) + freight
    assert quote.payable == before + sum(done.amount for done in applied)


@given(carts, st.integers(0, 10**5), drafts, st.data())
@settings(max_examples=100, deadline=None)
def test_units_given_back_in_any_groups_and_any_order_come_to_everything_paid(
    cart: list[tuple[int, int]], freight: int, wishes: list[tuple[str, int, list[int]]], data: st.DataObject
) -> None:
    quote, _ = adjusted(quote_of(cart, freight), wishes)
    order = order_of(quote)
    back = 0
    while still := [line for line in order.goods_lines if line.refundable_quantity]:
        together = data.draw(st.lists(st.sampled_from(still), min_size=1, max_size=3, unique_by=lambda line: line.id))
        units = [data.draw(st.integers(1, line.refundable_quantity)) for line in together]
        back += give_back(order, [Wanted(line.id, count) for line, count in zip(together, units, strict=True)])
    assert back == quote.payable
    assert all(line.refundable_amount == 0 for line in order.lines)


@given(carts, st.integers(0, 10**5), drafts, st.data())
@settings(max_examples=100, deadline=None)
def test_amounts_and_units_mixed_and_then_the_rest_come_to_everything_paid(
    cart: list[tuple[int, int]], freight: int, wishes: list[tuple[str, int, list[int]]], data: st.DataObject
) -> None:
    quote, _ = adjusted(quote_of(cart, freight), wishes)
    order = order_of(quote)
    back = 0
    for _ in range(data.draw(st.integers(0, 6))):
        line = data.draw(st.sampled_from(order.goods_lines))
        units = data.draw(st.integers(0, line.refundable_quantity))
        amount = data.draw(st.one_of(st.none(), st.integers(0, line.refundable_amount)))
        if units or amount:
            back += give_back(order, [Wanted(line.id, units, amount)], freight=0)
    assert order.freight_line is not None
    back += give_back(order, None, freight=order.freight_line.refundable_amount)
    assert back == quote.payable


@given(carts, st.integers(1, 60))
@settings(max_examples=50, deadline=None)
def test_the_units_of_one_line_differ_by_one_fen_at_most(cart: list[tuple[int, int]], discount: int) -> None:
    quote, _ = adjusted(quote_of(cart, 0), [("coupon", -discount, [])])
    for position in range(len(cart)):
        order = order_of(replace(quote, lines=(quote.lines[position],)))
        (line,) = order.goods_lines
        pieces = [give_back(order, [Wanted(line.id, 1)]) for _ in range(line.quantity)]
        assert max(pieces) - min(pieces) <= 1 and sum(pieces) == line.net
