"""The load client, in a process of its own: so many connections, each ordering and paying as fast as it is answered."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing import get_context
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

from benchmarks.shop import REQUESTS, Shop, requests

#: seconds at the start that are not counted
WARM_UP = 2.0


@dataclass
class Measured:
    """What a run came to: orders, seconds, and the milliseconds of each request."""

    orders: int = 0
    seconds: float = 0.0
    millis: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in REQUESTS})

    @property
    def per_second(self) -> float:
        """Complete orders per second."""
        return self.orders / self.seconds

    def percentile(self, name: str, part: float) -> float:
        """Milliseconds within which *part* of these requests were answered."""
        found = sorted(self.millis[name])
        return found[min(len(found) - 1, int(part * len(found)))] if found else 0.0


def in_another_process(run: Callable[..., Any], *arguments: Any) -> Any:
    """*run* where it does not share our interpreter."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run, *arguments).result()


def orders_over_http(port: int, plain: dict[str, Any], connections: int, seconds: float) -> Measured:
    """Order and pay for *seconds* with so many connections at once."""
    shop = Shop(**plain)
    return measure(connections, seconds, lambda number: _Customer(port, shop, number).order)


def measure(connections: int, seconds: float, enter: Callable[[int], Callable[[int], dict[str, float]]]) -> Measured:
    """Let *connections* threads each do one order after the other; the warm-up is not counted.

    :param enter: connection number -> function(turn) that makes an order and says the milliseconds of each request.
    """
    total, barrier, trouble = Measured(seconds=seconds), Barrier(connections), []

    def go(number: int) -> None:
        try:
            order = enter(number)
            barrier.wait()
            begin, turn = time.perf_counter() + WARM_UP, 0
            while (now := time.perf_counter()) < begin + seconds:
                took = order(turn)
                turn += 1
                # counted where it ends: at the end as many are cut off as there were at the start
                if begin <= time.perf_counter() < begin + seconds and now:
                    total.orders += 1
                    for name, millis in took.items():
                        total.millis.setdefault(name, []).append(millis)
        except BaseException as error:  # told by the main thread
            trouble.append(error)
            barrier.abort()

    threads = [Thread(target=go, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if trouble:
        raise RuntimeError(f"the load client stopped: {trouble[0]!r}") from trouble[0]
    return total


class _Customer:
    """One connection that is kept open."""

    def __init__(self, port: int, shop: Shop, number: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._shop, self._number = shop, number

    def order(self, turn: int) -> dict[str, float]:
        said: list[dict[str, Any]] = []
        took: dict[str, float] = {}
        for name in REQUESTS:
            begin = time.perf_counter()
            said.append(self._send(*requests(self._shop, self._number, turn, said)))
            took[name] = (time.perf_counter() - begin) * 1000
        return took

    def _send(self, token: str, path: str, body: dict[str, Any], with_key: bool) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if with_key:
            headers["Idempotency-Key"] = uuid4().hex
        self._connection.request("POST", path, json.dumps(body), headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"POST {path} was answered {answer.status}: {text.decode()[:300]}")
        found: dict[str, Any] = json.loads(text)
        return found
