"""Rows of one parcel against their order as it stands: which sub-shipment, which units, or why not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core import Order, Parcel, Shipment
from plugins.bulk_orders.cells import Wrong, with_noughts

#: may be sent, beside what earlier rows of the same file take: shipment id -> line id -> units
Taken = dict[UUID, dict[UUID, int]]


@dataclass(frozen=True)
class Wanted:
    """What the rows of one parcel want. :param units: article -> units; empty = all that is left."""

    shipment: str | None
    carrier: str
    tracking_no: str
    units: Mapping[str, int] = field(default_factory=dict)


def look_up_store(order: Order, store_ids: Collection[str]) -> None:
    """An order of a store that is not the caller's is none.

    :raises Wrong: it is one.
    """
    if store_ids and str(order.store_id) not in store_ids:
        raise Wrong("not_found", "order", f"There is no order {order.number} in your stores.")


def sent_before(order: Order, wanted: Wanted) -> Parcel | None:
    """The parcel that has this number already, if it holds what is wanted.

    :raises Wrong: it holds something else.
    """
    found = [
        (shipment, parcel)
        for shipment in order.shipments
        for parcel in shipment.parcels
        if (parcel.carrier, parcel.tracking_no) == (wanted.carrier, wanted.tracking_no)
    ]
    if not found:
        return None
    skus = {str(line.id): line.sku for line in order.lines}
    for shipment, parcel in found:
        held: dict[str, int] = {}
        for line_id, units in parcel.contents.items():
            held[skus[line_id]] = held.get(skus[line_id], 0) + units
        if wanted.shipment in (None, shipment.number) and (not wanted.units or held == dict(wanted.units)):
            return parcel
    text = f"Order {order.number} has a parcel {wanted.tracking_no} of {wanted.carrier} with other articles in it."
    raise Wrong("number_taken", "tracking_no", text)


def fit(order: Order, wanted: Wanted, taken: Taken) -> tuple[Shipment, dict[UUID, int]]:
    """The sub-shipment and the units that would be sent; they are noted down in *taken*.

    :raises Wrong: the order does not wait for shipment, or not so much of it is left.
    """
    if order.state != "awaiting_shipment":
        raise Wrong("not_awaiting", "order", f"Order {order.number} is {order.state}, not awaiting_shipment.")
    shipment = _shipment(order, wanted.shipment)
    gone = taken.setdefault(shipment.id, {})
    lines = {line.id: line for line in order.goods_lines}
    free = {
        row.line_id: max(0, min(row.unshipped, lines[row.line_id].shippable) - gone.get(row.line_id, 0))
        for row in shipment.lines
    }
    if wanted.units:
        skus = {line_id: lines[line_id].sku for line_id in free}
        units = _some(shipment, free, skus, wanted.units)
    else:
        units = {line_id: count for line_id, count in free.items() if count}
        if not units:
            raise Wrong("nothing_to_send", "order", f"Nothing of sub-shipment {shipment.number} is left to send.")
    for line_id, count in units.items():
        gone[line_id] = gone.get(line_id, 0) + count
    return shipment, units


def _shipment(order: Order, number: str | None) -> Shipment:
    if number is not None:
        found = next((one for one in order.shipments if one.number == number), None)
        if found is None:
            numbers = ", ".join(one.number for one in order.shipments)
            raise Wrong("not_found", "shipment", f"Order {order.number} has no sub-shipment {number}, but {numbers}.")
        return found
    still = [one for one in order.shipments if one.state in ("waiting", "part_shipped")]
    if len(still) != 1:
        numbers = ", ".join(one.number for one in still)
        raise Wrong("required", "shipment", f"Say which sub-shipment this parcel belongs to: {numbers}.")
    return still[0]


def _some(
    shipment: Shipment, free: Mapping[UUID, int], skus: Mapping[UUID, str], wanted: Mapping[str, int]
) -> dict[UUID, int]:
    units: dict[UUID, int] = {}
    for sku, count in wanted.items():
        there: Sequence[UUID] = [line_id for line_id in free if skus[line_id] == sku]
        if not there:
            longer = with_noughts(sku, lambda text: text in skus.values())
            code, hint = (
                ("leading_zeros", f" Was it {longer}, whose noughts a spreadsheet took away?")
                if longer
                else ("not_found", f" It has {', '.join(sorted(set(skus.values())))}.")
            )
            raise Wrong(code, "sku", f"Sub-shipment {shipment.number} has no article {sku}.{hint}")
        left = count
        for line_id in there:
            step = min(left, free[line_id])
            if step:
                units[line_id], left = step, left - step
        if left:
            text = f"{count - left} units of {sku} may be sent with sub-shipment {shipment.number}, not {count}."
            raise Wrong("too_many", "quantity", text)
    return units
