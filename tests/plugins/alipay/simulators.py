"""The simulated Alipay for tests: served on a real socket, and steered over HTTP like everybody does.

with simulator(tmp_path) as alipay:
    settings = alipay.config("key")             # or certificate, sealed, isv, platform
    alipay.pay(qr_code=...)                     # the buyer pays
    alipay.flush()                              # the notice goes out, now and here
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from core.commands.sandbox_server import SandboxServer
from plugins.alipay import sandbox
from plugins.alipay.simulator import keys
from plugins.alipay.simulator.control import HEADER
from tests import simulated
from tests.simulated import Gateway, Said


class Sim(Gateway):
    """The control API of one simulator, and the buyer's browser. What is refused raises AssertionError."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder, self.token = folder, keys.kept_token(folder)
        super().__init__(url, {HEADER: self.token})
        self.browser = httpx.Client(timeout=60, verify=False)

    def close(self) -> None:
        """Hang up."""
        super().close()
        self.browser.close()

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

    def spoils_bill(self, seller_id: str, day: str, change: str, **given: Any) -> None:
        """The bill of *day* has a row dropped, duplicated, altered or added."""
        self.post("bills", {"seller_id": seller_id, "day": day, "change": change, **given})

    def trades(self) -> list[Said]:
        """Every trade."""
        return list(self.get("trades")["trades"])

    def trade(self, out_trade_no: str) -> Said:
        """The one trade of that number."""
        (found,) = self.get("trades", out_trade_no=out_trade_no)["trades"]
        return found


@contextmanager
def simulator(folder: Path, *, background: bool = False) -> Iterator[Sim]:
    """A simulator behind a real socket.

    :param background: it sends its notices by itself, as ``merx sandbox serve`` does; otherwise flush() does.
    """
    lend_keys(folder)
    server = SandboxServer(0)
    make = sandbox.make_simulator if background else sandbox.quiet_simulator
    with simulated.serving(server, make(folder, server.url)):
        alipay = Sim(server.url, folder)
        try:
            yield alipay
        finally:
            alipay.close()


def lend_keys(folder: Path) -> None:
    """Keys that were made once for all tests."""
    simulated.lend_keys(keys, folder)
