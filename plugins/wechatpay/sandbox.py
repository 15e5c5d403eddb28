"""The door of the simulated WeChat Pay, which ``merx sandbox serve`` starts; no real money is near it.

It plays certificates, orders by JSAPI, Native, H5 and App (direct and for a provider's sub-merchants), queries,
closing, refunds, profit sharing (no notices of it), notices with their 24 hours of retries, daily bills, and the echo
self-test, with real signatures. Its control API stands under ``/_sim/``. It remembers in memory: only keys and the
token outlast a restart. Not played: combined payments, risk control, fees of other than 0.60 %, rate limits, exact
texts, the console, and the app on the buyer's phone.
"""

from collections.abc import Mapping
from pathlib import Path

import httpx

from core import Sandbox, http_client
from plugins.wechatpay.simulator.app import Simulator
from plugins.wechatpay.simulator.notices import PATIENCE

NAME = "wechatpay"


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
    title="WeChat Pay API v3 without money: all ways to pay, signed notices, faults on demand under /_sim/.",
    make=make_simulator,
)
