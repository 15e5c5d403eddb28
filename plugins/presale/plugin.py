"""Presale: the table of contents."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core import (
    AdjustmentDraft,
    Check,
    CheckoutEntry,
    EventSpec,
    InstalmentDraft,
    JobSpec,
    Move,
    MoveView,
    OrderView,
    Plugin,
    Quote,
    RefundDraft,
    Refused,
    hookimpl,
    transaction,
)
from plugins.presale import following, jobs, matching, refunding, routes, selling
from plugins.presale.checks import CHECKS
from plugins.presale.settings import Settings
from plugins.presale.terms import ENDS, ENTRY, MOVE_ENDS, MOVE_OPENS, MOVE_SHIP, NAME, OPENS, SHIP
from plugins.presale.texts import EVENTS

PENDING, PAID = "pending_payment", "paid"

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Presale", "zh": "预售"},
    api=">=1,<2",
    settings=Settings,
    permissions={"presale.read": "see presales and their orders", "presale.write": "make and change presales"},
)


@hookimpl
def register_checkout_entries() -> Sequence[CheckoutEntry]:
    """The entry `presale`."""
    return (selling.Presale(),)


@hookimpl
def register_moves() -> Mapping[str, Sequence[Move]]:
    """What the clocks of a presale order do; none of them leaves its node."""
    return {
        "order": (
            Move(MOVE_OPENS, f"clock:{OPENS}", PENDING, PENDING, (), "the final window has opened"),
            Move(MOVE_ENDS, f"clock:{ENDS}", PENDING, PENDING, (), "the final window ends soon"),
            Move(MOVE_SHIP, f"clock:{SHIP}", PAID, PAID, (), "the day has come when it may be sent"),
        )
    }


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Activities for buyers, and for staff."""
    return (routes.shop, routes.admin)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Compensations, and the hourly sweep."""
    return (JobSpec("compensate", jobs.compensate), JobSpec("sweep", jobs.sweep, every=3600))


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """What buyers and merchants read in their inboxes."""
    return EVENTS


@hookimpl
def register_checks() -> Sequence[Check]:
    """Counts, lines and orders agree."""
    return CHECKS


@hookimpl
def choose_layers(quote: Quote) -> Sequence[str] | None:
    """What may lower a presale price."""
    return selling.layers(quote)


@hookimpl
def add_adjustments(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """What deposits count for beyond their money."""
    return selling.inflation(quote) if layer == "activity" else ()


@hookimpl
def check_checkout(quote: Quote) -> None:
    """Something is left for the final; what is presold is not sold past its presale."""
    selling.check(quote)


@hookimpl
def choose_instalments(quote: Quote) -> Sequence[InstalmentDraft] | None:
    """Deposit and final, each with its window."""
    return selling.instalments(quote)


@hookimpl
def check_payment(order: OrderView) -> None:
    """Nobody pays while the final is being matched to a lower price."""
    if order.entry == ENTRY and order.payment_axis == "part":
        row = following.row_of(order)
        matching.wait_for_it(order, row, following.activity_of(row))


@hookimpl
def check_move(move: MoveView) -> None:
    """The price is locked."""
    if move.move == "reprice" and move.order.entry == ENTRY:
        raise Refused("The price of a presale order is locked: close it instead.", code="presale_price_locked")


@hookimpl
def add_hold_reasons(order: OrderView) -> Sequence[str]:
    """A paid order waits for its day."""
    return following.holds(order)


@hookimpl
def check_refund(refund: RefundDraft) -> None:
    """Whether the deposit goes back."""
    refunding.check(refund)


@hookimpl
def during_order_moved(move: MoveView) -> None:
    """Phases, clocks and units follow the order."""
    following.follow(move)


@hookimpl
def during_revival(order: OrderView) -> None:
    """An expired order lives again only with its units."""
    following.revive(order)


@hookimpl
def after_refund_settled(order_id: UUID) -> None:
    """Units that were given back are free for others."""
    with transaction():
        refunding.recount(order_id)
