"""Who stands behind `balance`: staff put money on it, and the buyer pays with a pay password."""

from typing import Any

from tests.contracts.tenders.tender_provider import TenderProvider
from tests.vocabulary import BuyerActor, Shop

PASSWORD = "135790"


class BalanceProvider(TenderProvider):
    """Staff adjust the account; it needs a pay password, as it does by default."""

    name, plugin = "balance", "balance_points"
    can = frozenset({"pays", "takes_credit"})

    def fills(self, shop: Shop, buyer: BuyerActor, amount: int) -> None:
        body = {"kind": "balance", "change": amount, "remark": "to begin with"}
        shop.asks("POST", f"balance_points/customers/{buyer.id}/adjustments", body)
        buyer.asks("POST", "balance_points/password", {"password": PASSWORD})

    def has(self, buyer: BuyerActor) -> tuple[int, int]:
        (row,) = [one for one in buyer.asks("GET", "balance_points/accounts").told["data"] if one["kind"] == "balance"]
        return row["available"], row["held"]

    def gives(self) -> dict[str, Any]:
        return {"password": PASSWORD}
