"""Balance and points: the table of contents."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from core import (
    AdjustmentDraft,
    Check,
    CheckoutEntry,
    EventSpec,
    Move,
    MoveView,
    Option,
    OrderView,
    Plugin,
    Quote,
    RefundDraft,
    Tender,
    hookimpl,
    lock_order,
    transaction,
)
from plugins.balance_points import checks, earning, recharge, routes, spending
from plugins.balance_points.balance import Balance
from plugins.balance_points.passwords import routes as passwords
from plugins.balance_points.points import Points
from plugins.balance_points.settings import Options, Settings, check
from plugins.balance_points.terms import NAME, POINTS

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Balance and points", "zh": "余额与积分"},
    api=">=1,<2",
    settings=Settings,
    check=check,
    permissions={
        "balance_points.read": "see balance, points and withdrawals of customers",
        "balance_points.adjust": "put balance and points of customers right",
        "balance_points.password": "take away pay passwords that customers forgot",
        "balance_points.decide": "approve and refuse withdrawals",
        "balance_points.pay": "say that a withdrawal was paid out",
    },
)


@hookimpl
def register_tenders() -> Sequence[Tender]:
    """Balance pays, points lower the price."""
    return (Balance(), Points())


@hookimpl
def register_checkout_entries() -> Sequence[CheckoutEntry]:
    """The way to fill a balance."""
    return (recharge.Recharge(),)


@hookimpl
def register_options() -> Option:
    """How many points to spend, or what to pay in."""
    return Option(Options)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for buyers and for staff."""
    return (routes.shop, passwords.shop, routes.admin, passwords.admin)


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """What staff want to hear of."""
    return (
        EventSpec(
            f"{NAME}.withdrawal_asked",
            "A customer wants balance paid out.",
            {"number": "the withdrawal's number", "amount": "minor units", "currency": "of the amount"},
            audiences=("merchant", "webhook"),
            texts={"en": "Withdrawal {number} waits for a decision.", "zh": "提现申请 {number} 待审核。"},
        ),
    )


@hookimpl
def register_checks() -> Sequence[Check]:
    """Entries, accounts and books agree."""
    mend = "Find the entry that is missing or wrong, and who wrote past it; then adjust the account with a remark."
    return (
        Check("balance_points_entries", checks.entries_and_accounts, mend),
        Check("balance_points_books", checks.books_and_accounts, mend),
    )


@hookimpl
def register_moves() -> Mapping[str, Sequence[Move]]:
    """A recharge is complete when it is paid: nothing has to be sent."""
    guards = ("balance_points_fills", "nothing_holds")
    return {"order": [Move("balance_points_fill", "system", "paid", "completed", guards, "the balance is filled")]}


@hookimpl
def register_guards() -> Mapping[str, Callable[[OrderView], bool]]:
    """What those moves ask."""
    return {"balance_points_fills": recharge.is_recharge}


@hookimpl
def add_adjustments(quote: Quote, layer: str) -> Sequence[AdjustmentDraft]:
    """What points take off the goods."""
    return spending.drafts(quote) if layer == POINTS else ()


@hookimpl
def check_checkout(quote: Quote) -> None:
    """A recharge costs what it fills."""
    recharge.check_quote(quote)


@hookimpl
def check_payment(order: OrderView, channel: str, amount: int) -> None:
    """Only cash fills a balance."""
    recharge.check_payment(order, channel)


@hookimpl
def check_move(move: MoveView) -> None:
    """Nobody reprices a recharge."""
    recharge.check_move(move)


@hookimpl
def check_refund(refund: RefundDraft) -> None:
    """What filled a balance is taken out of it."""
    recharge.check_refund(refund)


@hookimpl
def during_order_moved(move: MoveView) -> None:
    """A completed order fills the balance, or earns points."""
    if move.target == "completed" and move.source != "completed":
        recharge.fill(move.order) if recharge.is_recharge(move.order) else earning.earn(move.order)


@hookimpl
def after_refund_settled(refund_part_id: UUID, order_id: UUID) -> None:
    """Money went back: what was earned with it is taken back."""
    with transaction():
        earning.reclaim(lock_order(order_id), refund_part_id)
