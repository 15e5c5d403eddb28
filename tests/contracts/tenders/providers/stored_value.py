"""Who stands behind `stored_value`: what a buyer has lies on two cards, principal and bonus apart."""

from tests.contracts.tenders.tender_provider import TenderProvider
from tests.vocabulary import BuyerActor, Shop


class StoredValueProvider(TenderProvider):
    """Staff issue two cards: a third of it on the one, and a fifth of each is a present."""

    name = plugin = "stored_value"
    can = frozenset({"pays"})

    def fills(self, shop: Shop, buyer: BuyerActor, amount: int) -> None:
        for part, days in ((amount // 3, 30), (amount - amount // 3, 60)):
            bonus = part // 5
            body = {"customer_id": buyer.id, "principal": part - bonus, "bonus": bonus, "valid_days": days}
            shop.asks("POST", "stored_value/cards", body | {"remark": "to begin with"})

    def has(self, buyer: BuyerActor) -> tuple[int, int]:
        cards = buyer.lists("stored_value/cards")
        free = sum(card["principal"] + card["bonus"] for card in cards)
        return free, sum(card["held_principal"] + card["held_bonus"] for card in cards)
