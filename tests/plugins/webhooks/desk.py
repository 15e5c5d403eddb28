"""Whoever looks after the webhooks of a shop, over HTTP."""

from collections.abc import Sequence
from typing import Any

from tests.plugins.webhooks.receiver import Receiver
from tests.told import Told
from tests.vocabulary import Shop


class Desk:
    """Acts for the owner of *shop*, where the plugin is turned on."""

    def __init__(self, shop: Shop, **settings: Any) -> None:
        self.shop = shop
        shop.turns_on("webhooks", **settings)

    def asks(self, method: str, path: str, body: Any = None) -> Told:
        """One request under webhooks/."""
        return self.shop.asks(method, f"webhooks/{path}", body)

    def refused(self, status: int, method: str, path: str, body: Any = None) -> Told:
        """One that must be refused."""
        return self.shop.is_refused(status).asks(method, f"webhooks/{path}", body)

    def tells(self, receiver: Receiver, *events: str) -> Told:
        """A new endpoint, with its secret."""
        return self.asks("POST", "endpoints", {"url": receiver.url, "events": list(events) or ["*"]})

    def endpoint(self, endpoint: Told) -> Told:
        """It, as it is now."""
        return self.asks("GET", f"endpoints/{endpoint.id}")

    def does(self, endpoint: Told, word: str, body: Any = None) -> Told:
        """``POST endpoints/<id>/<word>``."""
        return self.asks("POST", f"endpoints/{endpoint.id}/{word}", body)

    def log(self, **filters: Any) -> list[Told]:
        """The delivery log, oldest first."""
        return [Told(row) for row in reversed(self.shop.lists("webhooks/deliveries", **filters))]

    def statuses(self, **filters: Any) -> Sequence[str]:
        """How each delivery stands, oldest first."""
        return [row.status for row in self.log(**filters)]
