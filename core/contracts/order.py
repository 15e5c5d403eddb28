"""Frozen pictures of an order and of a move, built from rows in hand: what hooks inside a transaction get."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

#: the nodes an order can stand in, as merchants know them; they are closed: a plugin adds none
NODES = (
    "pending_payment",
    "paid",
    "awaiting_shipment",
    "shipped",
    "received",
    "completed",
    "closed",
    "refunding",
    "refunded",
)


@dataclass(frozen=True)
class LineView:
    """One line; amounts in minor units, see ``core/models/order.py`` for each."""

    id: UUID
    position: int
    kind: str
    variant_id: UUID | None
    sku: str
    title: str
    category: str | None
    unit_price: int
    quantity: int
    amount: int
    net: int
    shipped: int
    received: int
    refunded: int
    refunding: int
    virtual: bool


@dataclass(frozen=True)
class AdjustmentView:
    """One reason why the order costs more or less; `amount` is signed minor units, `source` the plugin's name."""

    layer: str
    source: str
    ref: str | None
    title: str
    amount: int


@dataclass(frozen=True)
class OrderView:
    """One order as it stood when the hook was asked."""

    merchant_id: int
    id: UUID
    number: str
    kind: str
    entry: str
    state: str
    version: int
    store_id: UUID | None
    customer_id: UUID
    currency: str
    delivery_method: str
    receiver: Mapping[str, Any] | None
    options: Mapping[str, Any]
    goods_amount: int
    freight_amount: int
    payable: int
    paid: int
    refunded: int
    payment_axis: str
    fulfilment_axis: str
    refund_axis: str
    first_order: bool
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    lines: tuple[LineView, ...]
    adjustments: tuple[AdjustmentView, ...] = ()


@dataclass(frozen=True)
class MoveView:
    """One move about to be written (``check_move``) or just written (``during_order_moved``)."""

    order: OrderView
    move: str
    by: str
    source: str | None
    target: str
    actor_kind: str
    actor_id: UUID | None
    remark: str | None
    at: datetime


@dataclass(frozen=True)
class ShipmentDraft:
    """What is about to be sent: ``check_shipment``. *units*: order line id -> units."""

    order: OrderView
    units: Mapping[UUID, int]
    carrier: str | None
    tracking_no: str | None


@dataclass(frozen=True)
class RefundDraft:
    """What is about to be given back: ``check_refund``.

    :param lines: order line id -> (units, minor units).
    :param freight: minor units of freight.
    """

    order: OrderView
    lines: Mapping[UUID, tuple[int, int]]
    freight: int
    amount: int
    reason: str
    destination: str
