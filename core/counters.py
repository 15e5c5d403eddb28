"""Shared counters for limits: in Redis where there is one, else in this process; they may lose everything unharmed."""

import threading
from dataclasses import dataclass
from typing import Final, Protocol

import redis
from flask import Flask, current_app

from core import clock
from core.errors import Unavailable

#: entries after which the in-process store throws out what is over
_SWEEP_AT: Final = 10_000


@dataclass(frozen=True)
class Reading:
    """How often something was counted in the window in hand, and in how many seconds that window ends."""

    count: int
    seconds_left: int


class Counters(Protocol):
    """Numbers by name that forget themselves."""

    def add(self, name: str, amount: int, seconds: int) -> int:
        """Add *amount* to *name*, which lives for *seconds* from its first use, and return the sum."""


class InProcess:
    """Counters of this process alone: for one process, or for development."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, float]] = {}

    def add(self, name: str, amount: int, seconds: int) -> int:
        """See :class:`Counters`."""
        now = clock.now().timestamp()
        with self._lock:
            if len(self._kept) > _SWEEP_AT:
                self._kept = {key: value for key, value in self._kept.items() if value[1] > now}
            count, ends = self._kept.get(name, (0, now + seconds))
            if ends <= now:
                count, ends = 0, now + seconds
            self._kept[name] = (max(count + amount, 0), ends)
            return self._kept[name][0]


class InRedis:
    """Counters that all processes share."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)

    def add(self, name: str, amount: int, seconds: int) -> int:
        """See :class:`Counters`.

        :raises Unavailable: Redis does not answer.
        """
        key = f"merx:count:{name}"
        try:
            with self._redis.pipeline() as line:
                line.incrby(key, amount)
                line.expire(key, seconds, nx=True)
                return max(int(line.execute()[0]), 0)
        except redis.RedisError as trouble:
            raise Unavailable("The counters of the shop do not answer; try again in a moment.") from trouble


def install(app: Flask) -> None:
    """Give *app* its counters: in Redis if ``REDIS_URL`` is set."""
    url = app.config.get("REDIS_URL")
    app.extensions["merx_counters"] = InRedis(url) if url else InProcess()


def count(name: str, seconds: int, amount: int = 1) -> Reading:
    """Count *name* once more, in windows of *seconds*; *amount* -1 takes one back, 0 only looks.

    :raises Unavailable: the counters do not answer; the caller decides whether that is a yes or a no.
    """
    counters: Counters = current_app.extensions["merx_counters"]
    now = int(clock.now().timestamp())
    window, passed = divmod(now, seconds)
    # the window's number is part of the name, so a moved clock opens a new window here as everywhere
    return Reading(counters.add(f"{name}:{window}", amount, seconds), seconds - passed)
