"""What is on a card: it changes here alone, by one statement that cannot overdraw it, with an entry beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from core import NotFound, Refused, add, current_actor, current_merchant, db, now, settings_of
from plugins.stored_value.models import StoredValueCard, StoredValueEntry
from plugins.stored_value.terms import NAME, days_from_now

_cards: Any = StoredValueCard.__table__
_MONEY = ("principal", "bonus", "held_principal", "held_bonus")
_this = (_cards.c.merchant_id == bindparam("merchant"), _cards.c.id == bindparam("card"))
#: the guard: no part of a card ever falls below nothing
CHANGE = (
    update(_cards)
    .where(*_this, *(_cards.c[name] + bindparam(f"by_{name}") >= 0 for name in _MONEY))
    .values({name: _cards.c[name] + bindparam(f"by_{name}") for name in _MONEY})
)
#: cards that live no more, or not for long enough to be seen alive
_REVIVE = (
    update(_cards)
    .where(*_this, or_(_cards.c.status == "expired", _cards.c.expires_at <= bindparam("moment")))
    .where(_cards.c.status.in_(("active", "expired")))
    .values(status="active", expires_at=bindparam("until"), reminded_at=None)
)
_COLUMNS = (
    _cards.c.id,
    _cards.c.number,
    _cards.c.customer_id,
    _cards.c.principal,
    _cards.c.bonus,
    _cards.c.expires_at,
    _cards.c.status,
    _cards.c.currency,
)


#: in one order, so that nobody waits in a circle
_theirs = (_cards.c.merchant_id == bindparam("merchant"), _cards.c.customer_id == bindparam("customer"))
_own = select(*_COLUMNS).where(*_theirs)
OWN = _own.where(_cards.c.status == "active").order_by(_cards.c.id).with_for_update()
OWN_NAMED = (
    _own.where(_cards.c.number.in_(bindparam("numbers", expanding=True))).order_by(_cards.c.id).with_for_update()
)


@dataclass(frozen=True)
class Change:
    """What is added to a card, signed minor units: free principal and bonus, and what is set aside of each."""

    principal: int = 0
    bonus: int = 0
    held_principal: int = 0
    held_bonus: int = 0


def change(
    card_id: UUID,
    kind: str,
    by: Change,
    *,
    reference: str,
    payment_id: UUID | None = None,
    order_id: UUID | None = None,
    remark: str | None = None,
) -> None:
    """Change a card and write the entry, in the caller's transaction. *reference* makes it happen once per *kind*.

    :raises Refused: ``not_enough`` is on it.
    """
    merchant = current_merchant().id
    amounts = {name: getattr(by, name) for name in _MONEY}
    values = {"merchant": merchant, "card": card_id, **{f"by_{name}": amount for name, amount in amounts.items()}}
    if db.session().connection().execute(CHANGE, values).rowcount != 1:
        raise Refused("Not enough is left on the card.", code="not_enough")
    add(
        StoredValueEntry(
            merchant_id=merchant,
            card_id=card_id,
            kind=kind,
            reference=reference,
            payment_id=payment_id,
            order_id=order_id,
            remark=remark,
            by=current_actor().name,
            at=now(),
            **amounts,
        )
    )


def revive(card_id: UUID) -> None:
    """Money came back to a card: if it has expired meanwhile it lives on for the days the merchant set."""
    until = days_from_now(settings_of(NAME)["renew_days"])
    values = {"merchant": current_merchant().id, "card": card_id, "moment": now(), "until": until}
    db.session().connection().execute(_REVIVE, values)


def lock_own(customer_id: UUID, numbers: Sequence[str] = ()) -> list[Any]:
    """The customer's cards, locked; *numbers* empty = all that are active.

    :raises NotFound: one of *numbers* is not theirs, or not there: which, nobody is told.
    """
    values: dict[str, Any] = {"merchant": current_merchant().id, "customer": customer_id}
    if not numbers:
        return list(db.session().execute(OWN, values))
    rows = list(db.session().execute(OWN_NAMED, values | {"numbers": list(numbers)}))
    known = {row.number for row in rows}
    if strange := [number for number in numbers if number not in known]:
        raise no_such_card(strange[0])
    return rows


def lock(card_ids: Iterable[UUID]) -> None:
    """Lock these cards, in the order of :func:`lock_own`."""
    where = (_cards.c.merchant_id == current_merchant().id, _cards.c.id.in_(list(card_ids)))
    db.session().execute(select(_cards.c.id).where(*where).order_by(_cards.c.id).with_for_update()).all()


def called(number: str, *where: Any, lock: bool = False) -> StoredValueCard:
    """The card of this number that meets *where*. :raises NotFound: there is none."""
    card = StoredValueCard
    query = select(card).where(card.merchant_id == current_merchant().id, card.number == number, *where)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session().scalar(query)
    if row is None:
        raise no_such_card(number)
    return row


def no_such_card(number: str) -> NotFound:
    """A card of somebody else and one that was never made are told alike."""
    return NotFound(f"There is no card {number} here.")
