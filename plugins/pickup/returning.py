"""What was fetched is given back in money only once it lies on the counter again."""

from typing import Any
from uuid import UUID

from core import (
    FieldError,
    Invalid,
    Order,
    RefundDraft,
    Refused,
    add,
    all_of,
    current_actor,
    current_merchant,
    flush,
    now,
)
from plugins.pickup import plans
from plugins.pickup.models import PickupReturn
from plugins.pickup.terms import NAME


def take_back(order: Order, lines: list[dict[str, Any]], remark: str | None) -> list[PickupReturn]:
    """So many fetched units were brought back. *order* is locked.

    :raises Invalid: more than were fetched and not brought back yet; every line at fault is named.
    """
    row = plans.of_order(order.id)
    known, back = {line.id: line for line in order.goods_lines}, returned(row.id)
    errors, made = [], []
    for n, one in enumerate(lines):
        line, units = known.pop(one["line_id"], None), one["quantity"]
        if line is None:
            errors.append(FieldError(f"/lines/{n}/line_id", "Each line of the order once, please.", "line"))
        elif units > (most := line.redeemed - back.get(line.id, 0)):
            message = f"{most} units of {line.sku} were fetched and not brought back, not {units}."
            errors.append(FieldError(f"/lines/{n}/quantity", message, "too_many"))
        else:
            made.append((line.id, units))
    if errors:
        raise Invalid("These units were not brought back.", code="units_refused", errors=errors)
    told = {"merchant_id": order.merchant_id, "pickup_id": row.id, "remark": remark, "by": current_actor().name}
    rows = [add(PickupReturn(line_id=line_id, quantity=units, at=now(), **told)) for line_id, units in made]
    flush()
    return rows


def returned(pickup_id: UUID) -> dict[UUID, int]:
    """Line -> units that were brought back."""
    back: dict[UUID, int] = {}
    for row in all_of(PickupReturn, current_merchant().id, PickupReturn.pickup_id == pickup_id):
        back[row.line_id] = back.get(row.line_id, 0) + row.quantity
    return back


def check_refund(refund: RefundDraft) -> None:
    """Units that were fetched are refunded once they were brought back; money without units is another matter.

    :raises Refused: more units than that.
    """
    order = refund.order
    if order.delivery_method != NAME or not any(units for units, _ in refund.lines.values()):
        return
    fetched = [line for line in order.lines if line.id in refund.lines and line.shipped]
    if not fetched:
        return
    back = returned(plans.of_order(order.id).id)
    for line in fetched:
        most = line.quantity - line.shipped + back.get(line.id, 0) - line.refunded - line.refunding
        if (units := refund.lines[line.id][0]) > most:
            told = f"{max(0, most)} units of {line.sku} can be given back, not {units}: the others were fetched."
            raise Refused(f"{told} Take them back at the counter first.", code="pickup_fetched")
