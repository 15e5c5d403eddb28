"""The quota and its tiers: units promised, locked by a deposit, sold by a final, free again; one statement a step."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import OrderView, add, all_of, db, flush
from plugins.presale import selling
from plugins.presale.models import PresaleActivity, PresaleItem, PresaleLine

#: tier -> the counts in which its units stand
COUNTED = {
    "reserved": ("placed",),
    "locked": ("placed", "deposit_paid"),
    "sold": ("placed", "deposit_paid", "final_paid"),
    "free": (),
}


def take(order: OrderView, activity: PresaleActivity, items: Iterable[PresaleItem]) -> None:
    """The order holds its units of the quota, or it is not placed.

    :raises Refused: the last ones went a moment ago, or one buyer would have too many.
    """
    lines = {line.variant_id: line for line in order.lines if line.variant_id}
    for item in sorted(items, key=lambda each: each.id):
        line = lines[item.variant_id]
        if not _count(order.merchant_id, item.id, line.quantity, ("placed",), _has_left(line.quantity)):
            raise selling.sold_out(item)
        # whoever else wants this item waits until we are done, so nobody has more than one may
        selling.within_limit(activity, item, order.customer_id, line.quantity)
        add(
            PresaleLine(
                merchant_id=order.merchant_id,
                order_id=order.id,
                line_id=line.id,
                item_id=item.id,
                customer_id=order.customer_id,
                units=line.quantity,
                tier="reserved",
            )
        )
    flush()


def take_again(order: OrderView, activity: PresaleActivity) -> None:
    """An expired order would live again. :raises Refused: somebody else has its units by now."""
    rows = lines_of(order.merchant_id, order.id)
    items = {item.id: item for item in all_of(PresaleItem, order.merchant_id, PresaleItem.activity_id == activity.id)}
    for row in rows:
        if row.tier != "free":
            continue
        if not _count(order.merchant_id, row.item_id, row.units, ("placed",), _has_left(row.units)):
            raise selling.sold_out(items[row.item_id])
        selling.within_limit(activity, items[row.item_id], order.customer_id, row.units)
        row.tier = "reserved"
    flush()


def move_to(merchant_id: int, order_id: UUID, tier: str) -> None:
    """All units of the order stand in *tier* now; those that are free stay free."""
    for row in lines_of(merchant_id, order_id):
        if row.tier in ("free", tier):
            continue
        before, after = COUNTED[row.tier], COUNTED[tier]
        _count(merchant_id, row.item_id, row.units, [name for name in after if name not in before])
        _count(merchant_id, row.item_id, -row.units, [name for name in before if name not in after])
        row.tier = tier
    flush()


def keep_only(merchant_id: int, order_id: UUID, units: dict[UUID, int]) -> None:
    """Units that were given back are free for others. *units*: order line id -> what is not given back."""
    for row in lines_of(merchant_id, order_id):
        back = row.units - units.get(row.line_id, row.units)
        if row.tier != "free" and back > 0:
            _count(merchant_id, row.item_id, -back, COUNTED[row.tier])
            row.units -= back
    flush()


def lines_of(merchant_id: int, order_id: UUID) -> list[PresaleLine]:
    """What the order holds, in the order in which items are locked."""
    rows = all_of(PresaleLine, merchant_id, PresaleLine.order_id == order_id)
    return sorted(rows, key=lambda row: row.item_id)


def _has_left(units: int) -> Any:
    """What makes the guard of the quota."""
    return PresaleItem.placed + units <= PresaleItem.quota


def _count(merchant_id: int, item_id: UUID, units: int, names: Iterable[str], *where: Any) -> bool:
    """Add *units* to these counts of one item, if *where* holds. :returns: whether it did."""
    changes = {name: getattr(PresaleItem, name) + units for name in names}
    if not changes:
        return True
    done: Any = db.session().execute(
        update(PresaleItem)
        .where(PresaleItem.merchant_id == merchant_id, PresaleItem.id == item_id, *where)
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)
