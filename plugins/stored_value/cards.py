"""The life of a card: issued, its code, bound, frozen, extended, put right by staff, emptied."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core import Customer, Invalid, Refused, add, current_merchant, db, find, flush, get, now, post
from plugins.stored_value import accounts
from plugins.stored_value.accounts import Change
from plugins.stored_value.models import StoredValueCard, StoredValueEntry
from plugins.stored_value.terms import ADJUSTED, CARDS, EXPIRED, MARKETING, NAME, days_from_now

#: no 0 and O, no 1, I and L: codes are read aloud
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 12
#: wrong codes after which a card wants a fresh one
MOST_WRONG_CODES = 5


# ---------------------------------------------------------------------------------------------- issuing
def issue(customer_id: UUID | None, expires_at: datetime, **of: Any) -> StoredValueCard:
    """A new card with nothing on it, which :func:`accounts.change` fills. *customer_id* None: for whoever has its code.

    :param of: ``sale_id`` and ``bought_by`` of a card that was bought.
    """
    card = add(
        StoredValueCard(
            merchant_id=current_merchant().id,
            number="".join(secrets.choice("0123456789") for _ in range(16)),
            customer_id=customer_id,
            currency=current_merchant().currency,
            expires_at=expires_at,
            created_at=now(),
            **of,
        )
    )
    flush()
    return card


def grant(customer_id: UUID | None, principal: int, bonus: int, valid_days: int, remark: str) -> StoredValueCard:
    """A card by hand: *principal* is cash that the shop took past its channels, *bonus* a present.

    :raises Invalid: nothing would lie on it, or there is no such customer.
    """
    if principal + bonus < 1:
        raise Invalid.field("/bonus", "Put something on the card: principal, bonus or both.", "out_of_range")
    if customer_id is not None and find(Customer, current_merchant().id, customer_id) is None:
        raise Invalid.field("/customer_id", "There is no such customer here.", "not_found")
    card = issue(customer_id, days_from_now(valid_days))
    accounts.change(card.id, "grant", Change(principal, bonus), reference="issued", remark=remark)
    _post("grant", card, {"by_hand": principal, MARKETING: bonus, CARDS: -principal - bonus})
    return card


# ---------------------------------------------------------------------------------------------- the code
def fresh_code(card: StoredValueCard) -> str:
    """A new code for a card that is nobody's yet; the one before it opens nothing any more. Shown once, kept hashed.

    :raises Refused: somebody has it already.
    """
    if card.customer_id is not None:
        raise Refused(f"Card {card.number} belongs to somebody: it needs no code.", code="card_bound")
    code = "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))
    card.code_hash, card.wrong_codes = _hash(card.number, code), 0
    return code


def bind(number: str, code: str, customer_id: UUID) -> StoredValueCard | None:
    """Give the card to whoever knows its code.

    :returns: None if they do not; the card counts that, so the caller must commit all the same.
    """
    found = _unbound(number)
    if found is None:
        return None
    right = found.code_hash is not None and found.wrong_codes < MOST_WRONG_CODES
    if not (right and hmac.compare_digest(str(found.code_hash), _hash(number, code))):
        found.wrong_codes += 1
        return None
    found.customer_id, found.code_hash, found.wrong_codes = customer_id, None, 0
    return found


def _unbound(number: str) -> StoredValueCard | None:
    card = StoredValueCard
    query = select(card).where(
        card.merchant_id == current_merchant().id,
        card.number == number,
        card.customer_id.is_(None),
        card.status == "active",
    )
    return db.session().scalar(query.with_for_update().execution_options(populate_existing=True))


def _hash(number: str, code: str) -> str:
    written = f"{current_merchant().id}:{number}:{code.strip().upper()}"
    return hashlib.sha256(written.encode()).hexdigest()


# ---------------------------------------------------------------------------------------------- staff
def freeze(card: StoredValueCard) -> None:
    """Nobody pays with it; what it holds already is still spent or comes back. A repeat changes nothing.

    :raises Refused: it has expired or was returned.
    """
    _require(card, "active", "frozen")
    card.status = "frozen"


def unfreeze(card: StoredValueCard) -> None:
    """It pays again. A repeat changes nothing. :raises Refused: it has expired or was returned."""
    _require(card, "active", "frozen")
    card.status = "active"


def extend(card: StoredValueCard, days: int, remark: str) -> None:
    """It lives *days* longer, from now if it has expired; what was lost by that is on it again.

    :raises Refused: it was returned.
    """
    _require(card, "active", "frozen", "expired")
    card.expires_at = max(card.expires_at, now()) + timedelta(days=days)
    card.reminded_at = None
    lost = _lost(card) if card.status == "expired" else Change()
    if card.status == "expired":
        card.status = "active"
    until = card.expires_at.isoformat()
    accounts.change(card.id, "extension", lost, reference=until, remark=remark)
    if total := lost.principal + lost.bonus:
        _post("expiry", card, {EXPIRED: total, CARDS: -total})


def adjust(card: StoredValueCard, principal: int, bonus: int, remark: str, reference: str) -> None:
    """Put right what is on it, signed. :raises Refused: less than nothing would be on it, or it was returned."""
    _require(card, "active", "frozen")
    accounts.change(card.id, "adjustment", Change(principal, bonus), reference=reference, remark=remark)
    _post("adjustment", card, {ADJUSTED: principal, MARKETING: bonus, CARDS: -principal - bonus})


def _require(card: StoredValueCard, *wanted: str) -> None:
    if card.status not in wanted:
        told = f"Card {card.number} is {card.status}; it would have to be {' or '.join(wanted)}."
        raise Refused(told, code="card_status")


def _lost(card: StoredValueCard) -> Change:
    """What expiry took and no extension has brought back."""
    entry = StoredValueEntry
    sums = select(func.coalesce(func.sum(entry.principal), 0), func.coalesce(func.sum(entry.bonus), 0))
    mine = (entry.merchant_id == card.merchant_id, entry.card_id == card.id)
    principal, bonus = db.session().execute(sums.where(*mine, entry.kind.in_(("expiry", "extension")))).one()
    return Change(-int(principal), -int(bonus))


def _post(kind: str, card: StoredValueCard, sides: dict[str, int]) -> None:
    post(kind, sides, source=NAME, currency=card.currency, reference=card.number)


# ---------------------------------------------------------------------------------------------- looking
def owner_of(card: StoredValueCard) -> Customer | None:
    """Whose it is."""
    return get(Customer, card.merchant_id, card.customer_id) if card.customer_id else None
