"""The desk where shipments are uploaded: files are written here as people and spreadsheets write them."""

from collections.abc import Sequence
from typing import Any

from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

HEAD = "order_no,sub_shipment_no,carrier,tracking_no,sku,qty,shipped_at,remark"
CSV = "text/csv"


class Desk:
    """Somebody of the shop with a file in hand."""

    def __init__(self, shop: Shop, clock: Clock) -> None:
        self.shop, self.api, self.clock = shop, shop.api, clock

    def uploads(self, *rows: str, head: str = HEAD, encoding: str = "utf-8", status: int = 201) -> Any:
        """A file of these rows; what was answered."""
        return self.uploads_bytes("\r\n".join([head, *rows]).encode(encoding), status=status)

    def uploads_bytes(self, content: bytes, name: str = "parcels.csv", status: int = 201) -> Any:
        """A file as it lies there."""
        answer = self.api.send("POST", "bulk_orders/imports", files={"file": (name, content, CSV)})
        assert answer.status == status, answer.body
        return answer.body

    def commits(self, batch: Any) -> Any:
        """The batch, done to its end."""
        self.api.post(f"bulk_orders/imports/{batch['id']}/commit")
        return self.waits_for(batch)

    def waits_for(self, batch: Any) -> Any:
        """The batch once its jobs have run."""
        self.clock.settles()
        return self.api.get(f"bulk_orders/imports/{batch['id']}").body

    def rows(self, batch: Any, **which: str) -> list[Told]:
        """What became of its rows."""
        return [Told(row) for row in self.api.everything(f"bulk_orders/imports/{batch['id']}/rows", **which)]

    def results(self, batch: Any) -> list[tuple[str, str | None]]:
        """Result and code of each row."""
        return [(row.result, row.code) for row in self.rows(batch)]

    def paid_orders(self, buyer: BuyerActor, many: int, units: dict[str, int] | None = None) -> Sequence[Told]:
        """Orders that wait for shipment."""
        return [self.shop.sees_money(buyer.orders(units or {"tea": 1})) for _ in range(many)]
