"""In-store pickup: the table of contents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core import (
    NEVER,
    Allocation,
    Check,
    DeliveryMethod,
    EventSpec,
    JobSpec,
    Move,
    MoveView,
    Never,
    Option,
    OrderView,
    Plugin,
    Quote,
    RefundDraft,
    ShipmentDraft,
    StockView,
    hookimpl,
)
from plugins.pickup import delivery, jobs, leaving, plans, returning, routes
from plugins.pickup.checks import CHECKS
from plugins.pickup.settings import Options, Settings
from plugins.pickup.staff import routes as staff_routes
from plugins.pickup.terms import CLOCK, EXPIRE, LAPSE, NAME, is_pickup
from plugins.pickup.texts import EVENTS

FETCHED = ("pickup_is_fetched", "no_open_refund")

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Pickup in store", "zh": "到店自提"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "pickup.read": "see what is to be fetched and what was, and its sums",
        "pickup.write": "set hours, slots and closures of stores",
        "pickup.prepare": "say that goods lie ready at the store",
        "pickup.redeem": "look codes up and hand goods over",
        "pickup.take_back": "take fetched goods back at the counter",
    },
    roles={"clerk": ("pickup.read", "pickup.prepare", "pickup.redeem", "pickup.take_back")},
)


@hookimpl
def register_delivery_methods() -> Sequence[DeliveryMethod]:
    """The method `pickup`."""
    return (delivery.Pickup(),)


@hookimpl
def register_options() -> Option:
    """Which store, and when."""
    return Option(Options)


@hookimpl
def register_moves() -> Mapping[str, Sequence[Move]]:
    """What was handed over is received and completed at once; what nobody fetched goes back, or is kept."""
    awaiting, shipped, received, completed = "awaiting_shipment", "shipped", "received", "completed"
    return {
        "order": (
            Move("pickup_receive", "system", shipped, received, FETCHED, "the buyer has it in hand"),
            Move("pickup_complete", "system", received, completed, FETCHED, "what is fetched is settled at once"),
            Move(EXPIRE, CLOCK, awaiting, "refunding", ("refund_covers_all",), "nobody came; everything goes back"),
            Move(EXPIRE, CLOCK, awaiting, awaiting, (), "nobody came for the rest; it goes back"),
            Move(LAPSE, CLOCK, awaiting, shipped, ("pickup_is_fetched",), "nobody came; the shop keeps what was paid"),
        )
    }


@hookimpl
def register_guards() -> Mapping[str, object]:
    """Which orders these are."""
    return {"pickup_is_fetched": is_pickup}


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for buyers and for staff."""
    return (routes.shop, staff_routes.admin)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Codes that expire."""
    return (
        JobSpec("remind", jobs.remind),
        JobSpec("expire", jobs.expire),
        JobSpec("leave_slot", jobs.leave_slot),
        JobSpec("sweep", jobs.sweep, every=600, limit=300),
    )


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """What buyers and staff hear."""
    return EVENTS


@hookimpl
def register_checks() -> Sequence[Check]:
    """Sums, units, codes and slots."""
    return CHECKS


@hookimpl
def check_checkout(quote: Quote) -> None:
    """A store is chosen for what is fetched only."""
    delivery.refuse_elsewhere(quote)


@hookimpl
def choose_allocation(quote: Quote, stock: Sequence[StockView]) -> Sequence[Allocation] | None:
    """The goods of the store."""
    return delivery.allocation(quote, stock)


@hookimpl
def choose_deadline(order: OrderView, kind: str, channel: str | None) -> datetime | Never | None:
    """Nobody has to confirm what was handed over by hand."""
    return NEVER if is_pickup(order) and kind in ("confirm", "confirm_reminder", "settle") else None


@hookimpl
def check_move(move: MoveView) -> None:
    """Goods stay at the store where they are fetched."""
    leaving.check_move(move)


@hookimpl
def check_shipment(shipment: ShipmentDraft) -> None:
    """Goods leave against their code only."""
    leaving.check_shipment(shipment)


@hookimpl
def check_refund(refund: RefundDraft) -> None:
    """What was fetched is brought back first."""
    returning.check_refund(refund)


@hookimpl
def during_order_moved(move: MoveView) -> None:
    """A pickup follows its order."""
    plans.follow(move)


@hookimpl
def during_revival(order: OrderView) -> None:
    """An expired order lives again only if its slot has a place."""
    plans.take_back(order)
