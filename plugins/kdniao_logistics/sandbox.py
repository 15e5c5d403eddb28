"""The door of the simulated Kdniao, which ``merx sandbox serve`` starts; no real parcel is near it.

It plays instant queries, subscriptions with signed pushes of whole trails, recognition, labels and their return, the
phone rule, limits a second, and bad days by the last digits of a number. Its control API stands under ``/_sim/``; tell
it there where to push (``push_url``), as one does in Kdniao's console. It remembers in memory. Not played: maps, pickup
orders, cash on delivery, prices.
"""

from pathlib import Path

import httpx

from core import Sandbox, http_client
from plugins.kdniao_logistics.simulator.app import Simulator
from plugins.kdniao_logistics.simulator.pushes import FORM

NAME = "kdniao"
#: seconds that a merchant has to answer a push
PATIENCE = 5.0


def make_simulator(folder: Path, url: str) -> Simulator:
    """A simulator that pushes by itself."""
    simulator = quiet_simulator(folder, url)
    simulator.start()
    return simulator


def quiet_simulator(folder: Path, url: str) -> Simulator:
    """A simulator that pushes only when it is told to flush."""
    client = http_client(timeout=PATIENCE)

    def send(target: str, body: bytes) -> tuple[int, bytes]:
        try:
            answer = client.post(target, content=body, headers={"Content-Type": FORM})
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0, b""
        return answer.status_code, answer.content

    return Simulator(folder, url, send, farewell=client.close)


SANDBOX = Sandbox(
    name=NAME,
    title="Kdniao without parcels: tracks, pushes, labels, faults on demand under /_sim/.",
    make=make_simulator,
)
