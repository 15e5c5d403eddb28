"""Cards sold as orders: the way into checkout, what must not be mixed with it, and what the order remembers."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from core import (
    EntryLine,
    EntryRequest,
    FieldError,
    Invalid,
    MoveView,
    OrderView,
    Quote,
    Refused,
    add,
    all_of,
    current_merchant,
    now,
)
from plugins.stored_value.models import StoredValueProduct, StoredValueSale
from plugins.stored_value.terms import ENTRY, NAME

#: cards of one order
MOST_CARDS = 100


class CardSale:
    """Buys cards, and nothing but cards: an order of kind ``recharge`` that is completed when it is paid."""

    name = ENTRY
    kind = "recharge"

    def lines(self, request: EntryRequest) -> Sequence[EntryLine]:
        """The cards as named, each at what will lie on it.

        :raises Invalid: something is no card on sale, or they are too many.
        """
        kinds = kinds_of(line.variant_id for line in request.lines)
        errors = [
            FieldError(f"/lines/{n}/variant_id", "This is no card on sale.", "no_card")
            for n, line in enumerate(request.lines)
            if line.variant_id not in kinds or not kinds[line.variant_id].enabled
        ]
        if errors or not request.lines:
            raise Invalid("Name the cards to buy: variant_id and quantity.", code="no_card", errors=errors)
        if sum(line.quantity for line in request.lines) > MOST_CARDS:
            raise Invalid.field("/lines", f"An order has {MOST_CARDS} cards at most.", "too_many_cards")
        return [EntryLine(line.variant_id, line.quantity, kinds[line.variant_id].principal) for line in request.lines]

    def placed(self, request: EntryRequest, lines: Sequence[EntryLine]) -> None:
        """Nothing to clean up."""


def kinds_of(variant_ids: Iterable[UUID | None]) -> Mapping[UUID, StoredValueProduct]:
    """Variant id -> the kind of card that is bought as it."""
    kind = StoredValueProduct
    wanted = [variant_id for variant_id in variant_ids if variant_id is not None]
    rows = all_of(kind, current_merchant().id, kind.variant_id.in_(wanted)) if wanted else []
    return {row.variant_id: row for row in rows}


def check_checkout(quote: Quote) -> None:
    """Cards are bought by their own entry and sent by nobody.

    :raises Refused: a card among goods. :raises Invalid: another delivery than ``none``.
    """
    if quote.entry == ENTRY:
        if quote.delivery_method != "none":
            told = "Nothing is sent: a card is bought with delivery 'none'."
            raise Invalid.field("/delivery/method", told, "delivery")
    elif kinds_of(line.variant_id for line in quote.lines):
        raise Refused(f"Cards are bought on their own: use entry {ENTRY!r}.", code="card_entry")


def check_payment(order: OrderView, channel: str) -> None:
    """:raises Refused: a card shall pay for what becomes money again."""
    if order.kind == "recharge" and channel == NAME:
        raise Refused("Cards do not pay for cards, nor for anything that becomes money again.", code="not_payable")


def check_move(move: MoveView) -> None:
    """:raises Refused: points shall pay for a card."""
    placing = move.move == "place" and move.order.entry == ENTRY
    if placing and any(row.layer == "points" for row in move.order.adjustments):
        raise Refused("Points do not pay for cards.", code="not_payable")


def sells_cards(order: OrderView) -> bool:
    """it sells cards"""
    return order.entry == ENTRY


def remember(order: OrderView) -> None:
    """Keep what was offered when the order was placed: a kind of card may change, the order's cards do not."""
    kinds = kinds_of(line.variant_id for line in order.lines)
    gift = bool(order.options.get(NAME, {}).get("gift"))
    for line in order.lines:
        if line.variant_id is not None:
            kind = kinds[line.variant_id]
            add(
                StoredValueSale(
                    merchant_id=order.merchant_id,
                    order_id=order.id,
                    line_id=line.id,
                    product_id=kind.id,
                    customer_id=order.customer_id,
                    quantity=line.quantity,
                    face=kind.principal,
                    bonus=kind.bonus,
                    valid_days=kind.valid_days,
                    gift=gift,
                    returned=0,
                    issued=0,
                    issued_at=None,
                )
            )


def change_kind(kind: StoredValueProduct, changes: Mapping[str, object]) -> None:
    """Change what *changes* names; orders that were placed keep what they were offered."""
    for name, value in changes.items():
        setattr(kind, name, value)
    kind.version += bool(changes)


def new_kind(variant_id: UUID, values: Mapping[str, object]) -> StoredValueProduct:
    """A new kind of card, bought as this variant. :raises Refused: the variant is a kind of card already."""
    if kinds_of([variant_id]):
        raise Refused("This variant is a kind of card already.", code="already_exists")
    return add(StoredValueProduct(merchant_id=current_merchant().id, variant_id=variant_id, created_at=now(), **values))
