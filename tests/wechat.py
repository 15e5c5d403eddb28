"""WeChat Pay as the stories know it: buyers pay there, it tells us by itself, and it has its bad days."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.plugins.wechatpay.simulators import Said, Wechat
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

#: who of the simulator's cast has the shop's account
MERCHANT = "public_key"
#: what a storefront sends along, by the way to pay
INPUT = {
    "jsapi": {"openid": "oSIMmei"},
    "mini": {"openid": "oSIMmei"},
    "h5": {"device": "wap", "return_url": "https://shop.example/paid"},
}
#: how often our client tries one call
TRIES = 3


class Payer(BuyerActor):
    """A buyer who pays by WeChat."""

    def chooses_wechat(self, order: Told, way: str = "native", key: str | None = None) -> Told:
        """Begin to pay; what comes back is the payment, with what the phone needs."""
        body = {"tenders": [{"channel": "wechatpay", "product": way, "input": INPUT.get(way, {})}]}
        return self.asks("POST", f"orders/{order.number}/payments", body, **({"Idempotency_Key": key} if key else {}))


class WechatPay:
    """WeChat Pay, played by the simulator.

    :param clock: lets what was set going come to its end. :param slow: seconds until a call is given up that gets no
        answer; 0: its connection is cut.
    """

    def __init__(self, control: Wechat, clock: Any, slow: float = 0) -> None:
        self.control, self._clock, self._slow = control, clock, slow
        control.clear_faults()
        control.release()
        control.switch(refund_seconds=0, refund_outcome="SUCCESS", poor=[])
        control.switch(split_seconds=0, closed_receivers=[], poor_receivers=[], max_ratio=3000)

    def opens_account(self, shop: Shop) -> None:
        """The shop gets a contract, writes its settings down and turns the plugin on; we ask for an echo then."""
        settings = self.control.config(MERCHANT) | {"appids": {"app": self.control.merchant(MERCHANT)["apps"][1]}}
        shop.api.post("accounts", {"plugin": "wechatpay", "name": "wechat", "settings": settings})
        shop.turns_on("wechatpay")

    def has_stores(self, shop: Shop, **stores: str) -> None:
        """The shop gets a provider's account too; each of its new stores is a sub-merchant of it."""
        for code in stores:
            shop.api.post("stores", {"code": code, "name": code})
        terms = {code: {"sub_mchid": sub} for code, sub in stores.items()}
        account = {"plugin": "wechatpay", "name": "provider", "settings": self.control.config("provider")}
        shop.api.post("accounts", account | {"stores": terms})

    # ------------------------------------------------------------------------------------------ money
    def is_paid(self, payment: Told) -> Said:
        """The buyer pays with what the phone was given; the notice goes its way."""
        return self.control.pay(**_opened(payment))

    def says_paid(self, payment: Told) -> None:
        """The buyer pays, the notice arrives, and all that follows from it is done."""
        self.is_paid(payment)
        self._clock.settles()

    def is_paid_late(self, payment: Told) -> None:
        """The buyer had the password half typed when the order was closed: WeChat Pay takes the money all the same."""
        self.control.pay(out_trade_no=payment.out_trade_no, after_close=True)

    def takes_money(self, payment: Told) -> bool:
        """The buyer tries to pay, whatever comes of it; not taken is what is closed by then."""
        try:
            self.is_paid(payment)
        except AssertionError as refused:
            assert "closed" in str(refused), refused
            return False
        return True

    def refuses_the_card(self, payment: Told) -> None:
        """The buyer tries, and cannot pay. Nobody is told."""
        self.control.fail(**_opened(payment))

    def ends_refund(self, part: Told, status: str) -> None:
        """The bank decides about a refund: SUCCESS, ABNORMAL or CLOSED."""
        self.control.refund_ends(part.out_refund_no, status)
        self._clock.settles()

    # ------------------------------------------------------------------------------------------ bad days
    @contextmanager
    def keeps_silent(self) -> Iterator[None]:
        """It tells nothing meanwhile; afterwards all of it."""
        self.control.hold()
        yield
        self.control.release()
        self._clock.settles()

    def tells_at_once(self, payment: Told, times: int = 1) -> None:
        """It tells of this money now, even while it keeps silent; *times* at the same moment."""
        sent = self.control.forge("genuine", out_trade_no=payment.out_trade_no, times=times)
        assert [one["status"] for one in sent] == [204] * times

    def loses_answers(self, verb: str) -> None:
        """The next call of *verb* is done, but no try of ours gets an answer."""
        self.control.fault(verb, "timeout_after", TRIES, self._slow)

    def never_hears(self, verb: str) -> None:
        """The next call of *verb* never gets there, and no try of ours gets an answer."""
        self.control.fault(verb, "timeout_before", TRIES, self._slow)

    def is_too_busy_for(self, verb: str) -> None:
        """The next call of *verb* is turned away, however often we try."""
        self.control.fault(verb, "throttled", TRIES)

    def answers_slowly(self, verb: str, seconds: float) -> None:
        """The answer to the next call of *verb* comes drop by drop."""
        self.control.fault(verb, "slow", 1, seconds)

    def is_paid_just_before(self, verb: str) -> None:
        """The buyer pays in the moment before the next call of *verb* is looked at."""
        self.control.fault(verb, "paid_before")

    def is_paid_just_after(self, verb: str) -> None:
        """The buyer pays in the moment after the next call of *verb* has had its effect."""
        self.control.fault(verb, "paid_after")

    def refunds_end(self, status: str) -> None:
        """From now on the bank lets refunds end as *status*."""
        self.control.switch(refund_outcome=status)

    def refunds_wait(self) -> None:
        """From now on no refund ends by itself."""
        self.control.switch(refund_seconds=-1)

    def receivers_are_poor(self, *accounts: str) -> None:
        """From now on these receivers (nobody else) cannot give their shares back."""
        self.control.switch(poor_receivers=list(accounts))

    def lets_be_shared(self, basis_points: int) -> None:
        """From now on so much of a payment may be shared."""
        self.control.switch(max_ratio=basis_points)

    def receivers_are_closed(self, *accounts: str) -> None:
        """From now on these receivers (nobody else) cannot be paid."""
        self.control.switch(closed_receivers=list(accounts))

    def somebody_forges(self, kind: str, payment: Told) -> int:
        """A notice about *payment* that nobody must believe; what our door answered."""
        (sent,) = self.control.forge(kind, out_trade_no=payment.out_trade_no)
        self._clock.settles()
        return int(sent["status"])

    # ------------------------------------------------------------------------------------------ what it knows
    def state_of(self, payment: Told) -> str:
        """What it knows of an attempt."""
        return str(self.control.order(payment.out_trade_no)["trade_state"])

    def payee_of(self, payment: Told) -> tuple[str, str | None]:
        """Merchant and sub-merchant that an attempt pays."""
        known = self.control.order(payment.out_trade_no)
        return known["mchid"], known["sub_mchid"]

    def numbers(self, order: Told) -> list[str]:
        """The numbers under which it knows attempts at *order*."""
        mine = {row.out_trade_no for row in order.payments}
        return [one["out_trade_no"] for one in self.control.orders() if one["out_trade_no"] in mine]

    def refunds_of(self, payment: Told) -> list[tuple[str, int]]:
        """Status and amount of each refund of an attempt, oldest first."""
        mine = [one for one in self.control.refunds() if one["out_trade_no"] == payment.out_trade_no]
        return [(one["status"], one["amount"]["refund"]) for one in mine]

    def splits_of(self, payment: Told) -> list[tuple[str, dict[str, int]]]:
        """State of each split of an attempt, and who got how much of it, oldest first."""
        mine = self.control.splits(out_trade_no=payment.out_trade_no)
        return [
            (one["state"], {row["account"]: row["amount"] for row in one["receivers"] if row["result"] == "SUCCESS"})
            for one in mine
        ]

    def returns_of(self, payment: Told) -> list[tuple[str, int]]:
        """Result and amount of each return of a share of an attempt."""
        mine = self.control.splits(out_trade_no=payment.out_trade_no)
        return [(row["result"], row["amount"]) for one in mine for row in one["returns"]]

    def holds_nothing_of(self, payment: Told) -> bool:
        """Whether all of an attempt's money is let go."""
        return bool(self.control.order(payment.out_trade_no)["unfrozen"])

    def told(self, payment: Told) -> list[int]:
        """What our door answered to each notice about an attempt."""
        return [one["status"] for one in self.control.deliveries() if one["number"] == payment.out_trade_no]


def _opened(payment: Told) -> dict[str, str]:
    """What the buyer opens on the phone: a link, or a prepay id."""
    client = payment.told["client"]
    for name in ("code_url", "h5_url"):
        if name in client:
            return {name: client[name]}
    return {"prepay_id": client.get("prepayid") or client["package"].removeprefix("prepay_id=")}
