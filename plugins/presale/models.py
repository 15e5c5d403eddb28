"""Activities, what each sells at which terms, the orders they brought, and which units those hold."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import Base, Tenant, belongs_to, minor_units, one_of
from plugins.presale.terms import KINDS, PHASES

#: units promised to an unpaid order, locked by a deposit, sold by a final, and free again
TIERS = ("reserved", "locked", "sold", "free")


class PresaleActivity(Tenant, Base):
    """One presale: its windows and its terms, which never change once orders may rely on them."""

    __tablename__ = "presale_activities"
    __table_args__ = (
        CheckConstraint("deposit_starts_at < deposit_ends_at AND deposit_ends_at <= ends_at", name="windows"),
        CheckConstraint("(kind = 'deposit') = (final_starts_at IS NOT NULL)", name="final"),
        CheckConstraint("(ship_at IS NULL) <> (ship_days IS NULL)", name="ship"),
    )
    #: language -> text
    title: Mapped[dict[str, Any]]
    kind: Mapped[str] = one_of(*KINDS)
    #: no new orders while it is off; those that are there go on
    enabled: Mapped[bool] = mapped_column(default=True)
    #: when deposits are taken; of a `full` one: when it is sold
    deposit_starts_at: Mapped[datetime]
    deposit_ends_at: Mapped[datetime]
    final_starts_at: Mapped[datetime | None]
    #: the end of its last window: of the final, or of the sale
    ends_at: Mapped[datetime]
    #: goods leave on this day, or so many days after the order is paid
    ship_at: Mapped[datetime | None]
    ship_days: Mapped[int | None]
    #: units of one SKU that one buyer may have; 0 = any number
    per_buyer: Mapped[int] = mapped_column(default=0)
    stack_coupons: Mapped[bool] = mapped_column(default=False)
    stack_member: Mapped[bool] = mapped_column(default=False)
    #: whether the SKU may be bought at its list price meanwhile
    list_price_too: Mapped[bool] = mapped_column(default=False)
    #: whether the deposit goes back though the buyer did not pay the final, or gave the order up
    return_deposit: Mapped[bool] = mapped_column(default=False)
    #: whether the deposit goes back with an order that is paid whole and not sent
    deposit_after_final: Mapped[bool] = mapped_column(default=True)
    #: whether a list price that fell below the locked one lowers the final
    match_lower: Mapped[bool] = mapped_column(default=False)
    #: hours before the end of the final window when the buyer is reminded; 0 = never
    remind_hours: Mapped[int] = mapped_column(default=0)
    #: per cent of the deposit that the merchant pays on top of giving it back, for not supplying
    compensation_percent: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class PresaleItem(Tenant, Base):
    """One SKU of an activity. The counts are units of living orders: placed, with the deposit paid, paid whole."""

    __tablename__ = "presale_items"
    __table_args__ = (
        UniqueConstraint("merchant_id", "activity_id", "variant_id"),
        CheckConstraint(
            "0 <= final_paid AND final_paid <= deposit_paid AND deposit_paid <= placed AND placed <= quota",
            name="counts",
        ),
        CheckConstraint("0 <= deposit AND deposit <= worth AND worth < price", name="terms"),
    )
    activity_id: Mapped[UUID] = belongs_to("presale_activities")
    variant_id: Mapped[UUID] = belongs_to("variants")
    #: per unit: the locked price, the deposit, and what the deposit counts for (its inflation is no money)
    price: Mapped[int] = minor_units()
    deposit: Mapped[int] = minor_units()
    worth: Mapped[int] = minor_units()
    quota: Mapped[int]
    placed: Mapped[int] = mapped_column(default=0)
    deposit_paid: Mapped[int] = mapped_column(default=0)
    final_paid: Mapped[int] = mapped_column(default=0)


class PresaleOrder(Tenant, Base):
    """One order of an activity, and what it waits for."""

    __tablename__ = "presale_orders"
    __table_args__ = (UniqueConstraint("merchant_id", "order_id"),)
    order_id: Mapped[UUID] = belongs_to("orders", index=False)
    activity_id: Mapped[UUID] = belongs_to("presale_activities")
    phase: Mapped[str] = one_of(*PHASES)
    #: minor units of its first instalment; 0 where it is paid at once
    deposit: Mapped[int] = minor_units()
    #: minor units that the merchant owes on top; when they were paid
    compensation: Mapped[int] = minor_units(default=0)
    compensated_at: Mapped[datetime | None]


class PresaleLine(Tenant, Base):
    """The units that one line of an order holds of an item's quota."""

    __tablename__ = "presale_lines"
    __table_args__ = (
        UniqueConstraint("merchant_id", "line_id"),
        CheckConstraint("units >= 0", name="units"),
    )
    order_id: Mapped[UUID] = belongs_to("orders")
    line_id: Mapped[UUID] = belongs_to("order_lines", index=False)
    item_id: Mapped[UUID] = belongs_to("presale_items")
    customer_id: Mapped[UUID] = belongs_to("customers", index=False)
    units: Mapped[int]
    tier: Mapped[str] = one_of(*TIERS)
