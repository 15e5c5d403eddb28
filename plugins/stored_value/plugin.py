"""Stored value: the table of contents."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import (
    Check,
    CheckoutEntry,
    EventSpec,
    JobSpec,
    Move,
    MoveView,
    Option,
    OrderView,
    Plugin,
    Quote,
    RefundDraft,
    Tender,
    hookimpl,
)
from plugins.stored_value import handover, jobs, routes, sale
from plugins.stored_value.checks import CHECKS
from plugins.stored_value.settings import Options, Settings
from plugins.stored_value.tender import StoredValue
from plugins.stored_value.terms import ENTRY, NAME
from plugins.stored_value.texts import EVENTS

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Gift cards", "zh": "储值卡"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "stored_value.read": "see gift cards and what happened to them",
        "stored_value.sell": "say which gift cards are sold",
        "stored_value.issue": "issue gift cards by hand, and codes for them",
        "stored_value.change": "freeze, extend and adjust gift cards",
    },
)


@hookimpl
def register_tenders() -> Sequence[Tender]:
    """The tender `stored_value`."""
    return (StoredValue(),)


@hookimpl
def register_checkout_entries() -> Sequence[CheckoutEntry]:
    """The entry `stored_value_card`."""
    return (sale.CardSale(),)


@hookimpl
def register_options() -> Option:
    """Whether cards are presents for somebody else."""
    return Option(Options)


@hookimpl
def register_moves() -> Mapping[str, Sequence[Move]]:
    """An order of cards is completed when it is paid: there is nothing to send."""
    guards = ("nothing_holds", "stored_value_sells_cards")
    return {
        "order": [Move("stored_value_issue", "system", "paid", "completed", guards, "its cards are issued at once")]
    }


@hookimpl
def register_guards() -> Mapping[str, object]:
    """Which orders these are."""
    return {"stored_value_sells_cards": sale.sells_cards}


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Cards for buyers, and for staff."""
    return (routes.shop, routes.admin)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """What comes back every night."""
    return (
        JobSpec("expire", jobs.expire, daily_at="03:20", limit=600),
        JobSpec("follow_orders", jobs.follow_orders, daily_at="03:40", limit=600),
    )


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """Cards that expire."""
    return EVENTS


@hookimpl
def register_checks() -> Sequence[Check]:
    """Entries, holds, books and orders agree with the cards."""
    return CHECKS


@hookimpl
def check_checkout(quote: Quote) -> None:
    """Cards are bought on their own."""
    sale.check_checkout(quote)


@hookimpl
def check_payment(order: OrderView, channel: str) -> None:
    """Cards do not pay for cards."""
    sale.check_payment(order, channel)


@hookimpl
def check_move(move: MoveView) -> None:
    """Points do not pay for cards."""
    sale.check_move(move)


@hookimpl
def check_refund(refund: RefundDraft) -> None:
    """Only cards that nobody used are taken back."""
    handover.check_refund(refund)


@hookimpl
def during_order_moved(move: MoveView) -> None:
    """What was offered is kept when the order is placed; its cards follow what becomes of it."""
    if move.order.entry != ENTRY:
        return
    if move.move == "place":
        sale.remember(move.order)
    else:
        handover.follow(move.order.id, move.order.number, move.target)
