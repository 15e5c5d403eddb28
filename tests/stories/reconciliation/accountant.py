"""The accountant of the stories: waits for bills, reads what differs, and decides."""

from datetime import timedelta
from typing import Any

from core.db import reading
from core.models import LedgerEntry
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

ROOT = "reconciliation"


class Accountant:
    """Acts for the owner, over HTTP."""

    def __init__(self, shop: Shop, clock: Clock, channel: str = "wechatpay") -> None:
        self.shop, self._clock = shop, clock
        (account,) = [row for row in shop.lists("accounts") if row["plugin"] == channel]
        self.account_id = account["id"]

    @property
    def today(self) -> str:
        """The day it is in Shanghai."""
        return str((self._clock.now + timedelta(hours=8)).date())

    def sleeps(self, days: int = 1) -> None:
        """Until after half past ten of a following morning: the bills have come and all follows from them."""
        for _ in range(days):
            local = self._clock.now + timedelta(hours=8)
            morning = local.replace(hour=10, minute=31, second=0, microsecond=0) + timedelta(days=1)
            self._clock.passes(seconds=(morning - local).total_seconds())

    def differences(self, **filters: Any) -> list[Told]:
        """What differs, newest first."""
        return [Told(row) for row in self.shop.lists(f"{ROOT}/differences", **filters)]

    def findings(self, **filters: Any) -> list[str]:
        """The classes of what differs."""
        return sorted(row.finding for row in self.differences(**filters))

    def batches(self, **filters: Any) -> list[Told]:
        """The bills, newest first."""
        return [Told(row) for row in self.shop.lists(f"{ROOT}/batches", account_id=self.account_id, **filters)]

    def batch(self, day: str) -> Told:
        """The bill of one day."""
        (found,) = self.batches(day=day)
        return found

    def runs(self, day: str) -> Told:
        """Have a bill compared, once more if it was."""
        batch = self.shop.asks("POST", f"{ROOT}/batches", {"account_id": self.account_id, "day": day})
        self._clock.settles()
        return self.shop.asks("GET", f"{ROOT}/batches/{batch.id}")

    def runs_after_a_night(self, day: str) -> Told:
        """Sleep, and see what became of the bill of *day*."""
        self.sleeps()
        return self.batch(day)

    def handles(self, difference: Told, basis: str = "platform", remark: str = "asked the channel") -> Told:
        """It is dealt with."""
        body = {"basis": basis, "remark": remark}
        return self.shop.asks("POST", f"{ROOT}/differences/{difference.id}/handle", body)

    def cases(self, **filters: Any) -> list[Told]:
        """The cases of differences."""
        return self.shop.cases(kind="reconciliation", **filters)

    def everything(self) -> dict[str, Any]:
        """All that a bill may change: bills, differences, cases and fees."""
        told = {
            "batches": [{**row.told, "started_at": "", "finished_at": ""} for row in self.batches()],
            "differences": [row.told for row in self.differences()],
            "cases": [row.told for row in self.cases()],
        }
        return {**told, "fees": self.fees()}

    def fees(self) -> list[tuple[str, int, str | None]]:
        """Every booking of a fee: book, amount, reference."""
        with self.shop.merchant.inside(), reading() as session:
            rows = session.query(LedgerEntry).filter_by(merchant_id=self.shop.merchant.id, kind="fee")
            return sorted((row.book, row.amount, row.reference) for row in rows)

    def fees_taken(self) -> int:
        """What channels took in all."""
        return sum(amount for book, amount, _ in self.fees() if book == "fees")


class Trade:
    """A day's trade: one order that is paid, another that is paid and partly given back."""

    def __init__(self, mei: Payer, shop: Shop, wechat: WechatPay) -> None:
        self.paid = mei.orders({"tea": 1})
        self.payment = mei.chooses_wechat(self.paid)
        wechat.says_paid(self.payment)
        self.other = mei.orders({"tea": 1})
        self.other_payment = mei.chooses_wechat(self.other)
        wechat.says_paid(self.other_payment)
        shop.refunds(shop.sees(self.other), amounts={"tea": 1000})
        wechat._clock.settles()
        self.refund = shop.sees(self.other).refunds[0].parts[0]
        assert self.refund.state == "done"
