"""The load client, in a process of its own: so many connections, each ordering and paying as fast as it is answered."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

from benchmarks.gateway import Gateway
from benchmarks.line import Line
from benchmarks.shop import BUYS, REQUESTS, Shop, give_back, pay, pay_mixed, place, place_rare

#: order number -> path and body of a payment
Way = Callable[[str], tuple[str, dict[str, Any]]]
#: seconds at the start that are not counted
WARM_UP = 2.0
#: buyers whose orders wait for their notices: a shop lets each of them have a few unpaid ones only
CROWD = 60


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


def orders_over_http(
    port: int, gateway: tuple[int, Any], plain: dict[str, Any], connections: int, seconds: float, mixed: bool = False
) -> Measured:
    """Order and pay for *seconds* with so many connections at once; the gateway's notices come from here too.

    :param mixed: balance pays a part of each order.
    """
    shop = Shop(**plain)
    way = pay_mixed if mixed else pay
    with Gateway(*gateway) as found:
        return measure(connections, seconds, lambda number: Customer(port, shop, found, number, way).order)


def notices_at_a_pace(
    port: int, gateway: tuple[int, Any], plain: dict[str, Any], per_second: int, seconds: float
) -> dict[str, list[float]]:
    """Milliseconds from a notice until the order shows it, at so many notices a second: payments, then refunds.

    The refunds are begun before and sent by the worker; only what follows from their notices is measured.
    """
    shop = Shop(**plain)
    count = int(per_second * seconds)
    with Gateway(*gateway) as found:
        customers = [Customer(port, shop, found, number) for number in range(CROWD)]
        numbers = [customers[turn % CROWD].begin(turn) for turn in range(count)]
        paid = _paced(per_second, [partial(_pays, customers[n % CROWD], found, *one) for n, one in enumerate(numbers)])
        for turn, (number, _) in enumerate(numbers):
            customers[turn % CROWD].send(shop.key, *give_back(number))
        _wait_until(lambda: len(found.asked) >= 2 * count)
        parts = [key for key in found.asked if key.startswith("R")]
        orders = {row["out_trade_no"]: key for key, row in found.asked.items() if key in parts}
        pairs = [(number, orders[trade]) for number, trade in numbers]
        back = _paced(per_second, [partial(_refunds, customers[n % CROWD], found, *one) for n, one in enumerate(pairs)])
    return {"payment": paid, "refund": back}


def _pays(customer: "Customer", gateway: Gateway, number: str, out_trade_no: str) -> str:
    customer.hang_up()
    customer.tell(*gateway.paid(out_trade_no))
    return customer.state(number)


def _refunds(customer: "Customer", gateway: Gateway, number: str, out_refund_no: str) -> str:
    customer.hang_up()
    customer.tell(*gateway.refunded(out_refund_no))
    return customer.state(number)


def _paced(per_second: int, calls: list[Callable[[], str]]) -> list[float]:
    """Milliseconds that each call took; one begins every 1/per_second seconds."""
    took: list[float] = []
    begin = time.perf_counter()
    for turn, call in enumerate(calls):
        time.sleep(max(0.0, begin + turn / per_second - time.perf_counter()))
        start = time.perf_counter()
        state = call()
        if state not in ("awaiting_shipment", "refunded"):
            raise RuntimeError(f"after its notice the order is {state}")
        took.append((time.perf_counter() - start) * 1000)
    return took


def _wait_until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 120
    while not true():
        if time.monotonic() > give_up:
            raise RuntimeError("the worker did not send the refunds within two minutes")
        time.sleep(0.1)


def buyers_of_the_rare(port: int, gateway: tuple[int, Any], plain: dict[str, Any], buyers: int) -> tuple[int, int]:
    """So many buyers want one unit each of what is rare, at once: (orders that were paid, those that were refused)."""
    shop = Shop(**plain)
    with Gateway(*gateway) as found, ThreadPoolExecutor(buyers) as crowd:
        barrier = Barrier(buyers)

        def buy(number: int) -> bool:
            customer = Customer(port, shop, found, number)
            barrier.wait()
            return customer.wins_rare()

        won = list(crowd.map(buy, range(buyers)))
    return sum(won), len(won) - sum(won)


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


class Customer:
    """One connection that is kept open."""

    def __init__(self, port: int, shop: Shop, gateway: Gateway, number: int, way: Way = pay) -> None:
        self._way = way
        self._line = Line(port)
        self._shop, self._gateway, self._number = shop, gateway, number
        self._token = shop.buyers[number % len(shop.buyers)]

    def order(self, turn: int) -> dict[str, float]:
        """One order, paid: the milliseconds of each request."""
        took: dict[str, float] = {}
        placed = self._timed(took, "order", self._token, *place(self._shop, self._number, turn))
        payment = self._timed(took, "payment", self._token, *self._way(placed["number"]))
        notice = self._gateway.paid(payment["out_trade_no"])
        begin = time.perf_counter()
        self.tell(*notice)
        took["notice"] = (time.perf_counter() - begin) * 1000
        return took

    def begin(self, turn: int) -> tuple[str, str]:
        """An order whose payment waits for its notice: its number, and the attempt's."""
        placed = self.send(self._token, *place(self._shop, self._number, turn))
        return placed["number"], self.send(self._token, *pay(placed["number"]))["out_trade_no"]

    def wins_rare(self) -> bool:
        """Whether this buyer gets one of the rare."""
        status, placed = self._post(self._token, *place_rare(self._shop))
        if status >= 300:
            return False
        payment = self.send(self._token, *pay(placed["number"]))
        self.tell(*self._gateway.paid(payment["out_trade_no"]))
        return True

    def state(self, number: str) -> str:
        """The node an order is in."""
        _, said = self._line.ask("GET", f"{BUYS}/orders/{number}", b"", {"Authorization": f"Bearer {self._token}"})
        return str(json.loads(said)["state"])

    def hang_up(self) -> None:
        """The server may have closed the line meanwhile: the next request opens another."""
        self._line.hang_up()

    def tell(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """A notice, which must be taken."""
        status, said = self._line.ask("POST", f"/{path}", body, headers)
        if status != 204:
            raise RuntimeError(f"the notice was answered {status}: {said.decode()[:300]}")

    def send(self, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A request that must be done."""
        status, said = self._post(token, path, body)
        if status >= 300:
            raise RuntimeError(f"POST {path} was answered {status}: {str(said)[:300]}")
        return said

    def _timed(self, took: dict[str, float], name: str, *request: Any) -> dict[str, Any]:
        begin = time.perf_counter()
        said = self.send(*request)
        took[name] = (time.perf_counter() - begin) * 1000
        return said

    def _post(self, token: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = uuid4().hex
        status, said = self._line.ask("POST", path, json.dumps(body).encode(), headers)
        found: dict[str, Any] = json.loads(said)
        return status, found
