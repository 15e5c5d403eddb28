"""Split shipping: the table of contents."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core import (
    Allocation,
    Check,
    EventSpec,
    JobSpec,
    Move,
    MoveView,
    Plugin,
    Quote,
    StockView,
    hookimpl,
    lock_order,
    settings_of,
    transaction,
)
from plugins.split_shipping import checks, confirming, jobs, placing, routes
from plugins.split_shipping.settings import Settings

NAME = placing.NAME
AWAITING, SHIPPED = confirming.ON_THE_WAY
OPEN = ("no_open_refund",)

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Split shipping", "zh": "拆单发货"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "split_shipping.read": "see what each sub-shipment is worth",
        "split_shipping.rearrange": "let another warehouse send, merge and split what is not sent yet",
        "split_shipping.receive_shipment": "be offered to confirm one sub-shipment while others wait",
    },
)


@hookimpl
def register_moves() -> Mapping[str, Sequence[Move]]:
    """Sub-shipments are confirmed one by one, also while others wait; staff change what waits."""
    name, by = "receive_shipment", confirming.KIND
    return {
        "order": (
            Move(routes.MOVE, "staff", AWAITING, AWAITING, (), "staff change which warehouse sends what"),
            Move(name, "buyer", AWAITING, AWAITING, OPEN, "one of the shipments is here, others wait to be sent"),
            Move(name, "staff", AWAITING, AWAITING, OPEN, "one of the shipments is there, others wait to be sent"),
            Move(name, by, AWAITING, AWAITING, OPEN, "the time to confirm one of the shipments is over"),
            Move(name, by, SHIPPED, SHIPPED, OPEN, "the time to confirm one of the shipments is over"),
        )
    }


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for buyers and for staff."""
    return (routes.shop, routes.admin)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """The time of one sub-shipment, and the sweep."""
    return (JobSpec("confirm", jobs.confirm), JobSpec("sweep", jobs.sweep, every=300))


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """Warehouses hear when something else is to be sent."""
    texts = {"en": "Order {number}: other warehouses send it now.", "zh": "订单 {number} 的发货仓库已调整。"}
    fields = {"number": "the order", "move": "rearrange", "state": "where the order stands"}
    return (
        EventSpec(
            "order.rearrange", "staff changed which warehouse sends what", fields, ("merchant", "webhook"), texts
        ),
    )


@hookimpl
def register_checks() -> Sequence[Check]:
    """Clocks and shipments agree."""
    mend = "Switch the plugin on: the times of what is received go when they are up. What remains was changed by hand."
    return (Check("clocks_beside_their_shipments", checks.clocks_beside_their_shipments, mend),)


@hookimpl
def choose_allocation(quote: Quote, stock: Sequence[StockView]) -> Sequence[Allocation] | None:
    """Which warehouse sends what."""
    return placing.allocation(quote, stock, settings_of(NAME))


@hookimpl
def during_order_moved(move: MoveView) -> None:
    """Clocks of sub-shipments begin, stand still, run on or go."""
    confirming.follow(move)


@hookimpl
def after_track_changed(parcel_id: UUID, order_id: UUID, status: str) -> None:
    """A sub-shipment whose parcels are all signed for may count as received sooner."""
    if status == "signed":
        with transaction():
            confirming.note_signed(lock_order(order_id))


@hookimpl
def after_refund_settled(refund_part_id: UUID, order_id: UUID) -> None:
    """Clocks that the refund stopped run on."""
    with transaction():
        confirming.run_on(lock_order(order_id))
