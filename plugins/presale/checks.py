"""What must be true of presales: counts are the units of their lines, and lines stand where their orders stand."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, and_, case, cast, func, or_, select

from core import Check, Order, db
from plugins.presale.counting import COUNTED
from plugins.presale.models import PresaleItem, PresaleLine, PresaleOrder
from plugins.presale.terms import ENTRY

#: where a paid order holds what it bought
SOLD = ("paid", "awaiting_shipment", "shipped", "received", "completed", "refunding")
OVER = ("closed", "refunded")


def counts_beside_their_lines() -> Sequence[str]:
    """Items whose counts are not those of the lines that hold them."""
    item, line = PresaleItem, PresaleLine
    same = and_(line.merchant_id == item.merchant_id, line.item_id == item.id)
    said = (item.placed, item.deposit_paid, item.final_paid)
    held = [_units(column.key) for column in said]
    query = select(item.merchant_id, item.id, *said, *held).outerjoin(line, same)
    rows = db.session().execute(query.group_by(item.merchant_id, item.id, *said))
    return [
        f"merchant {merchant}: presale item {item_id} counts {counts}, its lines hold {lines}"
        for merchant, item_id, *numbers in rows
        if (counts := tuple(numbers[:3])) != (lines := tuple(map(int, numbers[3:])))
    ]


def lines_beside_their_orders() -> Sequence[str]:
    """Lines whose units stand where their order does not."""
    line = PresaleLine
    same = and_(Order.merchant_id == line.merchant_id, Order.id == line.order_id)
    unpaid = Order.state == "pending_payment"
    right = or_(
        and_(line.tier == "reserved", unpaid),
        and_(line.tier == "locked", unpaid, Order.payment_axis != "none"),
        and_(line.tier == "sold", Order.state.in_(SOLD)),
        and_(line.tier == "free", Order.state.in_(OVER)),
    )
    query = select(line.merchant_id, Order.number, Order.state, line.tier).join(Order, same).where(~right)
    return [
        f"merchant {merchant}: order {number} is {state} and its presale units are {tier}"
        for merchant, number, state, tier in db.session().execute(query)
    ]


def orders_without_their_presale() -> Sequence[str]:
    """Presale orders that nobody follows, or whose phase is not where they stand."""
    row = PresaleOrder
    same = and_(Order.merchant_id == row.merchant_id, Order.id == row.order_id)
    wrong = or_(
        row.id.is_(None),
        and_(row.phase.in_(("deposit_due", "waiting", "final_due")), Order.state != "pending_payment"),
        and_(row.phase == "paid", Order.state.not_in(SOLD)),
        and_(row.phase == "closed", Order.state.not_in(OVER)),
    )
    query: Any = select(Order.merchant_id, Order.number, Order.state, row.phase).outerjoin(row, same)
    return [
        f"merchant {merchant}: presale order {number} is {state}, its phase is {phase}"
        for merchant, number, state, phase in db.session().execute(query.where(Order.entry == ENTRY, wrong))
    ]


def _units(count: str) -> Any:
    tiers = [tier for tier, names in COUNTED.items() if count in names]
    return cast(func.coalesce(func.sum(case((PresaleLine.tier.in_(tiers), PresaleLine.units), else_=0)), 0), Integer)


_SWEEP = "Switch the plugin on: its hourly job frees units of orders that are over. What remains was changed by hand."
CHECKS = (
    Check("presale_counts", counts_beside_their_lines, "Write what the lines hold into the counts of the item."),
    Check("presale_lines", lines_beside_their_orders, _SWEEP),
    Check("presale_orders", orders_without_their_presale, _SWEEP),
)
