"""A payment channel that answers as the test says, once each, and otherwise well; it reports by notices too."""

import json
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Event, Lock
from typing import Any
from uuid import uuid4

from core import clock as core_clock
from core.contracts.payment_channel import Fact, Notice, PaymentStatus, Receipt, RefundReceipt, Reply, Started
from core.db import scope_is_open
from core.errors import Distrusted
from core.schemas.fields import In
from core.services.facts import given, kept
from tests.plugin_yard import Named, make_plugin

#: what a genuine notice of the wire says in its header
WORD = "open sesame"


class Wire:
    """A channel that answers as the test says, once each, and otherwise well. Nobody may call it in a transaction."""

    name, title, input_schema, products, currencies = "wire", {"en": "Wire"}, None, (), ()

    def __init__(self) -> None:
        self.will: dict[str, deque[Any]] = defaultdict(deque)
        self.heard: list[tuple[str, str]] = []
        #: who is paid
        self.box = "main box"

    def says(self, verb: str, *answers: Any) -> None:
        self.will[verb].extend(answers)

    def start(self, account: Any, request: Any) -> Any:
        return self._answer("start", request.out_trade_no, Started("pending", {"url": "wire:pay"}))

    def query(self, account: Any, out_trade_no: str) -> Any:
        return self._answer("query", out_trade_no, PaymentStatus("waiting"))

    def close(self, account: Any, out_trade_no: str) -> Any:
        return self._answer("close", out_trade_no, PaymentStatus("closed"))

    def refund(self, account: Any, request: Any) -> Any:
        number = request.out_refund_no
        return self._answer("refund", number, RefundReceipt(number, "done", request.amount, "wire-back"))

    def query_refund(self, account: Any, out_trade_no: str, out_refund_no: str) -> Any:
        return self._answer("query_refund", out_refund_no, RefundReceipt(out_refund_no, "done", 0, "wire-back"))

    def payee(self, account: Any, product: str | None) -> dict[str, str]:
        return {"box": self.box}

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        assert not scope_is_open(), "a notice is verified outside any transaction"
        if headers.get("x-wire-word") != WORD:
            raise Distrusted("This is not the wire's word.")
        told = json.loads(body)
        return Notice(told["id"], tuple(given(fact) for fact in told["facts"]))

    def acknowledge(self, ok: bool, why: str = "") -> Reply:
        return Reply(204) if ok else Reply(403, why.encode(), "text/plain")

    def _answer(self, verb: str, number: str, well: Any) -> Any:
        assert not scope_is_open(), f"{verb} inside a transaction"
        self.heard.append((verb, number))
        answer = self.will[verb].popleft() if self.will[verb] else well
        if isinstance(answer, Exception):
            raise answer
        return answer(number) if callable(answer) else answer


class HonestWire(Wire):
    """A wire that remembers: a number is paid or closed, whichever was first; a refund stays what it became."""

    products: Any = ("qr", "app")

    def __init__(self, name: str = "wire") -> None:
        super().__init__()
        self.name, self.title = name, {"en": name.title()}
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """As on its first day."""
        self.will.clear()
        self.heard.clear()
        self.paid: dict[str, Receipt] = {}
        self.closed: set[str] = set()
        #: number -> set once somebody asks to close it, for races that begin there
        self.closing: dict[str, Event] = defaultdict(Event)
        self.backs: dict[str, RefundReceipt] = {}

    def pays(self, number: str, amount: int, *, past_closing: bool = False) -> Receipt | None:
        """The payer pays; None = the number is closed, and takes money *past_closing* only."""
        with self._lock:
            if number in self.closed and number not in self.paid and not past_closing:
                return None
            receipt = Receipt(number, f"{self.name}-{number}", amount, "CNY", core_clock.now(), {"box": self.box})
            return self.paid.setdefault(number, receipt)

    def became(self, number: str, outcome: Any, **more: Any) -> RefundReceipt:
        """What became of a refund: from now on it is told so whenever it is asked."""
        done: dict[str, Any] = {"provider_ref": f"back-{number}", "at": core_clock.now()} if outcome == "done" else {}
        with self._lock:
            self.backs[number] = RefundReceipt(number, outcome, 0, **done | more)
            return self.backs[number]

    def query(self, account: Any, out_trade_no: str) -> Any:
        return self._answer("query", out_trade_no, self._known(out_trade_no))

    def close(self, account: Any, out_trade_no: str) -> Any:
        with self._lock:
            if out_trade_no not in self.paid:
                self.closed.add(out_trade_no)
        self.closing[out_trade_no].set()
        return self._answer("close", out_trade_no, self._known(out_trade_no))

    def refund(self, account: Any, request: Any) -> Any:
        told = self.backs.get(request.out_refund_no)
        if told is None or (told.outcome == "failed" and told.again == "same_number"):
            self.became(request.out_refund_no, "done")
        return self._answer("refund", request.out_refund_no, self.backs[request.out_refund_no])

    def query_refund(self, account: Any, out_trade_no: str, out_refund_no: str) -> Any:
        unheard = RefundReceipt(out_refund_no, "failed", 0, failure="never heard of it")
        return self._answer("query_refund", out_refund_no, self.backs.get(out_refund_no, unheard))

    def _known(self, number: str) -> PaymentStatus:
        with self._lock:
            if number in self.paid:
                return PaymentStatus("paid", self.paid[number])
            return PaymentStatus("closed" if number in self.closed else "waiting")


class NoSettings(In):
    """An account of the wire needs no settings."""


def paid(amount: int = 4900) -> Callable[[str], PaymentStatus]:
    """The money was faster."""
    return lambda number: PaymentStatus("paid", Receipt(number, f"wire-{number}", amount, "CNY", core_clock.now()))


def outcome(word: Any, failure: str | None = None) -> Callable[[str], RefundReceipt]:
    return lambda number: RefundReceipt(number, word, 0, failure=failure)


def register(wire: Wire) -> Named:
    """The plugin that brings *wire*."""
    return make_plugin(wire.name, {"register_payment_channels": lambda: [wire]}, account=NoSettings)


def told(*facts: Fact, event_id: str | None = None, **more: Any) -> bytes:
    """The body of a notice that tells *facts*."""
    return json.dumps({"id": event_id or uuid4().hex, "facts": [kept(fact) for fact in facts], **more}).encode()
