"""How much goes back: units, fair shares to the fen, freight. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.errors import FieldError, Invalid
from core.models import Order, OrderLine
from core.money import unit_share


@dataclass(frozen=True)
class Wanted:
    """What of one line shall go back. *amount* None = the fair share of its units."""

    line_id: UUID
    quantity: int
    amount: int | None = None


def everything(order: Order) -> dict[OrderLine, tuple[int, int]]:
    """All that nobody has asked back yet: line -> (units, minor units)."""
    rest = {line: (line.refundable_quantity, line.refundable_amount) for line in order.goods_lines}
    return {line: (units, money) for line, (units, money) in rest.items() if units or money}


def chosen_lines(order: Order, wanted: Sequence[Wanted]) -> dict[OrderLine, tuple[int, int]]:
    """What was asked for, in fair amounts.

    :raises Invalid: more than is left, of units or money; every line at fault is named.
    """
    lines = {line.id: line for line in order.goods_lines}
    chosen: dict[OrderLine, tuple[int, int]] = {}
    errors: list[FieldError] = []
    for n, want in enumerate(wanted):
        line = lines.get(want.line_id)
        if line is None or line in chosen:
            errors.append(FieldError(f"/lines/{n}/line_id", "Each line of the order once, please.", "line"))
        elif not 0 <= want.quantity <= line.refundable_quantity:
            message = f"{line.refundable_quantity} units of {line.sku} can be given back, not {want.quantity}."
            errors.append(FieldError(f"/lines/{n}/quantity", message, "too_many"))
        else:
            money = _fair(line, want.quantity) if want.amount is None else want.amount
            if not 0 <= money <= line.refundable_amount or not (want.quantity or money):
                message = f"{line.refundable_amount} minor units of {line.sku} can be given back, not {money}."
                errors.append(FieldError(f"/lines/{n}/amount", message, "too_much"))
            chosen[line] = (want.quantity, money)
    if errors:
        raise Invalid("This cannot be given back.", code="refund_refused", errors=errors)
    return chosen


def _fair(line: OrderLine, units: int) -> int:
    """The share of the next *units*; the last units take what is left, so that nothing is lost."""
    if units == line.refundable_quantity:
        return line.refundable_amount
    start = line.refunded + line.refunding
    return min(unit_share(line.net, line.quantity, start, units), line.refundable_amount)


def freight_part(order: Order, chosen: Mapping[OrderLine, tuple[int, int]], asked: int | None) -> int:
    """The freight that goes back with *chosen*: as asked, or all of it when nothing was sent and everything goes.

    :raises Invalid: more than is left of it.
    """
    line = order.freight_line
    most = line.refundable_amount if line else 0
    if asked is None:
        unsent = not any(goods.shipped for goods in order.goods_lines)
        whole = all(
            goods.refunded + goods.refunding + chosen.get(goods, (0, 0))[0] >= goods.quantity
            for goods in order.goods_lines
        )
        return most if unsent and whole else 0
    if asked > most:
        raise Invalid.field("/freight", f"{most} minor units of freight can be given back, not {asked}.", "too_much")
    return asked
