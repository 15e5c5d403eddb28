"""A rush of buyers who pay by WeChat, and somebody who kills processes under them at points that a seed draws."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from tests.actors import Answer, Api, Staff
from tests.installation import Installation
from tests.servers import Valkey
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay
from tests.works import wait_for

PRICE = 4900
BUYERS = 8
#: how a buyer behaves, and how often of a hundred
WAYS = {"pays": 50, "pays twice": 10, "cancels": 10, "pays and cancels": 10, "is refunded": 10, "walks away": 10}
VICTIMS = ("serve", "worker", "dispatch", "valkey")
#: seconds until an answer, a payment or a process must have come, with everything killed again and again
PATIENCE = 120.0
#: the lease of a request and of a job that died; a retried notice comes sooner
LEASE = timedelta(seconds=61)


@dataclass
class Bought:
    """One order as its buyer remembers it: the way, its number, the attempts that WeChat Pay took money for."""

    way: str
    number: str = ""
    taken: list[str] = field(default_factory=list)


class Killer:
    """Kills at points of the rush, counted in steps of its buyers; whatever is killed is started again.

    :param points: at which step, and whom.
    """

    def __init__(self, site: Installation, valkey: Valkey, points: list[tuple[int, str]]) -> None:
        self._site, self._valkey, self._points = site, valkey, points
        self._steps, self._news, self._over = 0, threading.Condition(), False
        self.killed: list[str] = []

    def step(self) -> None:
        """A buyer has done something."""
        with self._news:
            self._steps += 1
            self._news.notify_all()

    def end(self) -> None:
        """The rush is over: nobody is killed any more."""
        with self._news:
            self._over = True
            self._news.notify_all()

    def run(self) -> None:
        """Wait for each point, and strike."""
        for point, victim in self._points:
            if not self._reached(point):
                return
            self._strike(victim)
            self.killed.append(victim)

    def _reached(self, point: int) -> bool:
        with self._news:
            self._news.wait_for(lambda: self._over or self._steps >= point)
            return not self._over

    def _strike(self, victim: str) -> None:
        works = self._site.works
        if victim == "valkey":
            self._valkey.flush()
        else:
            works.kill(victim)
        # whoever died held leases; nobody has to wait for their end in real time
        self._site.passes(LEASE)
        if victim == "serve":
            works.serves()
        elif victim != "valkey":
            works.start(victim)


class Rush:
    """So many orders, each pursued by a buyer who asks again, under the same key, until there is an answer."""

    def __init__(self, site: Installation, shop: Shop, valkey: Valkey, many: int, strikes: int, seed: int) -> None:
        self.drawn, self.shop = random.Random(seed), shop
        self.wechat = WechatPay(site.control, site.clock)
        ways = self.drawn.choices(list(WAYS), list(WAYS.values()), k=many - len(WAYS)) + list(WAYS)
        self.drawn.shuffle(ways)
        self.bought = [Bought(way) for way in ways]
        victims = [VICTIMS[place % len(VICTIMS)] for place in range(strikes)]
        self.drawn.shuffle(victims)
        # an order takes its buyer three steps at least
        points = sorted(self.drawn.sample(range(BUYERS, 3 * many - BUYERS), strikes))
        self.killer = Killer(site, valkey, list(zip(points, victims, strict=True)))

    def plays(self) -> None:
        """All of it; returns when every buyer has got an answer to everything."""
        buyers = [Payer(self.shop.merchant.buyer(f"Buyer {number}"), self.shop) for number in range(BUYERS)]
        seeds = [self.drawn.random() for _ in buyers]
        with ThreadPoolExecutor(BUYERS) as pool:
            parts = [self.bought[place::BUYERS] for place in range(BUYERS)]
            playing = [pool.submit(self._buys, *one) for one in zip(buyers, parts, seeds, strict=True)]
            threading.Thread(target=self._ends, args=(playing,), name="end of the rush").start()
            # here, since a process ends with the thread that has started it
            self.killer.run()
        for done in playing:
            done.result()

    def _ends(self, playing: "list[Future[None]]") -> None:
        wait(playing)
        self.killer.end()

    def _buys(self, buyer: Payer, wanted: list[Bought], seed: float) -> None:
        drawn = random.Random(seed)
        owner: Any = self.shop.merchant.owner
        staff = self.shop.merchant.meet(Staff(owner.base_url, self.shop.merchant.code, owner.token, owner.name))
        for one in wanted:
            _Buying(self, buyer, staff, one, drawn).goes_on()


class _Buying:
    """One buyer with one order."""

    def __init__(self, rush: Rush, buyer: Payer, staff: Api, bought: Bought, drawn: random.Random) -> None:
        self._rush, self._buyer, self._api, self._staff = rush, buyer, buyer.api, staff
        self._bought, self._drawn = bought, drawn

    def goes_on(self) -> None:
        """From the order to whatever this buyer does."""
        placed = self._asks(self._api, "orders", self._buyer.wishes({"tea": 1}) | {"expected_total": PRICE})
        assert placed.status == 201, placed.body
        self._bought.number = placed["number"]
        doing: dict[str, Callable[[], None]] = {
            "pays": lambda: self._pays(self._starts()),
            "pays twice": self._pays_twice,
            "cancels": self._cancels_while_paying,
            "pays and cancels": self._pays_and_cancels,
            "is refunded": self._is_refunded,
            "walks away": self._walks_away,
        }
        doing[self._bought.way]()

    def _starts(self, way: str = "native") -> Told:
        tender = {"channel": "wechatpay", "product": way}
        started = self._asks(self._api, f"orders/{self._bought.number}/payments", {"tenders": [tender]})
        assert started.status == 201, started.body
        return Told(started.body)

    def _pays(self, payment: Told, *, past_closing: bool = False) -> None:
        if past_closing:
            self._rush.wechat.is_paid_late(payment)
        elif not self._rush.wechat.takes_money(payment):
            return
        self._bought.taken.append(payment.out_trade_no)
        self._rush.killer.step()

    def _walks_away(self) -> None:
        self._starts()

    def _pays_twice(self) -> None:
        by_code = self._starts("native")
        in_app = self._starts("app")
        self._pays(in_app)
        self._pays(by_code, past_closing=True)

    def _cancels_while_paying(self) -> None:
        payment = self._starts()
        with ThreadPoolExecutor(1) as hand:
            paying = hand.submit(self._pays, payment)
            self._cancels()
            paying.result()

    def _pays_and_cancels(self) -> None:
        self._pays(self._starts())
        self._cancels()

    def _is_refunded(self) -> None:
        self._pays(self._starts())
        wait_for(
            lambda: self._state() == "awaiting_shipment", PATIENCE, told=lambda: f"{self._bought} is {self._state()}"
        )
        given = self._asks(self._staff, f"orders/{self._bought.number}/refunds", {"reason": "damaged"})
        assert given.status == 201, given.body

    def _cancels(self) -> None:
        told = self._asks(self._api, f"orders/{self._bought.number}/cancel", {"reason": "other"})
        # 409: it was paid meanwhile, or the first try had done it and died before it could say so
        assert told.status in (200, 409), told.body

    def _state(self) -> str:
        try:
            return str(self._api.get(f"orders/{self._bought.number}")["state"])
        except httpx.TransportError:
            return ""

    def _asks(self, api: Api, path: str, body: dict[str, Any]) -> Answer:
        """One request, again and again under one key until it is answered."""
        key = f"{self._drawn.getrandbits(64):x}"

        def asked() -> Answer | None:
            try:
                answer = api.send("POST", path, json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                return None
            # the first request runs on or died in the middle; or the channel's answer was lost
            waits = answer.status == 502 or (answer.status == 409 and answer["code"] == "idempotency_in_progress")
            return None if waits else answer

        answer: Answer = wait_for(asked, PATIENCE)
        self._rush.killer.step()
        return answer
