"""The routes of gift cards: buyers see, bind and hand on their own; staff sell, issue, freeze, extend and adjust."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Response
from sqlalchemy import or_, select

from core import (
    Invalid,
    NotFound,
    Variant,
    admin_blueprint,
    answer,
    anyone,
    buyers_only,
    current_customer_id,
    current_merchant,
    db,
    flush,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    shop_blueprint,
    transaction,
)
from plugins.stored_value import accounts, cards, guesses, sale
from plugins.stored_value.models import StoredValueCard, StoredValueEntry, StoredValueProduct
from plugins.stored_value.schemas import (
    GiftCardAdjustIn,
    GiftCardBindIn,
    GiftCardCodeOut,
    GiftCardEntryDetailOut,
    GiftCardEntryOut,
    GiftCardExtendIn,
    GiftCardGrantIn,
    GiftCardKindEditIn,
    GiftCardKindIn,
    GiftCardKindOut,
    GiftCardOut,
    GiftCardsIn,
)

shop = shop_blueprint("stored_value_shop", __name__, "Gift cards")
admin = admin_blueprint("stored_value_admin", __name__, "Gift cards")


# ---------------------------------------------------------------------------------------------- buyers
@shop.get("/kinds")
@anyone
@paged
@shop.response(200, GiftCardKindOut(many=True))
def list_cards_on_sale() -> Response:
    """The cards on sale; they are bought by the entry `stored_value_card`."""
    with reading():
        return page(GiftCardKindOut, StoredValueProduct, StoredValueProduct.enabled, newest_first=False)


@shop.get("/cards")
@buyers_only
@paged
@shop.response(200, GiftCardOut(many=True))
def list_own_cards() -> Response:
    """Your cards, and those you bought as presents that nobody took yet; newest first."""
    with reading():
        return page(GiftCardOut, StoredValueCard, _own())


@shop.get("/cards/<number>")
@buyers_only
@shop.response(200, GiftCardOut)
def show_own_card(number: str) -> Response:
    """One of your cards."""
    with reading():
        return answer(GiftCardOut, accounts.called(number, _own()))


@shop.get("/cards/<number>/entries")
@buyers_only
@paged
@shop.response(200, GiftCardEntryOut(many=True))
def list_own_entries(number: str) -> Response:
    """What happened to one of your cards, newest first."""
    with reading():
        card = accounts.called(number, _own())
        return page(GiftCardEntryOut, StoredValueEntry, StoredValueEntry.card_id == card.id)


@shop.post("/cards/<number>/code")
@buyers_only
@shop.response(200, GiftCardCodeOut)
@idempotent(secret=True)
def make_code(number: str) -> Response:
    """A fresh code for a present you bought, shown once; the one before it opens nothing any more."""
    with transaction():
        card = accounts.called(number, _own(), lock=True)
        return answer(GiftCardCodeOut, {"number": card.number, "code": cards.fresh_code(card)})


@shop.post("/cards/bind")
@buyers_only
@shop.arguments(GiftCardBindIn)
@shop.response(200, GiftCardOut)
@idempotent
def bind(body: dict[str, Any]) -> Response:
    """Take a card you were given: number and code. A wrong code counts, and after a few the card wants a fresh one."""
    customer_id = current_customer_id()
    with transaction():
        guesses.require_free(customer_id)
        card = cards.bind(body["number"], body["code"], customer_id)
        if card is not None:
            return answer(GiftCardOut, card)
        guesses.count(customer_id)
    # told only now: the wrong guess must be kept
    raise NotFound("There is no card with this number and code.")


def _own() -> Any:
    me = current_customer_id()
    card = StoredValueCard
    return or_(card.customer_id == me, card.customer_id.is_(None) & (card.bought_by == me))


# ---------------------------------------------------------------------------------------------- staff: what is sold
@admin.get("/kinds")
@needs("stored_value.read")
@paged
@admin.response(200, GiftCardKindOut(many=True))
def list_kinds() -> Response:
    """Every kind of card, oldest first."""
    with reading():
        return page(GiftCardKindOut, StoredValueProduct, newest_first=False)


@admin.post("/kinds")
@needs("stored_value.sell")
@admin.arguments(GiftCardKindIn)
@admin.response(201, GiftCardKindOut)
@idempotent
def create_kind(body: dict[str, Any]) -> Response:
    """A new kind of card, bought as a virtual variant."""
    with transaction():
        variant = _virtual(body.pop("sku"))
        kind = sale.new_kind(variant.id, body)
        flush()
        return answer(GiftCardKindOut, kind, 201)


@admin.post("/kinds/<uuid:kind_id>")
@needs("stored_value.sell")
@admin.arguments(GiftCardKindEditIn)
@admin.response(200, GiftCardKindOut)
@idempotent
def edit_kind(body: dict[str, Any], kind_id: UUID) -> Response:
    """Change a kind of card; orders that were placed keep what they were offered."""
    with transaction():
        kind = get(StoredValueProduct, current_merchant().id, kind_id, lock=True)
        sale.change_kind(kind, body)
        return answer(GiftCardKindOut, kind)


def _virtual(sku: str) -> Variant:
    query = select(Variant).where(Variant.merchant_id == current_merchant().id, Variant.sku == sku)
    variant = db.session().scalar(query)
    if variant is None or not variant.virtual:
        raise Invalid.field("/sku", f"{sku!r} must be a virtual variant of this shop.", "not_virtual")
    return variant


# ---------------------------------------------------------------------------------------------- staff: cards
@admin.get("/cards")
@needs("stored_value.read")
@paged
@admin.arguments(GiftCardsIn, location="query")
@admin.response(200, GiftCardOut(many=True))
def list_cards(query: dict[str, Any]) -> Response:
    """Cards by number, customer or status; newest first."""
    where = [getattr(StoredValueCard, name) == value for name, value in query.items()]
    with reading():
        return page(GiftCardOut, StoredValueCard, *where)


@admin.get("/cards/<number>")
@needs("stored_value.read")
@admin.response(200, GiftCardOut)
def show_card(number: str) -> Response:
    """One card."""
    with reading():
        return answer(GiftCardOut, accounts.called(number))


@admin.get("/cards/<number>/entries")
@needs("stored_value.read")
@paged
@admin.response(200, GiftCardEntryDetailOut(many=True))
def list_entries(number: str) -> Response:
    """What happened to a card, newest first."""
    with reading():
        card = accounts.called(number)
        return page(GiftCardEntryDetailOut, StoredValueEntry, StoredValueEntry.card_id == card.id)


@admin.post("/cards")
@needs("stored_value.issue")
@admin.arguments(GiftCardGrantIn)
@admin.response(201, GiftCardOut)
@idempotent
def issue_card(body: dict[str, Any]) -> Response:
    """Issue a card by hand, to a customer or to whoever gets its code."""
    with transaction():
        card = cards.grant(**{"customer_id": None, **body})
        return _shown(card, 201)


@admin.post("/cards/<number>/code")
@needs("stored_value.issue")
@admin.response(200, GiftCardCodeOut)
@idempotent(secret=True)
def make_code_for_anybody(number: str) -> Response:
    """A fresh code for a card that is nobody's yet, shown once."""
    with transaction():
        card = accounts.called(number, lock=True)
        return answer(GiftCardCodeOut, {"number": card.number, "code": cards.fresh_code(card)})


@admin.post("/cards/<number>/freeze")
@needs("stored_value.change")
@admin.response(200, GiftCardOut)
@idempotent
def freeze(number: str) -> Response:
    """Nobody pays with it until it is unfrozen; what it holds for orders already is not touched."""
    with transaction():
        card = accounts.called(number, lock=True)
        cards.freeze(card)
        return _shown(card)


@admin.post("/cards/<number>/unfreeze")
@needs("stored_value.change")
@admin.response(200, GiftCardOut)
@idempotent
def unfreeze(number: str) -> Response:
    """It pays again."""
    with transaction():
        card = accounts.called(number, lock=True)
        cards.unfreeze(card)
        return _shown(card)


@admin.post("/cards/<number>/extend")
@needs("stored_value.change")
@admin.arguments(GiftCardExtendIn)
@admin.response(200, GiftCardOut)
@idempotent
def extend(body: Mapping[str, Any], number: str) -> Response:
    """It lives longer; if it had expired, from now, and what was lost by that is on it again."""
    with transaction():
        card = accounts.called(number, lock=True)
        cards.extend(card, body["days"], body["remark"])
        return _shown(card)


@admin.post("/cards/<number>/adjust")
@needs("stored_value.change")
@admin.arguments(GiftCardAdjustIn)
@admin.response(200, GiftCardOut)
@idempotent
def adjust(body: Mapping[str, Any], number: str) -> Response:
    """Put right what is on it; the books say so too."""
    with transaction():
        card = accounts.called(number, lock=True)
        cards.adjust(card, body["principal"], body["bonus"], body["remark"], str(uuid4()))
        return _shown(card)


def _shown(card: StoredValueCard, status: int = 200) -> Response:
    """As the database has it now: amounts change past the row in hand."""
    flush()
    db.session().refresh(card)
    return answer(GiftCardOut, card, status)
