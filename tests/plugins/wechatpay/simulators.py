"""The simulated WeChat Pay for tests: served on a real socket, and steered over HTTP like everybody does.

with simulator(tmp_path) as wechat:
    settings = wechat.config("public_key")      # or certificate, mixed, provider
    wechat.pay(code_url=...)                    # the buyer pays
    wechat.flush()                              # the notice goes out, now and here
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.commands.sandbox_server import SandboxServer
from plugins.wechatpay import sandbox
from plugins.wechatpay.simulator import keys
from plugins.wechatpay.simulator.control import HEADER
from tests import simulated
from tests.simulated import Gateway, Said


class Wechat(Gateway):
    """The control API of one simulator. What is refused raises AssertionError with its words."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder, self.token = folder, keys.kept_token(folder)
        super().__init__(url, {HEADER: self.token})

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

    def bill(self, kind: str, **given: Any) -> None:
        """From now on the bills differ from the truth: see simulator/bills.py."""
        self.post("bills", {"kind": kind, **given})

    def bills_are_right(self) -> None:
        """They do not differ any more."""
        self.post("bills", {"clear": True})

    def orders(self) -> list[Said]:
        """Every order."""
        return list(self.get("orders")["orders"])

    def order(self, out_trade_no: str) -> Said:
        """The one order of that number."""
        (found,) = self.get("orders", out_trade_no=out_trade_no)["orders"]
        return found

    def splits(self, **given: str) -> list[Said]:
        """Every split, and what was given back of it; out_trade_no=: of one payment."""
        return list(self.get("splits", **given)["splits"])


@contextmanager
def simulator(folder: Path, *, background: bool = False) -> Iterator[Wechat]:
    """A simulator behind a real socket.

    :param background: it sends its notices by itself, as ``merx sandbox serve`` does; otherwise flush() does.
    """
    lend_keys(folder)
    server = SandboxServer(0)
    make = sandbox.make_simulator if background else sandbox.quiet_simulator
    with simulated.serving(server, make(folder, server.url)):
        wechat = Wechat(server.url, folder)
        try:
            yield wechat
        finally:
            wechat.close()


def lend_keys(folder: Path) -> None:
    """Keys that were made once for all tests."""
    simulated.lend_keys(keys, folder)
