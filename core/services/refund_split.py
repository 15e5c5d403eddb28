"""Which payment gives back how much: each its own share of every line, to the fen. Writes nothing.

The net of a line that goes back is split over the payments by what each still holds of that line (domain rules §3.2,
V2); cash counts as one holder, and pays its part newest first (§3.3). What an adjustment's tender (points) gives back
comes on top, in proportion to the line's money, or to its units where the line cost nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import bindparam, select

from core.db import all_of, fetch, flush
from core.errors import Refused
from core.models import Order, OrderLine, Payment, RefundPart, Share
from core.money import allocate

_SHARES = select(Share.line_id, Share.payment_id, Share.adjustment_id, Share.refund_part_id, Share.amount).where(
    Share.merchant_id == bindparam("merchant"), Share.order_id == bindparam("order")
)


@dataclass
class Piece:
    """What one payment gives back, line by line. Minor units."""

    payment: Payment
    lines: dict[UUID, int] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """All of it."""
        return sum(self.lines.values())


class Holdings:
    """What each payment holds of each line, less what goes or went back of it."""

    def __init__(self, order: Order) -> None:
        flush()
        parts = {part.id: part for refund in order.refunds for part in refund.parts if part.state != "withdrawn"}
        adjusted = {row.adjustment_id: row.id for row in order.payments if row.role == "adjustment"}
        #: payment id -> line id -> minor units
        self.shared: dict[UUID, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
        self.back: dict[UUID, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
        for share in fetch(_SHARES, merchant=order.merchant_id, order=order.id):
            if share.payment_id:
                self.shared[share.payment_id][share.line_id] += share.amount
            elif share.adjustment_id in adjusted:
                self.shared[adjusted[share.adjustment_id]][share.line_id] -= share.amount
            elif share.refund_part_id in parts:
                self.back[parts[share.refund_part_id].payment_id][share.line_id] += share.amount

    def left(self, payment: Payment, line_id: UUID) -> int:
        """What the payment still holds of a line."""
        return self.shared[payment.id][line_id] - self.back[payment.id][line_id]


def split(order: Order, wanted: Mapping[OrderLine, tuple[int, int]]) -> list[Piece]:
    """Split a refund's lines, line -> (units, minor units), freight among them, over the order's payments.

    Asked before the lines' counters are raised. Newest payments stand first.

    :raises Refused: more than the payments hold (code ``refund_ceiling``).
    """
    holdings = Holdings(order)
    settled = [row for row in order.payments if row.state == "settled"]
    pieces = {row.id: Piece(row) for row in reversed(settled)}
    for line, (units, money) in wanted.items():
        _split_money(holdings, pieces, settled, line, money)
        for row in settled:
            if row.role == "adjustment":
                pieces[row.id].lines[line.id] = _adjusted(holdings, row, line, units, money)
    return _some(pieces.values())


def shares_of(part: RefundPart) -> dict[UUID, int]:
    """How a part falls on the lines: line id -> minor units; empty for surplus."""
    rows = all_of(Share, part.merchant_id, Share.order_id == part.order_id, Share.refund_part_id == part.id)
    return {row.line_id: row.amount for row in rows}


def whole(order: Order, payment: Payment) -> Piece:
    """All that one payment holds, for a closed order."""
    holdings = Holdings(order)
    return Piece(payment, {line.id: left for line in order.lines if (left := holdings.left(payment, line.id))})


def _split_money(
    holdings: Holdings, pieces: Mapping[UUID, Piece], settled: Sequence[Payment], line: OrderLine, money: int
) -> None:
    tenders = [row for row in settled if row.role == "payable"]
    cash = [row for row in reversed(settled) if row.role == "cash"]
    held = [holdings.left(row, line.id) for row in tenders]
    in_cash = [holdings.left(row, line.id) for row in cash]
    weights = [*held, sum(in_cash)]
    if money > sum(weights):
        told = f"{money - sum(weights)} minor units more than was paid for {line.sku} cannot be given back."
        raise Refused(told, code="refund_ceiling")
    parts = allocate(money, weights, weights) if money else [0] * len(weights)
    for row, part in zip(tenders, parts, strict=False):
        pieces[row.id].lines[line.id] = part
    rest = parts[-1]
    for row, left in zip(cash, in_cash, strict=True):
        pieces[row.id].lines[line.id] = min(left, rest)
        rest -= min(left, rest)


def _adjusted(holdings: Holdings, row: Payment, line: OrderLine, units: int, money: int) -> int:
    """The cumulative floor of the adjustment's share, by money, or by units where nothing was paid for the line."""
    share, before = holdings.shared[row.id][line.id], holdings.back[row.id][line.id]
    if line.net:
        so_far, of = line.refunded_amount + line.refunding_amount + money, line.net
    else:
        so_far, of = line.refunded + line.refunding + units, line.quantity
    return max(0, share * so_far // of - before)


def _some(pieces: Iterable[Piece]) -> list[Piece]:
    for piece in pieces:
        piece.lines = {line: amount for line, amount in piece.lines.items() if amount}
    return [piece for piece in pieces if piece.amount]
