"""Whoever paid for whichever line, and in whatever pieces it is given back: each payment gets back what it gave."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.db import with_rows
from core.ids import new_id
from core.models import Order, OrderLine, Payment, Refund, RefundPart, Share
from core.services import receipts, refund_split
from core.services.refund_amounts import Wanted, chosen_lines, everything, freight_part
from tests.properties.test_money_splits import adjusted, carts, drafts, order_of, quote_of

#: how an order is paid, oldest first: what pays, and how much of what is missing, in parts of 97
ways = st.lists(st.tuples(st.sampled_from(["payable", "cash"]), st.integers(0, 97)), max_size=6)
steps = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 60), st.one_of(st.none(), st.integers(0, 97)), st.integers(0, 97)),
    max_size=8,
)


@pytest.fixture(scope="module", autouse=True)
def _shares() -> Iterator[None]:
    """Rows of shares are written into a list, and read from it; what is done with them is core's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receipts, "add", lambda row: SHARES.append(row) or row)
        patch.setattr(refund_split, "flush", lambda: None)
        patch.setattr(refund_split, "fetch", lambda query, **of: [row for row in SHARES if row.order_id == of["order"]])
        yield


SHARES: list[Share] = []


@dataclass
class Books:
    """An order with all that paid for it, in memory, and what has gone back of it."""

    order: Order
    #: (payment id, line id) -> minor units
    back: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    open: list[tuple[Refund, dict[OrderLine, tuple[int, int]]]] = field(default_factory=list)

    # -- paying
    def lowers(self, amount: int, parts: dict[int | None, int]) -> None:
        """An adjustment that a tender pays for."""
        adjustment = new_id()
        for position, share in parts.items():
            line = self.order.freight_line if position is None else self.order.goods_lines[position]
            assert line is not None
            SHARES.append(Share(order_id=self.order.id, line_id=line.id, adjustment_id=adjustment, amount=share))
        self._pays(-amount, "adjustment", adjustment_id=adjustment)

    def pays(self, cut: list[tuple[str, int]]) -> None:
        """Everything is paid, by these and in the end in cash."""
        missing = sum(line.net for line in self.order.lines)
        unpaid = [line.net for line in self.order.lines]
        for role, part in [*cut, ("cash", 97)]:
            amount = missing * part // 97
            if amount:
                missing -= amount
                unpaid = receipts._share(self.order, self._pays(amount, role), unpaid, last=True)
        assert not any(unpaid) and missing == 0

    def _pays(self, amount: int, role: str, **of: Any) -> Payment:
        row = Payment(id=new_id(), role=role, state="settled", amount=amount, settled_amount=amount, **of)
        self.order.payments.append(row)
        return row

    # -- giving back
    def gives_back(self, wanted: list[Wanted] | None, freight: int | None) -> None:
        """A refund as the service decides and writes it."""
        chosen = everything(self.order) if wanted is None else chosen_lines(self.order, wanted)
        part = freight_part(self.order, chosen, freight)
        line = self.order.freight_line
        wholes = {**chosen, line: (0, part)} if part and line else dict(chosen)
        pieces = refund_split.split(self.order, wholes)
        self._check(wholes, pieces)
        refund = with_rows(Refund(), parts=[], lines=[])
        for line, (units, money) in wholes.items():
            line.refunding += units
            line.refunding_amount += money
        for piece in pieces:
            row = RefundPart(id=new_id(), payment_id=piece.payment.id, state="done", amount=piece.amount)
            refund.parts.append(row)
            for line_id, amount in piece.lines.items():
                SHARES.append(Share(order_id=self.order.id, line_id=line_id, refund_part_id=row.id, amount=amount))
                key = piece.payment.id, line_id
                self.back[key] = self.back.get(key, 0) + amount
        self.order.refunds.append(refund)
        self.open.append((refund, wholes))

    def withdraws(self, n: int) -> None:
        """One of the refunds is taken back."""
        refund, wholes = self.open.pop(n % len(self.open))
        for part in refund.parts:
            part.state = "withdrawn"
            for share in SHARES:
                if share.refund_part_id == part.id:
                    self.back[part.payment_id, share.line_id] -= share.amount
        for line, (units, money) in wholes.items():
            line.refunding -= units
            line.refunding_amount -= money

    def _check(self, wholes: dict[OrderLine, tuple[int, int]], pieces: list[refund_split.Piece]) -> None:
        """No share is below nothing or above what is held; each line's money is exact; newest cash goes first."""
        holdings = refund_split.Holdings(self.order)
        cash = [row for row in self.order.payments if row.role == "cash"]
        of = {piece.payment.id: piece.lines for piece in pieces}
        for line, (_, money) in wholes.items():
            assert sum(piece.lines.get(line.id, 0) for piece in pieces if piece.payment.role != "adjustment") == money
            for piece in pieces:
                assert 0 <= piece.lines.get(line.id, 0) <= holdings.left(piece.payment, line.id)
            for older, newer in zip(cash, cash[1:], strict=False):
                if of.get(older.id, {}).get(line.id):
                    emptied = of.get(newer.id, {}).get(line.id, 0) == holdings.left(newer, line.id)
                    assert emptied, "newer cash goes back before older"

    # -- in the end
    def paid(self, payment: Payment, line: OrderLine) -> int:
        """What the payment gave for the line."""
        mine = [row for row in SHARES if row.order_id == self.order.id and row.line_id == line.id]
        given = sum(row.amount for row in mine if row.payment_id == payment.id)
        lowered = sum(
            row.amount for row in mine if payment.adjustment_id and row.adjustment_id == payment.adjustment_id
        )
        return given - lowered


def books_of(cart: list[tuple[int, int]], freight: int, wishes: Any, cut: list[tuple[str, int]]) -> Books:
    """A paid order; what was taken off in the layer of points was paid in points."""
    SHARES.clear()
    quote, applied = adjusted(quote_of(cart, freight), wishes)
    order = order_of(quote)
    order.id = new_id()
    books = Books(with_rows(order, payments=[], refunds=[]))
    for done in applied:
        if done.layer == "points" and done.amount < 0:
            books.lowers(done.amount, dict(done.shares))
    books.pays(cut)
    return books


def goes_back_in_pieces(books: Books, pieces: list[tuple[int, int, int | None, int]]) -> None:
    """Units, money, freight, and now and then a refund that is withdrawn."""
    goods, freight_line = books.order.goods_lines, books.order.freight_line
    assert freight_line is not None
    for position, units, money, freight in pieces:
        line = goods[position % len(goods)]
        count = min(units, line.refundable_quantity)
        amount = None if money is None else line.refundable_amount * money // 97
        if count or amount:
            books.gives_back([Wanted(line.id, count, amount)], freight_line.refundable_amount * freight // 97)
        elif books.open:
            books.withdraws(units)


def check_all(books: Books) -> None:
    """Everything is back, and every payment has of every line what it gave for it."""
    for payment in books.order.payments:
        of = {
            line.sku: (books.paid(payment, line), books.back.get((payment.id, line.id), 0))
            for line in books.order.lines
        }
        assert all(paid == back for paid, back in of.values()), (payment.role, of)
        assert sum(back for _, back in of.values()) == payment.settled_amount


def run(examples: int) -> None:
    """So many orders."""

    @given(carts, st.integers(0, 10**5), drafts, ways, steps)
    @settings(max_examples=examples, deadline=None)
    def each_gets_back_what_it_gave(
        cart: list[tuple[int, int]], freight: int, wishes: Any, cut: list[tuple[str, int]], pieces: Any
    ) -> None:
        books = books_of(cart, freight, wishes, cut)
        goes_back_in_pieces(books, pieces)
        line = books.order.freight_line
        assert line is not None
        books.gives_back(None, line.refundable_amount)
        check_all(books)

    each_gets_back_what_it_gave()


def test_everything_back_in_any_order_gives_each_payment_what_it_gave_for_each_line() -> None:
    run(200)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_everything_back_in_any_order_gives_each_payment_what_it_gave_however_many() -> None:
    run(10_000)


@given(carts, st.integers(0, 10**5), drafts, ways)
@settings(max_examples=60, deadline=None)
def test_units_one_by_one_never_leave_a_tender_more_than_a_fen_a_line_behind_its_share(
    cart: list[tuple[int, int]], freight: int, wishes: Any, cut: list[tuple[str, int]]
) -> None:
    books = books_of([(price, min(units, 9)) for price, units in cart], freight, wishes, cut)
    for line in books.order.goods_lines:
        for done in range(1, line.quantity + 1):
            books.gives_back([Wanted(line.id, 1)], 0)
            for payment in books.order.payments:
                if payment.role != "cash" and line.net:
                    paid = books.paid(payment, line)
                    fair = paid * line.refunding_amount / line.net
                    back = books.back.get((payment.id, line.id), 0)
                    assert abs(back - fair) <= done, "its own share, but for the fen that cannot be cut"
