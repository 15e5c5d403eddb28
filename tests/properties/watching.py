"""What a property sees of a stall's orders, and how it asks for something: refused means unchanged."""

from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from tests.races.tills import PaidStall
from tests.races.yard import Said


class Watcher(RuleBasedStateMachine):
    """Somebody who sees a stall's orders as staff do."""

    def comes_to(self, stall: PaidStall) -> None:
        """Look at this one, which has no orders yet."""
        self.stall = stall
        #: number -> the order as staff saw it last, and its buyer's token
        self.shown: dict[str, Any] = {}
        self.token: dict[str, str] = {}

    def there(self, *states: str) -> list[Any]:
        """The orders in one of *states*; all without."""
        return [order for order in self.shown.values() if not states or order["state"] in states]

    def one(self, n: int, *states: str) -> Any:
        """One of them, or None."""
        found = self.there(*states)
        return found[n % len(found)] if found else None

    def giving_back(self) -> list[Any]:
        """The orders with an open refund."""
        return [
            order for order in self.shown.values() if any(refund["status"] == "open" for refund in order["refunds"])
        ]

    def _look(self, number: str) -> None:
        self.shown[number] = self.stall.staff("GET", f"orders/{number}").body

    def _look_again(self) -> None:
        for number in self.shown:
            self._look(number)

    def _on(self, order: Any, path: str, body: dict[str, Any], **headers: str) -> None:
        path = f"orders/{order['number']}/{path}"
        self._see(order, self.stall.admin("POST", path, body, **headers))

    def _own(self, order: Any, path: str, body: dict[str, Any], **headers: str) -> None:
        path = f"orders/{order['number']}/{path}"
        self._see(order, self.stall.shop(self.token[order["number"]], "POST", path, body, **headers))

    def _see(self, order: Any, said: Said) -> None:
        # refused means unchanged, and every_law_holds would see if it were not; a channel's trouble may leave traces
        if self._check(said).good or said.status == 502:
            self._look(order["number"])

    def _check(self, said: Said) -> Said:
        trouble = said.status == 502 and str(said["code"]).startswith("channel_")
        assert said.status < 500 or trouble, f"{said.status}: {said.body}"
        return said
