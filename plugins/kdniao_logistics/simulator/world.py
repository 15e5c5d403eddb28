"""What the simulator remembers: accounts, parcels, who wants to be told, labels, faults and switches."""

import itertools
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from core import now

CHINA = timezone(timedelta(hours=8))
#: the one account there is; invented, as everything here
BUSINESS_ID, API_KEY = "1237100", "test-app-key-0001"


@dataclass
class Row:
    """One line of a trail: when it happens, its code, its words, its city."""

    at: datetime
    code: str
    text: str
    city: str


@dataclass
class Parcel:
    """A number somebody has asked after. *rows* may lie in the future."""

    carrier: str
    number: str
    first_seen: datetime
    rows: list[Row]

    def known(self, until: datetime) -> list[Row]:
        """What has happened until then, oldest first."""
        return sorted((row for row in self.rows if row.at <= until), key=lambda row: row.at)


@dataclass
class Subscription:
    """Who wants to be told of a parcel: *kind* 101 or 102; *pushed* is what was told last."""

    account: str
    kind: str
    parcel: Parcel
    order_code: str
    callback: str
    pushed: tuple[str, ...] = ()


@dataclass
class Push:
    """A push under way, with the parcels it tells of."""

    kind: str
    parcels: list[Subscription]
    body: bytes
    due_at: datetime
    tries: int = 0
    sending: bool = False


@dataclass
class Waybill:
    """A label by its order code, and what was answered."""

    answer: dict[str, Any]
    cancelled: bool = False


@dataclass
class Switches:
    """What is unusual just now.

    :param push_url: where pushes go; in the real console it is typed in. :param tail: the last digits that SF wants.
    :param lenient: also takes calls that were URL-encoded twice. :param hold: pushes wait.
    """

    push_url: str = ""
    tail: str = "1234"
    lenient: bool = False
    hold: bool = False


@dataclass
class World:
    """Everything; hold ``lock`` while looking or changing."""

    lock: Any = field(default_factory=threading.RLock)
    accounts: dict[str, str] = field(default_factory=lambda: {BUSINESS_ID: API_KEY})
    switches: Switches = field(default_factory=Switches)
    parcels: dict[tuple[str, str], Parcel] = field(default_factory=dict)
    subscriptions: dict[tuple[str, str], Subscription] = field(default_factory=dict)
    waybills: dict[str, Waybill] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    #: RequestType -> faults that its next calls meet, first first
    faults: dict[str, list[str]] = field(default_factory=dict)
    #: (RequestType, second) -> calls in it
    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=10_000))
    closing: Any = field(default_factory=threading.Event)
    numbers: Any = field(default_factory=lambda: itertools.count(int(now().timestamp()) * 1000))


def china(moment: datetime) -> str:
    """A moment as Kdniao writes it."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
