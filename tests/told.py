"""What the API told, readable by name: `order.state`, `order.line("tea").net`."""

from datetime import datetime
from typing import Any


class Told:
    """What the API told, readable by name: ``order.state``, ``order.lines[0].net``."""

    def __init__(self, told: Any, etag: str | None = None) -> None:
        self.told, self.etag = told, etag

    def __getattr__(self, name: str) -> Any:
        if name not in self.told:
            raise AttributeError(f"the answer has no {name}, only {', '.join(self.told)}")
        return read(self.told[name])

    def __getitem__(self, key: Any) -> Any:
        return read(self.told[key])

    def __contains__(self, key: Any) -> bool:
        return key in self.told

    def __repr__(self) -> str:
        return f"Told({self.told})"

    # -- what stories ask of an order
    def line(self, sku: str) -> "Told":
        """The line of that SKU; ``freight`` is the freight's."""
        return Told(next(row for row in self.told["lines"] if row["sku"] == sku))

    def deadline(self, kind: str) -> datetime | None:
        """When *kind* happens by itself; None = it does not."""
        row = next((row for row in self.told["deadlines"] if row["kind"] == kind), None)
        return moment(row["due_at"]) if row else None

    def paused(self, kind: str) -> int | None:
        """Seconds left of a clock that stands still; None = it runs."""
        found: int | None = next(row for row in self.told["deadlines"] if row["kind"] == kind)["paused_left"]
        return found

    def nets(self) -> list[int]:
        """What is really paid for each line of goods."""
        return [row["net"] for row in self.told["lines"] if row["kind"] == "goods"]


def read(value: Any) -> Any:
    """Objects by name, lists item by item, moments as moments."""
    if isinstance(value, dict):
        return Told(value)
    return [read(item) for item in value] if isinstance(value, list) else value


def moment(text: str) -> datetime:
    """A moment of the wire."""
    return datetime.fromisoformat(text)
