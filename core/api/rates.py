"""How often one address and one credential may call, counted before anything is looked up; and the headers about it.

The windows are of this process alone: they protect its time, and cost a request no round trip. What protects a
secret (sign-in, registration) is counted in the shared counters instead, see ``services/sign_in.py``.
"""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from flask import Flask, Response, current_app, g, request

from core.api.auth import COOKIE
from core.errors import TooMany

#: seconds of a window
WINDOW: Final = 60
#: keys of one window after which all are forgotten: somebody invents them, and memory matters more
MOST_KEYS: Final = 100_000
#: gateways are never turned away, and balancers ask as often as they like
_FREE: Final = ("/v1/notify/", "/health/", "/metrics")
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Policy:
    """A name, and how often in a window.

    :param quota: 0 = no limit.
    """

    name: str
    quota: int
    window: int = WINDOW

    @cached_property
    def header(self) -> str:
        """The header RateLimit-Policy."""
        return f'"{self.name}";q={self.quota};w={self.window}'

    def left(self, count: int, seconds: int) -> str:
        """The header RateLimit."""
        return f'"{self.name}";r={max(self.quota - count, 0)};t={seconds}'


class Windows:
    """How often each key was counted in the window in hand. Threads may lose a count: it is a fence, not a ledger."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ends = 0.0
        self._counts: dict[object, int] = {}
        self._good: set[int] = set()
        self._good_before: set[int] = set()

    def count(self, key: object, amount: int = 1) -> int:
        """Count *key*, or with 0 only look."""
        self._turn()
        counted = self._counts.get(key, 0) + amount
        if amount:
            if len(self._counts) >= MOST_KEYS:
                self._counts = {}
            self._counts[key] = counted
        return counted

    def seconds_left(self) -> int:
        """Until the window ends: 1 at least."""
        return max(1, int(self._ends - self._now() + 0.999))

    def is_good(self, credential: int) -> bool:
        """Whether this credential opened something in this window or the one before."""
        return credential in self._good or credential in self._good_before

    def was_good(self, credential: int) -> None:
        """It opened something."""
        if len(self._good) < MOST_KEYS:
            self._good.add(credential)

    def _turn(self) -> None:
        if (now := self._now()) >= self._ends:
            self._ends = now + WINDOW
            self._counts = {}
            self._good_before, self._good = self._good, set()


@dataclass(frozen=True)
class Limits:
    """The policies of an app, and what was counted."""

    address: Policy
    buyer: Policy
    staff: Policy
    windows: Windows


def install(app: Flask, now: Callable[[], float] = time.monotonic) -> None:
    """Count every request of *app*."""
    app.extensions["merx_rates"] = Limits(
        Policy("address", app.config["CALLS_PER_ADDRESS"]),
        Policy("buyer", app.config["WRITES_PER_BUYER"]),
        Policy("staff", app.config["WRITES_PER_STAFF"]),
        Windows(now),
    )
    app.before_request(_admit)
    app.after_request(_remember)


def _admit() -> None:
    if request.path.startswith(_FREE):
        return
    limits: Limits = current_app.extensions["merx_rates"]
    credential = request.headers.get("Authorization") or ("Cookie" in request.headers and request.cookies.get(COOKIE))
    if not credential:
        _count(limits, limits.address, _address())
        return
    # its hash, salted by the process: the token itself is kept nowhere
    g.credential = key = hash(credential)
    if limits.address.quota and not limits.windows.is_good(key):
        # only those that were refused are counted, in _remember: guessing tokens is calling without one
        _refuse_beyond(limits, limits.address, limits.windows.count(_address(), 0))
    if request.method not in _READS:
        _count(limits, limits.staff if request.path.startswith("/v1/admin/") else limits.buyer, key)


def _count(limits: Limits, policy: Policy, key: object) -> None:
    if policy.quota:
        counted = limits.windows.count(key)
        g.rate = policy, counted
        _refuse_beyond(limits, policy, counted - 1)


def _refuse_beyond(limits: Limits, policy: Policy, before: int) -> None:
    if before >= policy.quota:
        seconds = limits.windows.seconds_left()
        raise TooMany(
            f"More than {policy.quota} calls in {policy.window} seconds; try again in {seconds} seconds.",
            retry_after=seconds, policy=policy.name, quota=policy.quota, window=policy.window,
        )  # fmt: skip


def _remember(response: Response) -> Response:
    limits: Limits = current_app.extensions["merx_rates"]
    if "credential" in g:
        if response.status_code == 401:
            limits.windows.count(_address())
        elif response.status_code != 429:
            limits.windows.was_good(g.credential)
    if "rate" in g and response.status_code != 429:
        policy, counted = g.rate
        response.headers.add("RateLimit-Policy", policy.header)
        response.headers.add("RateLimit", policy.left(counted, limits.windows.seconds_left()))
    return response


def _address() -> str:
    return _network(request.remote_addr or "")


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    """One caller: an IPv4 address, or the 64 bits of an IPv6 address that a household or a machine gets."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped) if found.ipv4_mapped else found.exploded[:19]
