"""The order, its lines, and what makes up their price."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.contracts.order import NODES
from core.models.payment import Instalment, Payment, Refund
from core.models.record import Deadline
from core.models.shipment import Shipment
from core.models.stock import Reservation
from core.tables import Base, Stateful, Tenant, belongs_to, minor_units, one_of


class Order(Tenant, Stateful, Base):
    """One purchase from placing to its end. Amounts in minor units of `currency`."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("merchant_id", "number"),
        CheckConstraint("state IN ({})".format(", ".join(f"'{node}'" for node in NODES)), name="state"),
        CheckConstraint("payable >= 0 AND paid >= 0 AND refunded >= 0 AND refunded <= paid", name="money"),
        Index("ix_orders_by_state", "merchant_id", "state", "id"),
        Index("ix_orders_by_customer", "merchant_id", "customer_id", "id"),
    )
    lifecycle = "order"
    number: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    entry: Mapped[str] = mapped_column(String(40))
    store_id: Mapped[UUID | None] = belongs_to("stores", index=False)
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str | None] = mapped_column(String(10))
    delivery_method: Mapped[str] = mapped_column(String(40))
    #: name, phone, region, address, as they were when placed or last edited; None when nothing is sent
    receiver: Mapped[dict[str, Any] | None]
    #: what the buyer chose of each plugin: plugin name -> validated options
    options: Mapped[dict[str, Any]]
    note: Mapped[str | None] = mapped_column(String(500))
    remark: Mapped[str | None] = mapped_column(String(500))

    #: the node `refunding` was entered from
    resume_state: Mapped[str | None] = mapped_column(String(40))
    #: goods at list price; freight before discounts; what must be paid; what was; what went back
    goods_amount: Mapped[int] = minor_units()
    freight_amount: Mapped[int] = minor_units()
    payable: Mapped[int] = minor_units()
    paid: Mapped[int] = minor_units(default=0)
    refunded: Mapped[int] = minor_units(default=0)
    #: derived from the rows, written only by `services/axes.py`
    payment_axis: Mapped[str] = one_of("none", "part", "paid", default="none")
    fulfilment_axis: Mapped[str] = one_of("none", "part", "shipped", "received", default="none")
    refund_axis: Mapped[str] = one_of("none", "applying", "part", "all", default="none")

    first_order: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    #: why it waits in `paid` for a member of staff; None = it does not
    risk_hold: Mapped[str | None]
    extended: Mapped[int] = mapped_column(default=0)
    close_reason: Mapped[str | None] = mapped_column(String(60))
    #: seq of the last event about this order
    event_seq: Mapped[int] = mapped_column(default=0)
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    lines: Mapped[list["OrderLine"]] = relationship(viewonly=True, order_by="OrderLine.position")
    adjustments: Mapped[list["Adjustment"]] = relationship(viewonly=True, order_by="Adjustment.position")
    instalments: Mapped[list[Instalment]] = relationship(viewonly=True, order_by=Instalment.position)
    payments: Mapped[list[Payment]] = relationship(viewonly=True, order_by=Payment.id)
    refunds: Mapped[list[Refund]] = relationship(viewonly=True, order_by=Refund.id)
    shipments: Mapped[list[Shipment]] = relationship(viewonly=True, order_by=Shipment.position)
    reservations: Mapped[list[Reservation]] = relationship(viewonly=True, order_by=Reservation.id)
    deadlines: Mapped[list[Deadline]] = relationship(viewonly=True)

    @property
    def own_refunds(self) -> list[Refund]:
        """Refunds of what the order was paid; surplus goes back without the order noticing."""
        return [refund for refund in self.refunds if refund.kind == "order"]

    @property
    def goods_lines(self) -> list["OrderLine"]:
        """Every line but the freight."""
        return [line for line in self.lines if line.kind == "goods"]

    @property
    def freight_line(self) -> "OrderLine | None":
        """The order's one line of kind `freight`, if anything is charged or sent."""
        return next((line for line in self.lines if line.kind == "freight"), None)


class OrderLine(Tenant, Base):
    """Goods, or the freight (quantity 1), as bought: the product may change, this does not."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND unit_price >= 0 AND amount >= 0 AND net >= 0", name="amounts"),
        CheckConstraint("shipped >= 0 AND shipped <= quantity", name="shipped"),
        CheckConstraint("received >= 0 AND received <= shipped", name="received"),
        CheckConstraint("redeemed >= 0 AND redeemed <= quantity", name="redeemed"),
        CheckConstraint("refunded >= 0 AND refunding >= 0 AND refunded + refunding <= quantity", name="refunded"),
        CheckConstraint(
            "refunded_amount >= 0 AND refunding_amount >= 0 AND refunded_amount + refunding_amount <= net",
            name="refunded_amount",
        ),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    position: Mapped[int]
    kind: Mapped[str] = one_of("goods", "freight")
    variant_id: Mapped[UUID | None] = belongs_to("variants", index=False)
    sku: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(400))
    category: Mapped[str | None] = mapped_column(String(100))
    picture: Mapped[str | None] = mapped_column(String(500))
    unit_price: Mapped[int] = minor_units()
    quantity: Mapped[int]
    #: unit_price x quantity
    amount: Mapped[int] = minor_units()
    #: amount with its shares of all adjustments: what is really paid for this line
    net: Mapped[int] = minor_units()
    weight_grams: Mapped[int] = mapped_column(default=0)
    virtual: Mapped[bool] = mapped_column(default=False)
    #: units sent, signed for, redeemed, given back, and asked back but not decided
    shipped: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    redeemed: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    refunding: Mapped[int] = mapped_column(default=0)
    #: money given back, and on its way back
    refunded_amount: Mapped[int] = minor_units(default=0)
    refunding_amount: Mapped[int] = minor_units(default=0)

    @property
    def refundable_quantity(self) -> int:
        """Units nobody has asked back yet."""
        return self.quantity - self.refunded - self.refunding

    @property
    def refundable_amount(self) -> int:
        """Minor units of this line that are neither given back nor on their way."""
        return self.net - self.refunded_amount - self.refunding_amount

    @property
    def shippable(self) -> int:
        """Units that may be sent now. Of units asked back, those that were never sent count first."""
        asked_back = min(self.refunded + self.refunding, self.quantity - self.shipped)
        return self.quantity - self.shipped - asked_back if self.kind == "goods" else 0

    @property
    def left_to_ship(self) -> int:
        """Units that are still owed: as `shippable`, but a refund that may yet be withdrawn does not count."""
        given_back = min(self.refunded, self.quantity - self.shipped)
        return self.quantity - self.shipped - given_back if self.kind == "goods" else 0

    @property
    def asked_back(self) -> bool:
        """Its quantity or its value has gone back whole, or will if open refunds succeed."""
        back = self.refunded_amount + self.refunding_amount
        return self.refunded + self.refunding >= self.quantity or (self.net > 0 and back >= self.net)

    @property
    def given_back(self) -> bool:
        """Its quantity or its value has gone back whole."""
        return self.refunded >= self.quantity or (self.net > 0 and self.refunded_amount >= self.net)


class Adjustment(Tenant, Base):
    """One reason why the order costs more or less than its list prices; `amount` is signed (a discount is negative)."""

    __tablename__ = "adjustments"
    order_id: Mapped[UUID] = belongs_to("orders")
    position: Mapped[int]
    layer: Mapped[str] = one_of("activity", "member", "promotion", "coupon", "points", "freight", "reprice")
    #: the plugin that gave it, or "core"
    source: Mapped[str] = mapped_column(String(60))
    ref: Mapped[str | None] = mapped_column(String(100))
    title: Mapped[str]
    amount: Mapped[int] = minor_units()


class Share(Tenant, Base):
    """What part of an adjustment, a payment or a refund part falls on one line; signed like its whole."""

    __tablename__ = "shares"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN adjustment_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN payment_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN refund_part_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_whole",
        ),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    line_id: Mapped[UUID] = belongs_to("order_lines", index=False)
    adjustment_id: Mapped[UUID | None] = belongs_to("adjustments", index=False)
    payment_id: Mapped[UUID | None] = belongs_to("payments", index=False)
    refund_part_id: Mapped[UUID | None] = belongs_to("refund_parts", index=False)
    amount: Mapped[int] = minor_units()
