"""The two documents as lines of text: a receipt for the buyer, a pick list for whoever packs."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from core import Order, OrderLine, current_merchant, format_money
from plugins.printers.layout import centred, two_sided, wrapped
from plugins.printers.models import PrinterDevice

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "receipt": "收据", "pick_list": "拣货单", "order": "订单", "placed": "下单", "goods": "商品", "freight": "运费",
        "total": "应付", "paid": "已付", "to": "收货人", "note": "备注", "parcel": "快递", "units": "件数",
        "reprint": "补打", "doubtful": "可能重复，请核对",
    },
    "en": {
        "receipt": "Receipt", "pick_list": "Pick list", "order": "Order", "placed": "Placed", "goods": "Goods",
        "freight": "Freight", "total": "Total", "paid": "Paid", "to": "To", "note": "Note", "parcel": "Parcel",
        "units": "Units", "reprint": "Reprint", "doubtful": "May be a duplicate: check",
    },
}  # fmt: skip


def units_of(order: Order, warehouse_id: UUID | None) -> list[tuple[OrderLine, int]]:
    """Lines and units that concern a device: of its warehouse, or all that was not given back."""
    if warehouse_id is None:
        return [(line, line.quantity - line.refunded) for line in order.goods_lines if line.quantity > line.refunded]
    here: dict[UUID, int] = {}
    for row in order.reservations:
        if row.warehouse_id == warehouse_id and row.status != "released":
            here[row.line_id] = here.get(row.line_id, 0) + row.quantity - row.restocked
    return [(line, here[line.id]) for line in order.goods_lines if here.get(line.id)]


def lines_of(document: str, order: Order, device: PrinterDevice, *, reprint: bool, doubtful: bool) -> list[str]:
    """What is printed, line by line, none wider than the device."""
    label, width = LABELS[device.language], device.width
    marks = [label[name] for name, on in (("reprint", reprint), ("doubtful", doubtful)) if on]
    written = [*centred(label[document], width)]
    for mark in marks:
        written += centred(f"*** {mark} ***", width)
    written += two_sided(label["order"], order.number, width)
    written += two_sided(label["placed"], _local(order.placed_at), width)
    written.append("-" * width)
    written += {"receipt": _receipt, "pick_list": _pick_list}[document](order, device, label)
    return written


def _receipt(order: Order, device: PrinterDevice, label: Mapping[str, str]) -> Iterator[str]:
    width, currency = device.width, order.currency

    def money(name: str, amount: int) -> Iterator[str]:
        return two_sided(name, format_money(amount, currency), width)

    for line in order.goods_lines:
        yield from wrapped(line.title, width)
        yield from two_sided(
            f"{line.quantity} x {format_money(line.unit_price, currency)}", format_money(line.amount, currency), width
        )
    yield "-" * width
    yield from money(label["goods"], order.goods_amount)
    yield from money(label["freight"], order.freight_amount)
    for adjustment in order.adjustments:
        yield from money(adjustment.title, adjustment.amount)
    yield from money(label["total"], order.payable)
    yield from money(label["paid"], order.paid)
    yield "-" * width
    yield from centred(current_merchant().name, width)


def _pick_list(order: Order, device: PrinterDevice, label: Mapping[str, str]) -> Iterator[str]:
    width = device.width
    units = [(line, quantity) for line, quantity in units_of(order, device.warehouse_id) if not line.virtual]
    for line, quantity in units:
        yield from two_sided(f"[ ] {line.sku}", f"x {quantity}", width)
        yield from wrapped(line.title, width)
    yield "-" * width
    yield from two_sided(label["units"], str(sum(quantity for _, quantity in units)), width)
    if order.receiver:
        told = (order.receiver.get(name) for name in ("name", "phone", "address"))
        yield from wrapped(f"{label['to']}: " + " ".join(str(one) for one in told if one), width)
    if order.note:
        yield from wrapped(f"{label['note']}: {order.note}", width)
    for parcel in (parcel for shipment in order.shipments for parcel in shipment.parcels):
        if parcel.carrier and parcel.tracking_no:
            yield from wrapped(f"{label['parcel']}: {parcel.carrier} {parcel.tracking_no}", width)


def _local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(current_merchant().timezone)).strftime("%Y-%m-%d %H:%M")
