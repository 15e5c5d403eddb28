"""The simulated Kdniao behind `kdniao_logistics`: paid products, and free ones that tell less."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

from plugins.kdniao_logistics.client import CLIENT
from tests.contracts.couriers.provider import Letter, News, Provider
from tests.plugins.kdniao_logistics.simulators import simulator
from tests.vocabulary import Shop

#: the contract's words in Kdniao's
CODES = {
    "collected": "1",
    "on_the_way": "2",
    "delivering": "202",
    "signed": "301",
    "exception": "405",
    "lost": "426",
    "returning": "404",
    "returned": "406",
}


class KdniaoProvider(Provider):
    """Paid products: 8001, 8008, pushes 102."""

    name = "kdniao_logistics"
    carrier = "YTO"
    can = frozenset({"asked"})
    faults = ("cut_before", "cut_after", "refuse_500", "no_json")
    query, subscription, kind = "8001", "8008", "102"

    @contextmanager
    def opens(self, folder: Path) -> Iterator[None]:
        """A simulator on a real socket; our client waits for nobody."""
        pause, patience = CLIENT._pause, CLIENT._patience
        CLIENT._pause, CLIENT._patience = lambda seconds: None, 1.0
        with simulator(folder) as self.kdn:
            yield
        CLIENT.close()
        CLIENT._pause, CLIENT._patience = pause, patience

    def sets_up(self, shop: Shop) -> None:
        """An account that is pushed to at its address."""
        products = {"query_type": self.query, "subscribe_type": self.subscription}
        body = {"plugin": self.name, "name": "kdn", "settings": self.kdn.settings(**products)}
        shop.api.post("accounts", body)
        shop.turns_on(self.name)
        shop.merchant.app.config["PUBLIC_URL"] = shop.merchant.base_url
        self.url = shop.api.get(f"{self.name}/push-addresses")["data"][0]["url"]

    def number(self, n: int) -> str:
        """One that ends in 00: there is no trace of it."""
        return f"YT{n:011d}00"

    def letter(self, *news: News) -> Letter:
        """A push of whole trails."""
        for one in news:
            rows = [(point.at, CODES[point.status], point.text) for point in one.points]
            self.kdn.trail(self.carrier, one.number, *rows)
        told = self.kdn.letter(*((self.carrier, one.number) for one in news), kind=self.kind)
        return Letter(self.url, {"Content-Type": told["content_type"]}, told["body"].encode())

    def spoilt(self, letter: Letter) -> Letter:
        """A first parcel that Kdniao itself could not follow."""
        text = parse_qs(letter.body.decode())["RequestData"][0].replace('"Success": true', '"Success": false', 1)
        told = self.kdn.signed(text, self.kind)
        return replace(letter, body=told["body"].encode())

    def forgeries(self, letter: Letter) -> Mapping[str, Letter]:
        """Another text, another signature, another account, none at all."""
        form = {name: values[0] for name, values in parse_qs(letter.body.decode()).items()}

        def spoil(**changes: Any) -> Letter:
            return replace(letter, body=urlencode({**form, **changes}).encode())

        other = form["RequestData"].replace('"1237100"', '"1237101"')
        return {
            "text": spoil(RequestData=form["RequestData"].replace("100", "200", 1)),
            "signature": spoil(DataSign=f"A{form['DataSign'][1:]}"),
            "no signature": spoil(DataSign=""),
            "another account": replace(letter, body=self.kdn.signed(other, self.kind)["body"].encode()),
            "not a form": replace(letter, headers={"Content-Type": "application/json"}),
        }

    def is_accepted(self, answer: httpx.Response) -> bool:
        """Always 200; Success says it."""
        told = answer.json()
        assert answer.status_code == 200 and set(told) == {"EBusinessID", "UpdateTime", "Success", "Reason"}
        return bool(told["Success"])

    def goes_wrong(self, fault: str) -> None:
        """All three tries."""
        self.kdn.fault(self.subscription, fault, count=3)

    def was_asked(self) -> list[Any]:
        """What was subscribed."""
        return [one["LogisticCode"] for one in self.kdn.calls(self.subscription)]


class FreeKdniaoProvider(KdniaoProvider):
    """Free products: 1002, 1008, pushes 101 without detailed states."""

    query, subscription, kind = "1002", "1008", "101"
