"""What the simulator remembers, in memory only: orders, refunds, notices, switches, faults; one lock for all of it."""

import itertools
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import now
from plugins.wechatpay.simulator.faults import Faults
from plugins.wechatpay.simulator.merchants import Merchant

BEIJING = timedelta(hours=8)


@dataclass
class Switches:
    """How the simulator behaves where the real thing is unknown or slow; set by the control API."""

    #: a close of a number that was never used: 404 instead of 204
    unknown_close_is_404: bool = False
    #: a minute must lie between two refunds of one order
    refund_spacing: bool = False
    #: seconds until a refund is finished; below 0: only the control API finishes it
    refund_seconds: int = 2
    #: what becomes of refunds that nobody decided otherwise
    refund_outcome: str = "SUCCESS"
    #: the merchants (by name) whose balance is short
    poor: tuple[str, ...] = ()
    #: seconds until a split or a return of one is finished; below 0: splits never are
    split_seconds: int = 2
    #: of 10,000 of a payment: what all shares and the fee may come to
    max_ratio: int = 3000
    #: accounts of receivers whose shares end as CLOSED, and of those who cannot give theirs back
    closed_receivers: tuple[str, ...] = ()
    poor_receivers: tuple[str, ...] = ()
    #: a retried notice gets a new id
    fresh_notice_ids: bool = False
    #: of 100 notices to a merchant that has both, how many are signed by the public key
    public_key_share: int = 50
    #: errors carry a signature too
    sign_errors: bool = False
    #: notices wait until they are released
    hold_notices: bool = False
    #: a nonce may be used once
    refuse_used_nonces: bool = False
    #: every how manieth answer carries a field that no manual knows; 0: none
    extra_field_every: int = 7


@dataclass
class Order:
    """One out_trade_no. *params* is the body of its first prepay."""

    merchant: Merchant
    partner: bool
    channel: str
    params: Mapping[str, Any]
    created_at: datetime
    token: str = ""
    token_until: datetime | None = None
    trade_state: str = "NOTPAY"
    failed: bool = False
    transaction_id: str = ""
    openid: str = ""
    paid_at: datetime | None = None
    coupon: int = 0
    #: nothing of it is held back for shares any more
    unfrozen: bool = False
    refunds: "list[Refund]" = field(default_factory=list)

    @property
    def number(self) -> str:
        """The merchant's number."""
        return str(self.params["out_trade_no"])

    @property
    def sub_mchid(self) -> str | None:
        """The sub-merchant of a provider's order."""
        return self.params.get("sub_mchid")

    @property
    def total(self) -> int:
        """What it costs, in fen."""
        return int(self.params["amount"]["total"])

    @property
    def is_paid(self) -> bool:
        """Whether money came, whatever became of it."""
        return self.trade_state in ("SUCCESS", "REFUND")


@dataclass
class Refund:
    """One out_refund_no. *params* is the body that asked for it."""

    order: Order
    params: Mapping[str, Any]
    refund_id: str
    created_at: datetime
    payer_refund: int
    finish_at: datetime | None
    outcome: str = "SUCCESS"
    status: str = "PROCESSING"
    finished_at: datetime | None = None

    @property
    def number(self) -> str:
        """The merchant's number."""
        return str(self.params["out_refund_no"])

    @property
    def amount(self) -> int:
        """What goes back, in fen."""
        return int(self.params["amount"]["refund"])


@dataclass
class Notice:
    """Something to tell a merchant until it says yes."""

    id: str
    merchant: Merchant
    url: str
    event_type: str
    original_type: str
    summary: str
    content: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    number: str = ""
    held: bool = False
    sending: bool = False
    tries: int = 0


@dataclass
class BillChange:
    """How a bill differs from the truth.

    :param kind: one of bill_files.CHANGES. :param number: the merchant's number of the payment, refund, split (with its
        receiver: of that part) or return it is about; of a stranger among shares, of the payment that was shared.
    :param by: fen; of a stranger, its amount. :param state: another state; of a stranger, ``REFUND``, ``SPLIT`` or
        ``SPLIT_RETURN``.
    :param day: the stranger's. :param times: for how many calls, where it is about calls.
    """

    kind: str
    number: str = ""
    by: int = 0
    state: str = ""
    day: str = ""
    times: int = 1


@dataclass(frozen=True)
class Delivery:
    """One try to tell: what was answered (0: nothing in time)."""

    notice_id: str
    event_type: str
    number: str
    at: str
    status: int
    accepted: bool
    said: str


class World:
    """Everything; hold ``lock`` while looking or changing."""

    def __init__(self, merchants: dict[str, Merchant]) -> None:
        self.lock = threading.RLock()
        self.merchants = merchants
        self.by_name = {merchant.name: merchant for merchant in merchants.values()}
        self.switches = Switches()
        self.faults = Faults()
        self.orders: dict[tuple[str, str], Order] = {}
        self.by_token: dict[str, Order] = {}
        self.by_transaction: dict[str, Order] = {}
        self.refunds: dict[tuple[str, str], Refund] = {}
        self.running_refunds: list[Refund] = []
        #: what was decided about refunds that were not asked for yet
        self.decided: dict[str, str] = {}
        self.notices: dict[str, Notice] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=10_000)
        self.nonces: set[str] = set()
        self.bill_changes: list[BillChange] = []
        #: by merchant number and out_order_no; and the receivers that are known: whose, type, account
        self.splits: dict[tuple[str, str], Any] = {}
        self.receivers: set[tuple[str, str, str]] = set()
        #: token -> the file it opens
        self.bill_files: dict[str, Any] = {}
        self.closing = threading.Event()
        #: set when there is something to tell at once
        self.news = threading.Event()
        # a simulator that is started again must not give its numbers twice
        self._numbers = itertools.count(secrets.randbelow(10**11))

    def next_id(self, prefix: str) -> str:
        """A number of WeChat Pay's: *prefix* tells what of, SIM that it is of a simulator."""
        return f"{prefix}SIM{now():%Y%m%d}{next(self._numbers):012d}"


def beijing(moment: datetime) -> str:
    """A moment as WeChat Pay writes it."""
    return (moment + BEIJING).strftime("%Y-%m-%dT%H:%M:%S+08:00")
