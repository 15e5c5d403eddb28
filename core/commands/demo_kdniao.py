"""Kdniao in the demo: its simulator, steered over HTTP, and the shop's account there."""

from pathlib import Path
from typing import Any

import httpx

from core.commands.demo_cast import Person, expect

PLUGIN = "kdniao_logistics"
#: the end of the receiver's telephone number, which some companies want to hear
TAIL = "0000"
Told = dict[str, Any]


class Kdniao:
    """The simulated Kdniao.

    :param url: where it plays. :param folder: its folder in the sandbox; the word that opens its control API is there.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        token = (folder / "control.token").read_text("ascii").strip()
        self._http = httpx.Client(base_url=url, headers={"Sim-Token": token}, timeout=30, trust_env=False)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def settings(self) -> Told:
        """The settings of the shop's account, key and address among them."""
        return dict(self._ask("GET", "config")["settings"])

    def pushes_to(self, address: str) -> None:
        """What is typed into Kdniao's console: where the shop wants to be told."""
        self._ask("POST", "switches", push_url=address, tail=TAIL)

    def accepted(self, tracking_no: str) -> list[Told]:
        """The pushes about a parcel that the shop said yes to."""
        told = (entry.get("push") for entry in self._ask("GET", "log")["log"])
        return [push for push in told if push and push["accepted"] and tracking_no in push["numbers"]]

    def _ask(self, method: str, name: str, **body: Any) -> Told:
        # like Kdniao itself, it does not say that its answers are JSON
        answer = self._http.request(method, f"/_sim/{name}", json=body or None)
        expect(
            answer.status_code == 200, f"Kdniao answered /_sim/{name} with {answer.status_code}: {answer.text[:300]}"
        )
        return dict(answer.json())


def switch_on(owner: Person, kdniao: Kdniao) -> None:
    """The owner lets Kdniao recognise a number, which is its check, and types the shop's address into its console."""
    owner.post(f"plugins/{PLUGIN}/enable", 200)
    addresses = owner.get(f"{PLUGIN}/push-addresses")["data"]
    expect(len(addresses) == 1, f"The shop has one account at Kdniao, and {len(addresses)} addresses to push to.")
    kdniao.pushes_to(addresses[0]["url"])
