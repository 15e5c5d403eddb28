"""The words of balance and points: what a customer has, what staff put there, and how it is spent and paid out."""

from typing import Any

from core.db import across_merchants, reading
from plugins.balance_points.plugin import register_checks
from tests.actors import Merchant
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop, StaffActor

NAME = "balance_points"
PASSWORD = "135790"


def opens(shop: Shop, **settings: Any) -> Shop:
    """The shop keeps balance and points from now on, and sells recharges."""
    shop.sells("recharge", 1, stock=0, virtual=True)
    shop.turns_on(NAME, recharge_sku="recharge", **settings)
    return shop


def gives(staff: StaffActor, buyer: BuyerActor, *, balance: int = 0, points: int = 0, **more: Any) -> Told:
    """Staff put something on a customer's accounts, or take it away."""
    kind, change = ("balance", balance) if balance else ("points", points)
    body = {"kind": kind, "change": change, "remark": "to begin with"}
    return staff.asks("POST", f"{NAME}/customers/{buyer.id}/adjustments", body | more)


def has(buyer: BuyerActor) -> dict[str, tuple[int, int]]:
    """What the buyer sees of the accounts: kind -> (free, set aside)."""
    rows = buyer.api.get(f"{NAME}/accounts")["data"]
    return {row["kind"]: (row["available"], row["held"]) for row in rows}


def balance(buyer: BuyerActor) -> tuple[int, int]:
    """Free and set aside."""
    return has(buyer)["balance"]


def points(buyer: BuyerActor) -> tuple[int, int]:
    """Free and set aside."""
    return has(buyer)["points"]


def history(buyer: BuyerActor, kind: str = "balance") -> list[tuple[str, int, int]]:
    """What happened to an account, oldest first."""
    rows = buyer.api.everything(f"{NAME}/entries", kind=kind)
    return [(row["kind"], row["available"], row["held"]) for row in reversed(rows)]


def sets_password(buyer: BuyerActor, password: str = PASSWORD, current: str | None = None) -> Told:
    """The buyer sets a pay password."""
    return buyer.asks("POST", f"{NAME}/password", {"password": password, "current_password": current})


def with_balance(password: str | None = PASSWORD, amount: int | None = None) -> dict[str, Any]:
    """The tender that pays from the balance."""
    given = {"input": {"password": password}} if password is not None else {}
    return {"channel": "balance", **given} | ({"amount": amount} if amount is not None else {})


def pays(buyer: BuyerActor, order: Told, *tenders: dict[str, Any]) -> Told:
    """The buyer pays with these; what comes back is the payment."""
    return buyer.does(order, "payments", tenders=list(tenders))


def with_points(points: int | None = None) -> dict[str, Any]:
    """What an order says that spends points: so many, or as many as may be."""
    return {"options": {NAME: {"max": True} if points is None else {"points": points}}}


def recharges(buyer: BuyerActor, amount: int) -> Told:
    """The buyer orders a recharge."""
    body = {"entry": "recharge", "delivery": {"method": "none"}, "options": {NAME: {"recharge": amount}}}
    return buyer.asks("POST", "orders", body | {"expected_total": amount})


def asks_for(buyer: BuyerActor, amount: int, password: str | None = PASSWORD) -> Told:
    """The buyer wants so much paid out."""
    body = {"amount": amount, "destination": "ICBC 6222 0000, Li Wei", "password": password}
    return buyer.asks("POST", f"{NAME}/withdrawals", body)


def decides(staff: StaffActor, withdrawal: Told, word: str, **body: Any) -> Told:
    """Staff ``approve``, ``refuse`` it or say that it is ``paid``."""
    return staff.asks("POST", f"{NAME}/withdrawals/{withdrawal.id}/{word}", body)


def breaches(merchant: Merchant) -> list[str]:
    """Every invariant of the plugin that does not hold."""
    with merchant.app.app_context(), across_merchants(), reading():
        return [told for check in register_checks() for told in check.find()]
