"""The words of the rules: a shop, a buyer, and the source that follows the parcels."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.db import all_of, reading
from core.models import Case, Event, TrackStep
from tests.conftest import Clock
from tests.contracts.couriers.provider import Letter, News, Point, Provider
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

#: what the trails of the suite say; the words also tell a source without detailed states how it stands
WORDS = {
    "collected": "快件已揽收",
    "on_the_way": "快件运输中",
    "delivering": "正在派送",
    "signed": "快件已签收",
    "exception": "快件派件异常",
    "lost": "快件遗失",
    "returning": "收件人拒收",
    "returned": "快件已退回",
}


@dataclass
class Scene:
    """What a rule is played with."""

    shop: Shop
    mei: BuyerActor
    clock: Clock
    provider: Provider
    start: datetime

    # ------------------------------------------------------------------------------------------ parcels
    def sends(self, n: int = 1, number: str | None = None) -> Told:
        """An order whose one parcel has the n-th number, followed by the source."""
        order = self.shop.sees_money(self.mei.orders({"tea": 1}))
        order = self.shop.sends(order, tracking_no=number or self.provider.number(n), carrier=self.provider.carrier)
        self.clock.settles()
        return order

    def mends(self, order: Told, n: int) -> None:
        """The parcel's number was wrong: it is the n-th."""
        parcel = order.shipments[0].parcels[0]
        body = {"carrier": self.provider.carrier, "tracking_no": self.provider.number(n), "reason": "mistyped"}
        self.shop.asks("POST", f"parcels/{parcel.id}/tracking", body)
        self.clock.settles()

    # ------------------------------------------------------------------------------------------ news
    def news(self, n: int, *statuses: str) -> News:
        """A trail with one point an hour, from the suite's first hour on."""
        points = (
            Point(self.start + timedelta(hours=hour), status, f"{WORDS[status]} {hour}")
            for hour, status in enumerate(statuses)
        )
        return News(self.provider.number(n), tuple(points))

    def letter(self, *news: News) -> Letter:
        """The source tells of these."""
        return self.provider.letter(*news)

    def tells(self, *news: News) -> None:
        """It arrives, and is accepted."""
        self.posts(self.letter(*news))

    def posts(self, letter: Letter) -> None:
        """A genuine letter arrives, and all that follows is done."""
        answer = letter.post()
        assert self.provider.is_accepted(answer), answer.text
        self.clock.settles()

    # ------------------------------------------------------------------------------------------ what is known
    def track(self, order: Told) -> Told:
        """The order's one trail as the buyer sees it."""
        (row,) = self.mei.asks("GET", f"orders/{order.number}/tracks").told["data"]
        return Told(row)

    def staff_tracks(self, order: Told) -> list[Told]:
        """The order's trails under every number."""
        return [Told(row) for row in self.shop.asks("GET", f"orders/{order.number}/tracks").told["data"]]

    def told(self, name: str) -> int:
        """How often an event was announced."""
        return len(self._rows(Event, Event.name == name))

    def points(self) -> int:
        """How many points are written down."""
        return len(self._rows(TrackStep))

    def cases(self) -> list[str]:
        """The kinds of the open cases."""
        return [case.kind for case in self._rows(Case, Case.status == "open")]

    def _rows(self, model: Any, *where: Any) -> list[Any]:
        with self.shop.merchant.inside(), reading():
            return all_of(model, self.shop.merchant.id, *where)
