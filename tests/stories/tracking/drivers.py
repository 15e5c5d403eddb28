"""The shop's own drivers, who tell how far parcels are: by staff, or by a partner's server with an API key."""

from datetime import datetime
from typing import Any

from tests.actors import Staff
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Person, Shop


class Drivers:
    """Who drives for the shop."""

    def __init__(self, shop: Shop, clock: Clock) -> None:
        self.shop, self.clock = shop, clock
        shop.turns_on("manual_tracking")
        self.server: Staff = shop.merchant.api_key("manual_tracking.write")

    def tell(self, number: str, status: str, *points: dict[str, Any], **more: Any) -> str:
        """One parcel's news; what became of it."""
        told = self.post({"carrier": "OWN", "tracking_no": number, "status": status, "points": list(points), **more})
        return str(told["results"][0]["result"])

    def post(self, *updates: dict[str, Any], **headers: str) -> Any:
        """News of several parcels at once."""
        return self.server.post("manual_tracking/updates", {"updates": list(updates)}, **headers)

    def point(self, text: str, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        """A point of a trail, of this moment if no other is said."""
        return {"at": (at or self.clock.now).isoformat(), "text": text, **more}

    def take(self, order: Told, number: str = "OWN-1001", **more: Any) -> Told:
        """A driver takes what is left of an order."""
        return self.shop.sends(order, tracking_no=number, carrier="OWN", **more)


def trail(who: Person, order: Told) -> list[Any]:
    """The trails of an order as *who* sees them."""
    return [Told(row) for row in who.asks("GET", f"orders/{order.number}/tracks").told["data"]]
