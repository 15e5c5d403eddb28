"""The counter where cards are sold and asked for: the words of tests and stories."""

from typing import Any

from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


def sells_card(shop: Shop, sku: str, principal: int, bonus: int = 0, valid_days: int = 100) -> Told:
    """A kind of card on sale."""
    shop.sells(sku, principal, stock=0, virtual=True)
    body = {"sku": sku, "title": f"Card {sku}", "principal": principal, "bonus": bonus, "valid_days": valid_days}
    return shop.asks("POST", "stored_value/kinds", body)


def orders_cards(buyer: BuyerActor, sku: str, units: int = 1, *, gift: bool = False, **more: Any) -> Told:
    """Order so many cards."""
    options: dict[str, Any] = {"options": {"stored_value": {"gift": True}}} if gift else {}
    return buyer.orders({sku: units}, entry="stored_value_card", by="none", **options, **more)


def buys_card(shop: Shop, buyer: BuyerActor, sku: str, *, gift: bool = False) -> Told:
    """Buy one card by bank transfer; the card."""
    order = shop.sees_money(orders_cards(buyer, sku, gift=gift))
    assert order.state == "completed", order.state
    return cards_of(buyer)[0]


def cards_of(buyer: BuyerActor) -> list[Told]:
    """The buyer's cards, newest first."""
    return [Told(row) for row in buyer.lists("stored_value/cards")]


def looks_at(buyer: BuyerActor, card: Told) -> Told:
    """One of the buyer's cards, as it is now."""
    return buyer.asks("GET", f"stored_value/cards/{card.number}")


def on(card: Told) -> tuple[int, int]:
    """Free principal and bonus."""
    return card.principal, card.bonus


def pays(buyer: BuyerActor, order: Told, *tenders: dict[str, Any] | str) -> Told:
    """Pay with these, in one go; a name alone takes as much as there is."""
    named = [{"channel": one} if isinstance(one, str) else one for one in tenders]
    return buyer.does(order, "payments", tenders=named)
