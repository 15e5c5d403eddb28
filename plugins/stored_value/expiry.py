"""Cards whose time is over, and their owners, told in time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from core import announce, as_text, current_merchant, db, find, flush, lock_order, now, post, settings_of
from plugins.stored_value import accounts
from plugins.stored_value.accounts import Change
from plugins.stored_value.models import StoredValueCard, StoredValueSale
from plugins.stored_value.terms import CARDS, EXPIRED, NAME

_cards: Any = StoredValueCard.__table__


def due(limit: int) -> list[UUID]:
    """Cards that have expired and still count as active, oldest first."""
    return _ids(limit, _cards.c.expires_at <= now())


def soon_due(limit: int) -> list[UUID]:
    """Cards with something on them that expire within the days of the setting, and whose owner was not told."""
    days = settings_of(NAME)["remind_days"]
    if not days:
        return []
    return _ids(
        limit,
        _cards.c.expires_at <= now() + timedelta(days=days),
        _cards.c.expires_at > now(),
        _cards.c.reminded_at.is_(None),
        _cards.c.principal + _cards.c.bonus > 0,
    )


def expire(card_id: UUID) -> None:
    """What is free on it is gone; what it holds is still spent or comes back. A second call changes nothing."""
    row = _take(card_id, _cards.c.expires_at <= now())
    if row is None:
        return
    db.session().connection().execute(update(_cards).where(*_this(card_id)).values(status="expired"))
    moment = row.expires_at.isoformat()
    accounts.change(card_id, "expiry", Change(-row.principal, -row.bonus), reference=moment)
    lost = row.principal + row.bonus
    if lost:
        post("expiry", {CARDS: lost, EXPIRED: -lost}, source=NAME, currency=row.currency, reference=row.number)
    announce("stored_value.card_expired", None, **_told(row))


def remind(card_id: UUID) -> None:
    """Tell the owner once that it expires soon. A second call changes nothing."""
    order = _order_of_own(card_id)
    row = _take(card_id, _cards.c.reminded_at.is_(None))
    if row is None:
        return
    db.session().connection().execute(update(_cards).where(*_this(card_id)).values(reminded_at=now()))
    announce("stored_value.card_expiring", order, **_told(row))


def _order_of_own(card_id: UUID) -> Any:
    """The order by which the owner bought it: by it the inbox finds them. Locked first, before the card."""
    card = find(StoredValueCard, current_merchant().id, card_id)
    if card is None or card.sale_id is None or card.customer_id != card.bought_by:
        return None
    sale = find(StoredValueSale, current_merchant().id, card.sale_id)
    return lock_order(sale.order_id) if sale else None


def _ids(limit: int, *where: Any) -> list[UUID]:
    mine = (_cards.c.merchant_id == current_merchant().id, _cards.c.status == "active")
    query = select(_cards.c.id).where(*mine, *where).order_by(_cards.c.expires_at, _cards.c.id).limit(limit)
    return list(db.session().scalars(query))


def _this(card_id: UUID) -> tuple[Any, ...]:
    return _cards.c.merchant_id == current_merchant().id, _cards.c.id == card_id


def _take(card_id: UUID, *where: Any) -> Any:
    """The card, locked, if it is active and still meets *where*."""
    flush()
    query = select(_cards).where(*_this(card_id), _cards.c.status == "active", *where).with_for_update()
    return db.session().execute(query).first()


def _told(row: Any) -> dict[str, Any]:
    owner = str(row.customer_id) if row.customer_id else None
    until = as_text(row.expires_at)
    return {
        "card": row.number[-4:],
        "customer_id": owner,
        "amount": row.principal + row.bonus,
        "expires_at": until,
    }
