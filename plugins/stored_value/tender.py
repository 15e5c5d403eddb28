"""The tender: it pays with cards, each in proportion of its principal and bonus, and gives back to the same cards."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core import (
    GiveBack,
    Held,
    Hold,
    HoldRequest,
    Order,
    Refused,
    add,
    all_of,
    allocate,
    current_merchant,
    db,
    fields,
    flush,
    get,
    now,
)
from plugins.stored_value import accounts
from plugins.stored_value.accounts import Change
from plugins.stored_value.models import StoredValueCard, StoredValueHold
from plugins.stored_value.terms import NAME

MOST_CARDS = 20


class Given(fields.In):
    """Which cards to pay with."""

    cards = fields.ListOf(
        fields.Code(max=20),
        max=MOST_CARDS,
        metadata={"description": "Numbers of own cards; none: all of them, what expires first goes first."},
    )


class StoredValue:
    """Pays with the buyer's cards: what expires first goes first."""

    name = NAME
    title: Mapping[str, str] = {"en": "Gift cards", "zh": "储值卡"}
    role: Any = "payable"
    position = 10
    input_schema = Given

    def authorise(self, customer_id: UUID, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Whose cards they are is seen when they are held, under their lock; a number named twice is named once."""
        return {"cards": list(dict.fromkeys(given.get("cards") or ()))}

    def balance(self, customer_id: UUID, currency: str) -> int | None:
        """What lies on the customer's cards that live."""
        card = StoredValueCard
        query = select(func.coalesce(func.sum(card.principal + card.bonus), 0)).where(
            card.merchant_id == current_merchant().id,
            card.customer_id == customer_id,
            card.currency == currency,
            card.status == "active",
            card.expires_at > now(),
        )
        return int(db.session().scalar(query) or 0)

    def hold(self, request: HoldRequest) -> Held:
        """Take it from the cards that were named, or from all; see :meth:`core.Tender.hold`.

        Nothing is flushed here: core writes the payment that the rows point at when it knows what was held.
        """
        if get(Order, request.merchant_id, request.order_id).kind == "recharge":
            raise Refused("Cards do not pay for cards, nor for anything that becomes money again.", code="not_payable")
        named = tuple(request.given.get("cards") or ())
        cards = _spendable(accounts.lock_own(request.customer_id, named), named, request.currency)
        there = sum(card.principal + card.bonus for card in cards)
        if there < (request.amount if request.exact else 1):
            told = f"The cards hold {there}, {request.amount} is wanted." if there else "The cards are empty."
            raise Refused(told, code="not_enough")
        left = min(request.amount, there)
        taken = []
        for card in cards:
            if step := min(left, card.principal + card.bonus):
                taken.append(_take(request, card, step))
                left -= step
        return Held(min(request.amount, there), {"cards": taken})

    def capture(self, hold: Hold) -> None:
        """It is spent."""
        for row in _rows(hold, "held"):
            spent = Change(held_principal=-row.principal, held_bonus=-row.bonus)
            _change(hold, row.card_id, "capture", spent)
            row.status = "captured"

    def release(self, hold: Hold) -> None:
        """It is free again, on the same cards."""
        for row in _rows(hold, "held"):
            freed = Change(row.principal, row.bonus, -row.principal, -row.bonus)
            _change(hold, row.card_id, "release", freed)
            accounts.revive(row.card_id)
            row.status = "released"

    def give_back(self, back: GiveBack) -> None:
        """A part goes back to the same cards, in proportion to what of each has not come back yet."""
        rows = _rows(back.hold, "captured")
        gone = [
            part for row in rows for part in (row.principal - row.returned_principal, row.bonus - row.returned_bonus)
        ]
        parts = allocate(back.amount, gone, gone)
        for row, principal, bonus in zip(rows, parts[::2], parts[1::2], strict=True):
            if principal or bonus:
                row.returned_principal += principal
                row.returned_bonus += bonus
                _change(back.hold, row.card_id, "give_back", Change(principal, bonus), back.out_refund_no)
                accounts.revive(row.card_id)


def _spendable(cards: Sequence[Any], named: Sequence[str], currency: str) -> list[Any]:
    """Those that can pay now, what expires first in front. :raises Refused: a card that was named cannot."""
    able = [card for card in cards if not _why_not(card, currency)]
    if named and len(able) < len(cards):
        why = next((card.number, told) for card in cards if (told := _why_not(card, currency)))
        raise Refused(f"Card {why[0]} {why[1]}.", code="card_unusable")
    return sorted(able, key=lambda card: (card.expires_at, card.number))


def _why_not(card: Any, currency: str) -> str | None:
    if card.status != "active":
        return f"is {card.status}"
    if card.expires_at <= now():
        return "has expired"
    return None if card.currency == currency else f"is in {card.currency}"


def _take(request: HoldRequest, card: Any, amount: int) -> dict[str, Any]:
    """Set *amount* of one card aside, principal and bonus as they lie on it at this moment."""
    there = [card.principal, card.bonus]
    principal, bonus = allocate(amount, there, there)
    accounts.change(
        card.id,
        "hold",
        Change(-principal, -bonus, principal, bonus),
        reference=str(request.payment_id),
        payment_id=request.payment_id,
        order_id=request.order_id,
    )
    add(
        StoredValueHold(
            merchant_id=request.merchant_id,
            payment_id=request.payment_id,
            card_id=card.id,
            order_id=request.order_id,
            principal=principal,
            bonus=bonus,
        )
    )
    return {"card": card.number, "principal": principal, "bonus": bonus}


def _rows(hold: Hold, status: str) -> list[StoredValueHold]:
    """What the hold took, in the cards' order, the cards locked."""
    flush()
    row = StoredValueHold
    found = all_of(row, hold.merchant_id, row.payment_id == hold.payment_id, order_by=row.card_id)
    if sum(one.principal + one.bonus for one in found) != hold.amount or any(one.status != status for one in found):
        raise RuntimeError(f"hold {hold.payment_id} of {hold.amount} is not {status} here")
    accounts.lock(one.card_id for one in found)
    return found


def _change(hold: Hold, card_id: UUID, kind: str, by: Change, reference: str | None = None) -> None:
    accounts.change(
        card_id,
        kind,
        by,
        reference=reference or str(hold.payment_id),
        payment_id=hold.payment_id,
        order_id=hold.order_id,
    )
