"""The simulated Alipay for tests: served on a real socket, and steered over HTTP like everybody does.

with simulator(tmp_path) as alipay:
    settings = alipay.config("key")             # or certificate, sealed, isv, platform
    alipay.pay(qr_code=...)                     # the buyer pays
    alipay.flush()                              # the notice goes out, now and here
"""

import functools
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from core.commands.sandbox_server import SandboxServer
from plugins.alipay import sandbox
from plugins.alipay.simulator import keys
from plugins.alipay.simulator.app import Simulator
from plugins.alipay.simulator.control import HEADER

Said = dict[str, Any]


class Sim:
    """The control API of one simulator, and the buyer's browser. What is refused raises AssertionError."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.token = keys.kept_token(folder)
        self._client = httpx.Client(base_url=url, headers={HEADER: self.token}, timeout=60, verify=False)
        self.browser = httpx.Client(timeout=60, verify=False)

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        self.browser.close()

    def merchant(self, name: str) -> Said:
        """``settings`` and ``stores`` of an app of the cast."""
        return self.get("config")["merchants"][name]

    def config(self, name: str) -> Said:
        """Ready account settings of key, certificate, sealed, isv or platform."""
        return self.merchant(name)["settings"]

    def goes_to(self, url: str) -> str:
        """The buyer's browser follows a link of the shop's; the address of the cashier it is sent to."""
        answer = self.browser.get(url)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def opened(self, client: Said) -> Said:
        """What names the trade behind what the phone was given: a code, a cashier, an order string."""
        if "url" in client:
            return {"cashier": self.goes_to(client["url"])}
        return {name: client[name] for name in ("qr_code", "order_string") if name in client}

    def open(self, **given: Any) -> Said:
        """The buyer scans or signs in: qr_code=, cashier=, order_string= or out_trade_no=."""
        return self.post("open", given)

    def pay(self, **given: Any) -> Said:
        """The buyer pays; as :meth:`open`, and coupon=, after_close=."""
        return self.post("pay", given)

    def refund_ends(self, out_request_no: str) -> Said:
        """A refund that was accepted changes funds."""
        return self.post("refunds", {"out_request_no": out_request_no})

    def console_refund(self, out_trade_no: str, amount: int) -> Said:
        """Somebody gives money back in the merchant's console."""
        return self.post("console-refund", {"out_trade_no": out_trade_no, "amount": amount})

    def flush(self) -> list[Said]:
        """Send every notice that is due, one after the other; what became of each."""
        return list(self.post("flush")["deliveries"])

    def hold(self) -> None:
        """Keep the notices that come from now on."""
        self.post("hold")

    def release(self, order: str = "") -> int:
        """Let go of them, ``reversed`` if that is wanted; how many."""
        return int(self.post("release", {"order": order})["released"])

    def forge(self, kind: str, **given: Any) -> list[Said]:
        """Send a forgery about out_trade_no= or out_request_no=, times= at once; what was answered."""
        return list(self.post("forge", {"kind": kind, **given})["deliveries"])

    def fault(self, verb: str, kind: str, count: int = 1, seconds: float = 0) -> None:
        """The next *count* calls of *verb* go wrong like *kind*."""
        self.post("faults", {"verb": verb, "kind": kind, "count": count, "seconds": seconds})

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.post("faults", {"clear": True})

    def spoils_bill(self, seller_id: str, day: str, change: str, **given: Any) -> None:
        """The bill of *day* has a row dropped, duplicated, altered or added."""
        self.post("bills", {"seller_id": seller_id, "day": day, "change": change, **given})

    def switch(self, **switches: Any) -> Said:
        """Set switches, see simulator/world.py."""
        return self.post("switches", switches)

    def trades(self) -> list[Said]:
        """Every trade."""
        return list(self.get("trades")["trades"])

    def trade(self, out_trade_no: str) -> Said:
        """The one trade of that number."""
        (found,) = self.get("trades", out_trade_no=out_trade_no)["trades"]
        return found

    def refunds(self) -> list[Said]:
        """Every refund."""
        return list(self.get("refunds")["refunds"])

    def notices(self) -> list[Said]:
        """The notices that were not accepted yet."""
        return list(self.get("notices")["notices"])

    def deliveries(self) -> list[Said]:
        """Every try to tell something."""
        return list(self.get("deliveries")["deliveries"])

    def get(self, what: str, **given: str) -> Said:
        """Ask the control API."""
        return self._told(self._client.get(f"/_sim/{what}", params=given))

    def post(self, what: str, given: Said | None = None) -> Said:
        """Tell the control API."""
        return self._told(self._client.post(f"/_sim/{what}", content=json.dumps(given or {})))

    def _told(self, answer: httpx.Response) -> Said:
        told = answer.json()
        assert answer.status_code == 200, told["error"]
        return told


@contextmanager
def simulator(folder: Path, *, background: bool = False) -> Iterator[Sim]:
    """A simulator behind a real socket.

    :param background: it sends its notices by itself, as ``merx sandbox serve`` does; otherwise flush() does.
    """
    lend_keys(folder)
    server = SandboxServer(0)
    make = sandbox.make_simulator if background else sandbox.quiet_simulator
    with serving(server, make(folder, server.url)):
        alipay = Sim(server.url, folder)
        try:
            yield alipay
        finally:
            alipay.close()


@contextmanager
def serving(server: SandboxServer, app: Simulator) -> Iterator[None]:
    """Serve *app*, and close both in the end."""
    server.application = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator")
    thread.start()
    try:
        yield
    finally:
        app.close()
        server.shutdown()
        thread.join()
        server.server_close()


def lend_keys(folder: Path) -> None:
    """Keys that were made once for all tests: making them takes a while."""
    if not (folder / keys.FILE).exists():
        keys.write_secret(folder / keys.FILE, _lent())


@functools.cache
def _lent() -> str:
    with tempfile.TemporaryDirectory() as folder:
        keys.kept_keys(Path(folder))
        return (Path(folder) / keys.FILE).read_text(encoding="ascii")
