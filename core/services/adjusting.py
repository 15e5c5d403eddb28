"""Lowering what is still to be paid of an order of which a part may be paid already."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from core.db import add, db, flush
from core.errors import Refused
from core.lifecycles import PENDING
from core.models import Adjustment, Instalment, Order, OrderLine, Share
from core.money import allocate
from core.services import guards


def adjust(order: Order, amounts: Mapping[UUID, int], *, title: str, source: str, ref: str | None = None) -> int:
    """Take so much off these lines, and off the instalments that nobody has begun to pay. *order* is locked.

    What is paid stays paid, and of each of those instalments at least 1 stays to be paid: what would be more is not
    taken off. :param amounts: order line id -> positive minor units. :param source: the plugin that gives it.

    :returns: what was taken off.
    :raises Refused: the order waits for no money, or somebody is paying it at this moment.
    """
    if order.state != PENDING:
        raise Refused(f"Order {order.number} is {order.state}: its price is settled.", code="not_unpaid")
    held = any(row.role == "payable" and row.state == "open" for row in order.payments)
    if held or not guards.no_live_attempt(order):
        raise Refused(f"Somebody is paying order {order.number} at this moment.", code="payment_begun")
    untouched = [row for row in order.instalments if row.settled_at is None and row.paid == 0]
    lines = [line for line in order.goods_lines if amounts.get(line.id, 0) > 0]
    wanted = [min(amounts[line.id], left) for line, left in zip(lines, _unpaid(order, lines), strict=True)]
    off = min(sum(wanted), sum(max(0, row.amount - 1) for row in untouched))
    if off > 0:
        _write(order, lines, allocate(off, wanted, wanted), title, source, ref)
        _lower(untouched, off)
        order.payable -= off
    return max(0, off)


def _unpaid(order: Order, lines: Sequence[OrderLine]) -> list[int]:
    """Per line: its net less the money that has fallen on it."""
    flush()
    paid = {line.id: 0 for line in lines}
    mine = (Share.merchant_id == order.merchant_id, Share.order_id == order.id, Share.payment_id.is_not(None))
    for share in db.session().scalars(select(Share).where(*mine)):
        if share.line_id in paid:
            paid[share.line_id] += share.amount
    return [line.net - paid[line.id] for line in lines]


def _write(
    order: Order, lines: Sequence[OrderLine], parts: Sequence[int], title: str, source: str, ref: str | None
) -> None:
    row = add(
        Adjustment(
            merchant_id=order.merchant_id,
            order_id=order.id,
            position=len(order.adjustments),
            layer="activity",
            source=source,
            ref=ref,
            title=title,
            amount=-sum(parts),
        )
    )
    order.adjustments.append(row)
    for line, part in zip(lines, parts, strict=True):
        line.net -= part
        add(
            Share(
                merchant_id=order.merchant_id,
                order_id=order.id,
                line_id=line.id,
                adjustment_id=row.id,
                amount=-part,
            )
        )


def _lower(instalments: Sequence[Instalment], off: int) -> None:
    """The last ones first: they are the furthest away."""
    for row in reversed(instalments):
        part = max(0, min(off, row.amount - 1))
        row.amount -= part
        off -= part
