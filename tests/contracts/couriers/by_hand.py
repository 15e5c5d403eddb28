"""Partners who push with an API key, behind `manual_tracking`."""

import json
from collections.abc import Mapping
from dataclasses import replace

import httpx

from tests.contracts.couriers.provider import Letter, News, Provider
from tests.vocabulary import Shop


class ByHandProvider(Provider):
    """A partner's server with a key for one thing."""

    name = "manual_tracking"
    carrier = "OWN"
    can = frozenset({"partial"})

    def sets_up(self, shop: Shop) -> None:
        """A key, and a key that may do something else."""
        shop.turns_on("manual_tracking")
        self.url = f"{shop.merchant.base_url}/v1/admin/{shop.merchant.code}/manual_tracking/updates"
        self.key = str(shop.merchant.api_key("manual_tracking.write").token)
        self.other_key = str(shop.merchant.api_key("stock.read").token)

    def number(self, n: int) -> str:
        """Any number will do."""
        return f"OWN-{n:05d}"

    def letter(self, *news: News) -> Letter:
        """What a partner posts."""
        updates = [
            {
                "carrier": self.carrier,
                "tracking_no": one.number,
                "status": one.points[-1].status,
                "points": [{"at": p.at.isoformat(), "text": p.text, "status": p.status} for p in one.points],
            }
            for one in news
        ]
        return Letter(self.url, self._headers(self.key), json.dumps({"updates": updates}).encode())

    def spoilt(self, letter: Letter) -> Letter:
        """A number that nobody knows."""
        told = json.loads(letter.body)
        told["updates"][0]["tracking_no"] = "NOBODYS-1"
        return replace(letter, body=json.dumps(told).encode())

    def forgeries(self, letter: Letter) -> Mapping[str, Letter]:
        """Without a key, with a made-up one, with one for something else."""
        return {
            "no key": replace(letter, headers={"Content-Type": "application/json"}),
            "made up": replace(letter, headers=self._headers(self.key[:-3] + "abc")),
            "another key": replace(letter, headers=self._headers(self.other_key)),
        }

    def is_accepted(self, answer: httpx.Response) -> bool:
        """In words of HTTP."""
        return answer.status_code == 200

    def _headers(self, key: str) -> dict[str, str]:
        return {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
