"""Recharges: an order that is paid with cash and fills the balance when it is complete, with a bonus on top."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import (
    EntryLine,
    EntryRequest,
    Invalid,
    MoveView,
    OrderView,
    Quote,
    RefundDraft,
    Refused,
    Variant,
    all_of,
    post,
    settings_of,
)
from plugins.balance_points import accounts
from plugins.balance_points.accounts import Why, balance_of
from plugins.balance_points.terms import BALANCES, KEPT_FOR_CUSTOMERS, MARKETING, NAME, ORDERS, RECHARGE

POINTER = f"/options/{NAME}/recharge"


class Recharge:
    """The way into checkout: one virtual line that costs what is paid in."""

    name = RECHARGE
    kind = RECHARGE

    def lines(self, request: EntryRequest) -> Sequence[EntryLine]:
        """The one line. :raises Invalid: no amount, or one beyond the limits. :raises Refused: no recharges here."""
        rules = settings_of(NAME)
        amount = _amount(request.options)
        if request.lines:
            raise Invalid.field("/lines", "A recharge has no lines of its own: leave them out.", "recharge_lines")
        if amount is None:
            raise Invalid.field(POINTER, "Say what to pay in, minor units.", "required")
        if not rules["recharge_min"] <= amount <= rules["recharge_max"]:
            told = f"From {rules['recharge_min']} to {rules['recharge_max']} can be paid in, not {amount}."
            raise Invalid.field(POINTER, told, "recharge_amount")
        found = all_of(Variant, request.merchant_id, Variant.sku == rules["recharge_sku"])
        if not found:
            raise Refused("This shop takes no recharges: it has no variant for them.", code="recharge_off")
        return (EntryLine(found[0].id, 1, amount),)

    def placed(self, request: EntryRequest, lines: Sequence[EntryLine]) -> None:
        """Nothing to clean up."""


def is_recharge(order: OrderView) -> bool:
    """it fills a balance"""
    return order.entry == RECHARGE


def check_quote(quote: Quote) -> None:
    """A recharge costs what it fills, and its variant is sold as nothing else. :raises Refused: otherwise."""
    if quote.entry == RECHARGE:
        if quote.payable != _amount(quote.options):
            raise Refused("A recharge is paid whole: take coupons and discounts off it.", code="recharge_discounted")
    elif any(line.sku == settings_of(NAME)["recharge_sku"] for line in quote.lines):
        raise Refused(f"This variant is bought by entry {RECHARGE!r} only.", code="recharge_entry")


def check_payment(order: OrderView, channel: str) -> None:
    """Only cash fills a balance, or whatever else becomes money again (gift cards are orders of that kind too).

    :raises Refused: it is paid with what the shop keeps for the customer.
    """
    if order.kind == RECHARGE and channel in KEPT_FOR_CUSTOMERS:
        raise Refused(f"A recharge is paid with cash, not with {channel}.", code="recharge_needs_cash")


def check_move(move: MoveView) -> None:
    """What fills the balance is what was agreed. :raises Refused: staff reprice a recharge."""
    if is_recharge(move.order) and move.move == "reprice":
        raise Refused(
            "A recharge costs what it fills: close it, and let the buyer make another.", code="recharge_price"
        )


def check_refund(refund: RefundDraft) -> None:
    """What filled the balance is in the balance. :raises Refused: a completed recharge is refunded."""
    if is_recharge(refund.order) and refund.order.state == "completed":
        raise Refused("The money is in the balance: let the customer ask for a withdrawal.", code="recharge_completed")


def fill(order: OrderView) -> None:
    """The recharge is complete: the balance holds it, and the bonus of its step. Once."""
    purse, why = balance_of(order.customer_id, order.currency), Why("top_up", str(order.id), order_id=order.id)
    if not order.paid or accounts.is_done(purse, why):
        return
    accounts.change(purse, why, available=order.paid)
    _book("top_up", ORDERS, order, order.paid)
    bonus = bonus_of(order.paid, settings_of(NAME)["recharge_bonus"])
    if bonus:
        accounts.change(purse, Why("grant", str(order.id), order_id=order.id), available=bonus)
        _book("grant", MARKETING, order, bonus)


def bonus_of(amount: int, steps: Sequence[Mapping[str, int]]) -> int:
    """What is given on top of *amount*: that of the highest step it reaches."""
    reached = [(step["from_amount"], step["bonus"]) for step in steps if step["from_amount"] <= amount]
    return max(reached)[1] if reached else 0


def _book(kind: str, from_book: str, order: OrderView, amount: int) -> None:
    post(kind, {from_book: amount, BALANCES: -amount}, source=NAME, currency=order.currency, order_id=order.id)


def _amount(options: Mapping[str, Any]) -> int | None:
    found: int | None = (options.get(NAME) or {}).get("recharge")
    return found
