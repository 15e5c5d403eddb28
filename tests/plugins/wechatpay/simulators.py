"""The simulated WeChat Pay for tests: served on a real socket, and steered over HTTP like everybody does.

with simulator(tmp_path) as wechat:
    settings = wechat.config("public_key")      # or certificate, mixed, provider
    wechat.pay(code_url=...)                    # the buyer pays
    wechat.flush()                              # the notice goes out, now and here
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
from plugins.wechatpay import sandbox
from plugins.wechatpay.simulator import keys
from plugins.wechatpay.simulator.app import Simulator
from plugins.wechatpay.simulator.control import HEADER

Said = dict[str, Any]


class Wechat:
    """The control API of one simulator. What is refused raises AssertionError with its words."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.token = keys.kept_token(folder)
        self._client = httpx.Client(base_url=url, headers={HEADER: self.token}, timeout=60, verify=False)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def merchant(self, name: str) -> Said:
        """``settings``, ``sub_mchids``, ``sub_appids``, ``apps``, ``platform_serials`` of a merchant of the cast."""
        return self.get("config")["merchants"][name]

    def config(self, name: str) -> Said:
        """Ready account settings of public_key, certificate, mixed or provider."""
        return self.merchant(name)["settings"]

    def pay(self, **given: Any) -> Said:
        """The buyer pays out_trade_no=, code_url=, h5_url= or prepay_id=; merchant=, openid=, coupon=, after_close=."""
        return self.post("pay", given)

    def fail(self, **given: Any) -> Said:
        """The buyer's card is refused."""
        return self.post("fail", given)

    def refund_ends(self, out_refund_no: str, status: str) -> Said:
        """A refund ends as SUCCESS, ABNORMAL or CLOSED, now or as soon as it is asked for."""
        return self.post("refunds", {"out_refund_no": out_refund_no, "status": status})

    def rotate(self, merchant: str) -> str:
        """A new platform certificate beside the old one; its serial."""
        return str(self.post("rotate", {"merchant": merchant})["serial_no"])

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
        """Send a forgery about out_trade_no= or out_refund_no=, times= at once; what was answered."""
        return list(self.post("forge", {"kind": kind, **given})["deliveries"])

    def bill(self, kind: str, **given: Any) -> None:
        """From now on the bills differ from the truth: see simulator/bills.py."""
        self.post("bills", {"kind": kind, **given})

    def bills_are_right(self) -> None:
        """They do not differ any more."""
        self.post("bills", {"clear": True})

    def fault(self, verb: str, kind: str, count: int = 1, seconds: float = 0) -> None:
        """The next *count* calls of *verb* go wrong like *kind*."""
        self.post("faults", {"verb": verb, "kind": kind, "count": count, "seconds": seconds})

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.post("faults", {"clear": True})

    def switch(self, **switches: Any) -> Said:
        """Set switches, see simulator/world.py."""
        return self.post("switches", switches)

    def orders(self) -> list[Said]:
        """Every order."""
        return list(self.get("orders")["orders"])

    def order(self, out_trade_no: str) -> Said:
        """The one order of that number."""
        (found,) = self.get("orders", out_trade_no=out_trade_no)["orders"]
        return found

    def refunds(self) -> list[Said]:
        """Every refund."""
        return list(self.get("refunds")["refunds"])

    def splits(self, **given: str) -> list[Said]:
        """Every split, and what was given back of it; out_trade_no=: of one payment."""
        return list(self.get("splits", **given)["splits"])

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
def simulator(folder: Path, *, background: bool = False) -> Iterator[Wechat]:
    """A simulator behind a real socket.

    :param background: it sends its notices by itself, as ``merx sandbox serve`` does; otherwise flush() does.
    """
    lend_keys(folder)
    server = SandboxServer(0)
    make = sandbox.make_simulator if background else sandbox.quiet_simulator
    with serving(server, make(folder, server.url)):
        wechat = Wechat(server.url, folder)
        try:
            yield wechat
        finally:
            wechat.close()


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
