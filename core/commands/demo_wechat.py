"""WeChat Pay in the demo: its simulator, steered over HTTP, the shop's account there, and a QR code for a terminal."""

import io
import os
from pathlib import Path
from typing import Any, TextIO

import httpx
import segno

from core.commands.demo_cast import Person, expect

PLUGIN = "wechatpay"
#: whom the simulator knows the shop as: a direct merchant who verifies by WeChat Pay's public key
MERCHANT = "public_key"
#: switch of the simulator: how many seconds a refund takes; below 0 it waits until it is told to end
QUICK, WHEN_TOLD = 2, -1
#: what a QR code is drawn with
BLOCKS = "█▀▄"
WHITE_ON_BLACK, PLAIN = "\033[97;40m", "\033[0m"
Told = dict[str, Any]


class WechatPay:
    """The simulated WeChat Pay and the phone that pays there.

    :param url: where it plays. :param folder: its folder in the sandbox; the word that opens its control API is there.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.token = (folder / "token").read_text("ascii").strip()
        self._http = httpx.Client(base_url=url, headers={"Sim-Token": self.token}, timeout=30, trust_env=False)
        self._control = Person("WeChat Pay", "/_sim", self._http)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def settings(self) -> Told:
        """The settings of the shop's account, keys and address among them."""
        return dict(self._control.get("config")["merchants"][MERCHANT]["settings"])

    def pays(self, code_url: str, *, after_close: bool = False) -> None:
        """The buyer pays what he scanned.

        :param after_close: the shop has closed it, but he was typing his password already.
        """
        self._control.post("pay", 200, code_url=code_url, after_close=after_close)

    def forges(self, kind: str, out_trade_no: str) -> Told:
        """A notice that says it was paid, wrong in one way. :returns: what the shop answered."""
        (delivery,) = self._control.post("forge", 200, kind=kind, out_trade_no=out_trade_no)["deliveries"]
        return dict(delivery)

    def order(self, out_trade_no: str) -> Told:
        """What it knows of a payment."""
        (found,) = self._control.get("orders", out_trade_no=out_trade_no)["orders"]
        return dict(found)

    def refund(self, out_refund_no: str) -> Told:
        """What it knows of a refund."""
        (found,) = self._control.get("refunds", out_refund_no=out_refund_no)["refunds"]
        return dict(found)

    def refunds_take(self, seconds: int) -> None:
        """How long refunds take from now on."""
        self._control.post("switches", 200, refund_seconds=seconds)

    def ends_refund(self, out_refund_no: str) -> None:
        """The money is with the buyer; the shop is told."""
        self._control.post("refunds", 200, out_refund_no=out_refund_no, status="SUCCESS")

    def accepted(self, number: str) -> list[Told]:
        """What it told about a payment or refund, and the shop said yes to."""
        return [one for one in self._control.get("deliveries", number=number)["deliveries"] if one["accepted"]]


def switch_on(owner: Person) -> None:
    """The owner lets WeChat Pay be asked for an echo, which it sends back openly, encrypted and as a notice."""
    (account,) = [one for one in owner.get("accounts", limit=100)["data"] if one["plugin"] == PLUGIN]
    found = owner.post(f"accounts/{account['id']}/check", 200)
    expect(found["ok"], f"The account at WeChat Pay does not work: {' '.join(found['findings'])}")
    owner.post(f"plugins/{PLUGIN}/enable", 200)


def can_draw(stream: TextIO) -> bool:
    """Whether a QR code shows as one there: on a terminal that knows colours and block characters."""
    if not stream.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        BLOCKS.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def drawn(text: str) -> list[str]:
    """*text* as a small QR code, line by line, the same on dark and light terminals."""
    picture = io.StringIO()
    segno.make(text, error="l", micro=False, boost_error=False).terminal(picture, border=2, compact=True)
    return [f"{WHITE_ON_BLACK}{line}{PLAIN}" for line in picture.getvalue().splitlines()]
