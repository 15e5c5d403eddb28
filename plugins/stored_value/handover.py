"""The cards of an order: issued once it is completed, taken back with its refund, given again if that is withdrawn."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select

from core import OrderLine, RefundDraft, Refused, all_of, allocate, current_merchant, db, flush, now, post
from plugins.stored_value import accounts, cards
from plugins.stored_value.accounts import Change
from plugins.stored_value.models import StoredValueCard, StoredValueEntry, StoredValueSale
from plugins.stored_value.terms import CARDS, ENTRY, MARKETING, NAME, days_from_now

#: entries that make a card one that cannot be returned any more
_TOUCHES = ("hold", "expiry", "adjustment")


def follow(order_id: UUID, number: str, state: str) -> None:
    """Make the cards of an order what its lines say. The order is locked; a second call changes nothing."""
    flush()
    lines = _lines(order_id)
    for sale in _sales(order_id):
        line = lines[sale.line_id]
        if sale.issued_at is None and state == "completed":
            _issue(sale, line, number)
        if sale.issued_at is not None:
            _follow_refunds(sale, line, number)


def check_refund(refund: RefundDraft) -> None:
    """A card goes back whole and untouched, or not at all.

    :raises Refused: it was used, handed on, or is asked back in parts.
    """
    if refund.order.entry != ENTRY:
        return
    for sale in _sales(refund.order.id):
        units, money = refund.lines.get(sale.line_id, (0, 0))
        if sale.issued_at is None or not (units or money):
            continue
        free = _untouched(sale)
        accounts.lock(card.id for card in free)
        # read again under the lock: one of them may have paid something a moment ago
        free = _untouched(sale)[:units]
        if len(free) < units:
            told = f"{len(free)} of these cards are unused and still the buyer's; only such cards can be given back."
            raise Refused(told, code="card_used")
        # a discount that does not divide by the cards leaves one minor unit more or less on each
        if not units or money > sum(card.principal for card in free) + units:
            raise Refused("A card is given back whole, for what was paid for it.", code="card_whole")


# ---------------------------------------------------------------------------------------------- inside
def _sales(order_id: UUID) -> list[StoredValueSale]:
    return all_of(StoredValueSale, current_merchant().id, StoredValueSale.order_id == order_id)


def _lines(order_id: UUID) -> dict[UUID, Any]:
    line: Any = OrderLine.__table__
    query = select(
        line.c.id,
        line.c.net,
        line.c.quantity,
        (line.c.refunded + line.c.refunding).label("units_back"),
        (line.c.refunded_amount + line.c.refunding_amount).label("money_back"),
    ).where(line.c.merchant_id == current_merchant().id, line.c.order_id == order_id)
    return {row.id: row for row in db.session().execute(query)}


def _issue(sale: StoredValueSale, line: Any, number: str) -> None:
    """What was paid is principal, the rest of what was offered is bonus."""
    sale.issued, sale.issued_at, sale.returned = line.quantity - line.units_back, now(), line.money_back
    if not sale.issued:
        return
    paid = line.net - line.money_back
    given = 0
    for principal in allocate(paid, [1] * sale.issued):
        card = cards.issue(
            None if sale.gift else sale.customer_id,
            days_from_now(sale.valid_days),
            sale_id=sale.id,
            bought_by=sale.customer_id,
        )
        bonus = sale.bonus + max(sale.face - principal, 0)
        accounts.change(card.id, "sale", Change(principal, bonus), reference="issued", order_id=sale.order_id)
        given += bonus
    # of no order in the books: what is paid and not given back of an order stays in `orders` there
    _post("top_up", number, {"orders": paid, CARDS: -paid})
    _post("grant", number, {MARKETING: given, CARDS: -given})


def _follow_refunds(sale: StoredValueSale, line: Any, number: str) -> None:
    back = all_of(
        StoredValueCard,
        sale.merchant_id,
        StoredValueCard.sale_id == sale.id,
        StoredValueCard.status == "returned",
    )
    wanted = max(line.units_back - (line.quantity - sale.issued), 0) - len(back)
    taken = 0
    if wanted > 0:
        taken = sum(_take_back(card) for card in _untouched(sale)[:wanted])
    elif wanted < 0:
        taken = -sum(_give_again(card) for card in back[wanted:])
    money = line.money_back - sale.returned
    sale.returned = line.money_back
    if taken or money:
        _post("top_up", number, {"orders": -money, CARDS: taken, MARKETING: money - taken})


def _untouched(sale: StoredValueSale) -> Sequence[Any]:
    """The cards of a sale that nobody used, put right or handed on, as the database has them now."""
    card: Any = StoredValueCard.__table__
    entry = StoredValueEntry
    touched = exists().where(
        entry.merchant_id == card.c.merchant_id, entry.card_id == card.c.id, entry.kind.in_(_TOUCHES)
    )
    query = (
        select(card.c.id, card.c.principal, card.c.bonus)
        .where(card.c.merchant_id == sale.merchant_id, card.c.sale_id == sale.id)
        .where(card.c.status.in_(("active", "frozen")), ~touched)
        .where(or_(card.c.customer_id.is_(None), card.c.customer_id == card.c.bought_by))
        .order_by(card.c.id)
    )
    return db.session().execute(query).all()


def _take_back(card: Any) -> int:
    _move_out(card.id, Change(-card.principal, -card.bonus))
    _set_status(card.id, "returned")
    return int(card.principal + card.bonus)


def _give_again(card: StoredValueCard) -> int:
    entry = StoredValueEntry
    last = all_of(entry, card.merchant_id, entry.card_id == card.id, entry.kind == "take_back")[-1]
    _move_out(card.id, Change(-last.principal, -last.bonus))
    _set_status(card.id, "active")
    return -(last.principal + last.bonus)


def _move_out(card_id: UUID, by: Change) -> None:
    """Each taking back and giving again has a number of its own."""
    entry = StoredValueEntry
    before = all_of(entry, current_merchant().id, entry.card_id == card_id, entry.kind == "take_back")
    accounts.change(card_id, "take_back", by, reference=str(len(before) + 1))


def _set_status(card_id: UUID, status: str) -> None:
    card = StoredValueCard
    (row,) = all_of(card, current_merchant().id, card.id == card_id)
    row.status = status


def _post(kind: str, number: str, sides: dict[str, int]) -> None:
    post(kind, sides, source=NAME, currency=current_merchant().currency, reference=number)
