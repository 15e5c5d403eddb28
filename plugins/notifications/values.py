"""What the placeholders of a template stand for: the event's own data, and of its order what is listed here."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core import Customer, Event, Order, current_merchant, event_catalog, format_money, now

#: characters of one value at most
LONGEST: Final = 1000
MOST_LINES: Final = 20


def _goods(order: Order) -> str:
    lines = [f"{line.title} × {line.quantity}" for line in order.goods_lines]
    return "\n".join(lines[:MOST_LINES] + ["…"] * (len(lines) > MOST_LINES))


def _parcels(order: Order) -> str:
    boxes = [parcel for shipment in order.shipments for parcel in shipment.parcels]
    return "\n".join(f"{box.carrier} {box.tracking_no}" for box in boxes if box.carrier and box.tracking_no)


#: placeholder -> what it stands for, and how it is found
OF_ORDER: Final[Mapping[str, tuple[str, Callable[[Order], str]]]] = {
    "number": ("the order's number", lambda order: order.number),
    "total": ("what must be paid", lambda order: format_money(order.payable, order.currency)),
    "paid": ("what was paid", lambda order: format_money(order.paid, order.currency)),
    "refunded": ("what went back", lambda order: format_money(order.refunded, order.currency)),
    "goods": ("title and units of each line", _goods),
    "parcels": ("courier and number of each parcel", _parcels),
    "receiver": ("the receiver's name", lambda order: str((order.receiver or {}).get("name", ""))),
    "placed_at": ("when it was placed, the merchant's time", lambda order: _local(order.placed_at)),
}
OF_ANY: Final[Mapping[str, str]] = {
    "shop": "the merchant's name",
    "customer": "the buyer's name",
    "at": "when it happened, the merchant's time",
}


def placeholders(event: str) -> dict[str, str]:
    """Name -> meaning of all that a template of *event* may use."""
    spec = event_catalog().get(event)
    of_order = {name: meaning for name, (meaning, _) in OF_ORDER.items()}
    return {**OF_ANY, **of_order, **(spec.fields if spec else {})}


def values(event: Event, order: Order | None, customer: Customer | None) -> dict[str, str]:
    """What each placeholder says of this event. What the catalogue does not name is never told."""
    spec = event_catalog().get(event.name)
    found = {name: event.data.get(name) for name in (spec.fields if spec else ())}
    told = {"shop": current_merchant().name, "customer": customer.name if customer else None, "at": _local(event.at)}
    if order is not None:
        told |= {name: find(order) for name, (_, find) in OF_ORDER.items()}
    told |= {name: value for name, value in found.items() if value is not None}
    return {name: _text(value) for name, value in told.items() if value is not None}


def sample(event: str) -> dict[str, str]:
    """Values for a look at a template before anything has happened."""
    return {name: f"[{name}]" for name in placeholders(event)} | {"shop": current_merchant().name, "at": _local(now())}


def _text(value: Any) -> str:
    return str(value)[:LONGEST]


def _local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(current_merchant().timezone)).strftime("%Y-%m-%d %H:%M")
