"""Alipay as the stories know it: buyers open what they are given and pay there, it tells us, and it has bad days."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.plugins.alipay.simulators import Said, Sim
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

#: who of the simulator's cast has the shop's account
MERCHANT = "key"
#: what a storefront sends along, by the way to pay
INPUT = {
    "page": {"return_url": "https://shop.example/paid?o=1"},
    "wap": {"return_url": "https://shop.example/paid", "quit_url": "https://shop.example/cart"},
}
#: how often our client tries one call
TRIES = 3


class Payer(BuyerActor):
    """A buyer who pays by Alipay."""

    def chooses_alipay(self, order: Told, way: str = "precreate", key: str | None = None) -> Told:
        """Begin to pay; what comes back is the payment, with what the browser or phone needs."""
        body = {"tenders": [{"channel": "alipay", "product": way, "input": INPUT.get(way, {})}]}
        return self.asks("POST", f"orders/{order.number}/payments", body, **({"Idempotency_Key": key} if key else {}))


class AlipayActor:
    """Alipay, played by the simulator.

    :param clock: lets what was set going come to its end. :param slow: seconds until a call is given up that gets no
        answer.
    """

    def __init__(self, control: Sim, clock: Any, slow: float = 0) -> None:
        self.control, self._clock, self._slow = control, clock, slow

    def opens_account(self, shop: Shop, merchant: str = MERCHANT, **more: Any) -> None:
        """The shop gets an app, writes its settings down and turns the plugin on; we ask for something then."""
        body = {"plugin": "alipay", "name": "alipay", "settings": self.control.config(merchant), **more}
        shop.api.post("accounts", body)
        shop.turns_on("alipay")

    # ------------------------------------------------------------------------------------------ money
    def is_opened(self, payment: Told) -> Said:
        """The buyer scans the code or signs in at the cashier, and thinks it over."""
        return self.control.open(**self.control.opened(payment.told["client"]))

    def is_paid(self, payment: Told) -> Said:
        """The buyer pays with what was handed out; the notice goes its way."""
        return self.control.pay(**self.control.opened(payment.told["client"]))

    def says_paid(self, payment: Told) -> None:
        """The buyer pays, the notice arrives, and all that follows from it is done."""
        self.is_paid(payment)
        self._clock.settles()

    def is_paid_late(self, payment: Told) -> None:
        """The buyer had the password half typed when the order was closed: Alipay takes the money all the same."""
        self.control.pay(out_trade_no=payment.out_trade_no, after_close=True)

    def gives_back_at_the_console(self, payment: Told, amount: int) -> None:
        """Somebody of the merchant's gives money back at Alipay itself; the shop has not asked for it."""
        self.control.console_refund(payment.out_trade_no, amount)
        self._clock.settles()

    # ------------------------------------------------------------------------------------------ bad days
    @contextmanager
    def keeps_silent(self) -> Iterator[None]:
        """It tells nothing meanwhile; afterwards all of it."""
        self.control.hold()
        yield
        self.control.release()
        self._clock.settles()

    def loses_answers(self, verb: str) -> None:
        """The next call of *verb* is done, but no try of ours gets an answer."""
        self.control.fault(verb, "timeout_after", TRIES, self._slow)

    def is_paid_just_before(self, verb: str) -> None:
        """The buyer pays in the moment before the next call of *verb* is looked at."""
        self.control.fault(verb, "paid_before")

    def somebody_forges(self, kind: str, payment: Told) -> tuple[int, str]:
        """A notice about *payment* that nobody must believe; what our door answered."""
        (sent,) = self.control.forge(kind, out_trade_no=payment.out_trade_no)
        self._clock.settles()
        return int(sent["status"]), str(sent["said"])

    def tells_at_once(self, payment: Told, times: int = 1) -> None:
        """It tells of this money now, even while it keeps silent; *times* at the same moment."""
        sent = self.control.forge("genuine", out_trade_no=payment.out_trade_no, times=times)
        assert [(one["status"], one["said"]) for one in sent] == [(200, "success")] * times

    # ------------------------------------------------------------------------------------------ what it knows
    def state_of(self, payment: Told) -> str:
        """What it knows of an attempt."""
        return str(self.control.trade(payment.out_trade_no)["trade_status"])

    def refunds_of(self, payment: Told) -> list[tuple[str, int]]:
        """Status and amount of each refund of an attempt, oldest first."""
        return [(one["status"], one["amount"]) for one in self.control.trade(payment.out_trade_no)["refunds"]]

    def told(self, payment: Told) -> list[tuple[str, str]]:
        """What it told us of an attempt, and what our door answered."""
        mine = [one for one in self.control.deliveries() if one["number"] == payment.out_trade_no]
        return [(one["trade_status"], one["said"]) for one in mine]
