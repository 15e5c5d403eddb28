"""What the simulator remembers, in memory only: trades, refunds, notices, switches, faults; one lock for all of it."""

import itertools
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import now
from plugins.alipay.simulator.cast import Authorised
from plugins.alipay.simulator.faults import Faults
from plugins.alipay.simulator.merchants import Merchant

BEIJING = timedelta(hours=8)


@dataclass
class Switches:
    """How the simulator behaves where contracts differ or the real thing is unknown; set by the control API."""

    #: minutes a request's timestamp may be away from Beijing's time; 0: whatever it says
    skew_minutes: int = 10
    #: gateway rejections carry a signature too
    sign_errors: bool = False
    #: seconds until a refund changes funds; 0: at once; below 0: only the control API finishes it
    refund_seconds: int = 0
    #: seconds that must lie between two refunds of one trade; 0: none
    refund_spacing: int = 0
    #: days after the payment until nothing goes back any more
    refund_days: int = 365
    #: the apps (by name) whose seller's balance is short
    poor: tuple[str, ...] = ()
    #: every product tells of closing and finishing; otherwise codes tell of TRADE_SUCCESS only
    tell_all: bool = True
    #: notices of refunds say how much this one gave back, beside the sum of all
    refunds_say_amounts: bool = False
    #: notices carry an empty body, too
    empty_values: bool = False
    #: notices are written in GBK
    gbk_notices: bool = False
    #: notices wait until they are released
    hold_notices: bool = False
    #: the service fee goes back with a refund, in proportion
    fee_returned: bool = True


@dataclass
class Trade:
    """One out_trade_no of a seller. Until a buyer has opened it, queries do not know it."""

    merchant: Merchant
    whose: Authorised
    product: str
    biz: Mapping[str, Any]
    amount: int
    notify_url: str
    return_url: str
    created_at: datetime
    expires_at: datetime
    trade_no: str
    #: what stands behind the code or in the cashier's address
    token: str
    opened: bool = False
    status: str = "WAIT_BUYER_PAY"
    buyer_id: str = ""
    coupon: int = 0
    opened_at: datetime | None = None
    paid_at: datetime | None = None
    closed_at: datetime | None = None
    refunds: "list[Refund]" = field(default_factory=list)

    @property
    def number(self) -> str:
        """The merchant's number."""
        return str(self.biz["out_trade_no"])

    @property
    def key(self) -> tuple[str, str]:
        """What names it: the seller, and the number."""
        return self.whose.seller_id, self.number

    @property
    def is_paid(self) -> bool:
        """Whether money came, whatever became of it."""
        return self.paid_at is not None

    @property
    def refunded(self) -> int:
        """What has gone back, in fen."""
        return sum(one.amount for one in self.refunds if one.done_at is not None)

    @property
    def asked_back(self) -> int:
        """What has gone back or is on its way, in fen."""
        return sum(one.amount for one in self.refunds)


@dataclass
class Refund:
    """One out_request_no of a trade. ``done_at`` None: accepted, and no funds have changed yet."""

    trade: Trade
    number: str
    amount: int
    reason: str
    asked_at: datetime
    done_at: datetime | None = None
    finish_at: datetime | None = None


@dataclass
class Notice:
    """Something to tell a merchant until it says success. *params* are unsigned; the moment and sign come when sent."""

    id: str
    merchant: Merchant
    url: str
    params: Mapping[str, str]
    due_at: datetime
    number: str = ""
    refund_number: str = ""
    held: bool = False
    sending: bool = False
    tries: int = 0


@dataclass(frozen=True)
class Delivery:
    """One try to tell: what was answered (0: nothing in time)."""

    notice_id: str
    trade_status: str
    number: str
    refund_number: str
    at: str
    status: int
    accepted: bool
    said: str


class World:
    """Everything; hold ``lock`` while looking or changing."""

    def __init__(self, merchants: dict[str, Merchant], url: str) -> None:
        self.lock = threading.RLock()
        self.url = url
        self.merchants = merchants
        self.by_name = {merchant.name: merchant for merchant in merchants.values()}
        self.switches = Switches()
        self.faults = Faults()
        self.trades: dict[tuple[str, str], Trade] = {}
        self.by_token: dict[str, Trade] = {}
        #: word in a download address -> (seller, day, until when)
        self.bill_tickets: dict[str, tuple[str, str, datetime]] = {}
        #: (seller, day) -> what shall be wrong with its bill
        self.bill_faults: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.notices: dict[str, Notice] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=10_000)
        self.closing = threading.Event()
        #: set when there is something to tell at once
        self.news = threading.Event()
        # a simulator that is started again must not give its numbers twice
        self._numbers = itertools.count(secrets.randbelow(10**11))

    def next_trade_no(self) -> str:
        """A number of Alipay's for a trade: 28 digits, the day in front."""
        return f"{now() + BEIJING:%Y%m%d}22001{next(self._numbers):015d}"

    def next_notify_id(self) -> str:
        """A number of Alipay's for a notice: 34 digits."""
        return f"{now() + BEIJING:%Y%m%d}00222{next(self._numbers):021d}"


def beijing(moment: datetime) -> str:
    """A moment as Alipay writes it."""
    return (moment + BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def yuan(fen: int) -> str:
    """An amount as Alipay writes it."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
