"""The door of the simulated Alipay, which ``merx sandbox serve`` starts; no real money is near it.

It plays the gateway with real signatures (key mode, certificates, content encryption, authorised apps, platforms),
orders by page, wap, app and code, queries, closing, cancelling, refunds, notices with their day of retries, the trade
bill, and the buyer: a cashier page at the link that a browser opens, and a console page at ``/``. Its control API
stands under ``/_sim/``. It remembers in memory: only keys and the token outlast a restart. Not played: profit sharing,
deposits, payment codes, refunds that bounce from a card, risk control, and exact texts.
"""

from collections.abc import Mapping
from pathlib import Path

import httpx

from core import Sandbox, http_client
from plugins.alipay.simulator.app import Simulator
from plugins.alipay.simulator.notices import PATIENCE

NAME = "alipay"


def make_simulator(folder: Path, url: str) -> Simulator:
    """A simulator that sends its notices by itself."""
    simulator = quiet_simulator(folder, url)
    simulator.start()
    return simulator


def quiet_simulator(folder: Path, url: str) -> Simulator:
    """A simulator that sends its notices only when it is told to flush them."""
    client = http_client(timeout=PATIENCE)

    def send(target: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        try:
            answer = client.post(target, content=body, headers=dict(headers))
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            return 0, type(trouble).__name__
        if answer.elapsed.total_seconds() > PATIENCE:
            return 0, "too late"
        return answer.status_code, answer.text[:200]

    return Simulator(folder, url, send, farewell=client.close)


SANDBOX = Sandbox(
    name=NAME,
    title="Alipay's gateway without money: all ways to pay, signed notices, bills, faults on demand under /_sim/.",
    make=make_simulator,
)
