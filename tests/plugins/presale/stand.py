"""A shop's stand where things are sold before they are there: a deposit today, the rest tomorrow noon."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from core import clock as core_clock
from core.db import reading
from core.models import LedgerEntry
from tests.conftest import MORNING
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

#: the warm-up ends tonight, the final is open tomorrow from noon to midnight, goods leave in a week
EVENING = MORNING + timedelta(hours=12)
NOON = MORNING + timedelta(days=1, hours=2)
MIDNIGHT = NOON + timedelta(hours=12)
SHIPPING = MORNING + timedelta(days=7)
PRICE, DEPOSIT, STOCK = 50_000, 5_000, 10


def wire(moment: datetime) -> str:
    """A moment as the wire has it."""
    return moment.isoformat().replace("+00:00", "Z")


class Stand:
    """A shop that presells one thing, the ``lamp`` of 600.00 for 500.00: 50.00 down, 450.00 from noon."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.sells("lamp", 60_000, stock=STOCK)

    def terms(self, items: Mapping[str, Mapping[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        """The body of an activity; *items*: SKU -> what differs from the lamp's terms."""
        wanted = {"lamp": {}} if items is None else items
        usual = {"price": PRICE, "deposit": DEPOSIT, "quota": STOCK}
        body = {
            "title": {"zh": "预售", "en": "Presale"},
            "type": "deposit",
            "deposit_starts_at": wire(MORNING),
            "deposit_ends_at": wire(EVENING),
            "final_starts_at": wire(NOON),
            "final_ends_at": wire(MIDNIGHT),
            "ship_at": wire(SHIPPING),
        }
        lines = [{"variant_id": self.shop.variants[sku], **usual, **differs} for sku, differs in wanted.items()]
        return body | {"items": lines} | more

    def presells(self, items: Mapping[str, Mapping[str, Any]] | None = None, **more: Any) -> Told:
        """A new activity."""
        return self.shop.asks("POST", "presale/activities", self.terms(items, **more))

    def presells_whole(self, **more: Any) -> Told:
        """An activity that takes all at once."""
        item = {"deposit": None, "quota": STOCK}
        window = {"final_starts_at": None, "final_ends_at": None}
        return self.presells({"lamp": item}, **window, type="full", **more)

    def changes(self, activity: Told, **changes: Any) -> Told:
        """Change an activity."""
        return self.shop.asks("POST", f"presale/activities/{activity.id}", changes)

    def lists_at(self, price: int) -> None:
        """The lamp's list price from now on."""
        self.shop.api.patch("variants/lamp", {"price": price}, self.shop.api.get("variants/lamp").etag)

    def counts(self, activity: Told) -> tuple[int, int, int]:
        """Units placed, with the deposit paid, paid whole."""
        (item,) = self.shop.asks("GET", f"presale/activities/{activity.id}").told["items"]
        return item["placed"], item["deposit_paid"], item["final_paid"]

    def phase(self, buyer: BuyerActor, order: Told) -> str:
        """What the buyer's order waits for."""
        return str(buyer.asks("GET", f"presale/orders/{order.number}").phase)

    def forfeited(self) -> int:
        """What the merchant has kept, as the books say it."""
        with self.shop.merchant.inside(), reading() as session:
            mine = (LedgerEntry.merchant_id == self.shop.merchant.id, LedgerEntry.book == "forfeited_income")
            return -int(session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(*mine)) or 0)


def orders(buyer: BuyerActor, units: Mapping[str, int] | None = None, **more: Any) -> Told:
    """A presale order of one lamp, or of *units*."""
    return buyer.orders(units or {"lamp": 1}, entry="presale", **more)


def waits_until(clock: Any, moment: datetime) -> None:
    """Let time pass until then."""
    clock.passes(seconds=(moment - core_clock.now()).total_seconds())
