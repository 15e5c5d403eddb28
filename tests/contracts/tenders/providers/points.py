"""Who stands behind `points`: one point is worth one fen, and they may pay for all of the goods."""

from typing import Any

from tests.contracts.tenders.tender_provider import TenderProvider
from tests.vocabulary import BuyerActor, Shop


class PointsProvider(TenderProvider):
    """Points are no money: no book says how many a customer has."""

    name, plugin = "points", "balance_points"
    can = frozenset({"lowers"})
    is_owed = False

    def sets_up(self, shop: Shop) -> None:
        shop.turns_on(self.plugin, points_cap=100)

    def fills(self, shop: Shop, buyer: BuyerActor, amount: int) -> None:
        body = {"kind": "points", "change": amount, "remark": "to begin with"}
        shop.asks("POST", f"balance_points/customers/{buyer.id}/adjustments", body)

    def has(self, buyer: BuyerActor) -> tuple[int, int]:
        (row,) = [one for one in buyer.asks("GET", "balance_points/accounts").told["data"] if one["kind"] == "points"]
        return row["available"], row["held"]

    def options(self, amount: int) -> dict[str, Any]:
        return {"balance_points": {"points": amount}}
