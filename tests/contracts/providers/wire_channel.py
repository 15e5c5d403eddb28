"""The channel of the scripted wire, with a memory of what it was asked, and letters under a seal."""

import hashlib
import hmac
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from core import clock as core_clock
from core.contracts.payment_channel import Fact, Notice, PaymentStatus, Receipt, RefundReceipt, Reply, Started
from core.db import scope_is_open
from core.errors import ChannelDown, ChannelUnsure, Distrusted
from core.schemas.fields import In, Text
from core.services.facts import given, kept
from tests.plugin_yard import Named, make_plugin
from tests.wire import Wire

PATIENCE = timedelta(minutes=5)
#: how a refund ended at the wire -> what it tells of it
ENDS: Mapping[str, dict[str, Any]] = {
    "pending": {"outcome": "pending"},
    "done": {"outcome": "done"},
    "dead": {"outcome": "failed", "failure": "The wire closed this number.", "again": "new_number"},
    "lost": {"outcome": "failed", "failure": "The wire cannot reach the card.", "again": "by_hand"},
}


class Account(In):
    """An account of the wire: who is paid, and the word that seals its letters."""

    box = Text(50, required=True)
    word = Text(50, required=True)


class Given(In):
    """What the buyer gives."""

    phone = Text(20, load_default=None, allow_none=True)


@dataclass
class Attempt:
    """A number that the wire was given."""

    number: str
    amount: int
    payee: dict[str, str]
    state: str = "waiting"
    paid_at: datetime | None = None

    def receipt(self) -> Receipt:
        """Its money, as a fact."""
        moment = self.paid_at or core_clock.now()
        return Receipt(self.number, f"wire-{self.number}", self.amount, "CNY", moment, dict(self.payee))


@dataclass
class Back:
    """A refund that the wire was given."""

    number: str
    attempt: Attempt
    amount: int
    state: str = "pending"

    def receipt(self) -> RefundReceipt:
        """What became of it."""
        payee = {"box": self.attempt.payee["box"]}
        told = ENDS[self.state]
        ref = f"back-{self.number}"
        return RefundReceipt(
            self.number, amount=self.amount, provider_ref=ref, at=core_clock.now(), payee=payee, **told
        )


class RememberingWire(Wire):
    """The wire, which remembers what it was asked, and goes wrong when told to."""

    products = ("qr", "app")  # type: ignore[assignment]
    input_schema = Given  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.attempts: dict[str, Attempt] = {}
        self.backs: dict[str, Back] = {}
        self.short = False
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.happens: dict[str, deque[Callable[[str], None]]] = defaultdict(deque)

    def start(self, account: Any, request: Any) -> Any:
        number = request.out_trade_no
        with self.call("start", number):
            fresh = Attempt(number, request.amount, self.payee(account, request.product))
            attempt = self.attempts.setdefault(number, fresh)
        if attempt.state != "waiting":
            return Started("failed", failure=f"The wire's number {number} is {attempt.state}.")
        return Started("pending", {"url": f"wire:{request.product}:{number}"})

    def query(self, account: Any, out_trade_no: str) -> Any:
        with self.call("query", out_trade_no):
            return self.status(out_trade_no)

    def close(self, account: Any, out_trade_no: str) -> Any:
        with self.call("close", out_trade_no):
            attempt = self.attempts.get(out_trade_no)
            if attempt is not None and attempt.state == "waiting":
                attempt.state = "closed"
            return self.status(out_trade_no)

    def refund(self, account: Any, request: Any) -> Any:
        number = request.out_refund_no
        with self.call("refund", number):
            if self.short:
                return RefundReceipt(number, "failed", 0, failure="The wire is short of money.")
            return self.gives_back(number, request).receipt()

    def query_refund(self, account: Any, out_trade_no: str, out_refund_no: str) -> Any:
        with self.call("query_refund", out_refund_no):
            back = self.backs.get(out_refund_no)
            return back.receipt() if back else RefundReceipt(out_refund_no, "failed", 0, failure="never heard of it")

    def payee(self, account: Any, product: str | None) -> dict[str, str]:
        return {"box": account.settings["box"], "app": f"app-{product}"}

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        assert not scope_is_open(), "a notice is verified outside any transaction"
        if not hmac.compare_digest(headers.get("x-wire-seal", ""), seal(account.settings["word"], body)):
            raise Distrusted("This is not the wire's seal.")
        told = json.loads(body)
        if abs(now - datetime.fromisoformat(told["at"])) > PATIENCE:
            raise Distrusted("This letter was sealed more than five minutes ago.")
        return Notice(told["id"], tuple(given(fact) for fact in told["facts"]))

    def acknowledge(self, ok: bool, why: str = "") -> Reply:
        return Reply(204) if ok else Reply(403, why.encode(), "text/plain")

    # -- the wire's own side
    @contextmanager
    def call(self, verb: str, number: str) -> Iterator[None]:
        """One call: what goes wrong before its effect, and after it; what happens meanwhile."""
        assert not scope_is_open(), f"{verb} inside a transaction"
        self.heard.append((verb, number))
        fault = self.faults[verb].popleft() if self.faults[verb] else None
        if fault == "down":
            raise ChannelDown("The wire was not reached.")
        if fault == "error":
            raise ChannelUnsure("The wire had trouble of its own.")
        yield
        if self.happens[verb]:
            self.happens[verb].popleft()(number)
        if fault == "lost":
            raise ChannelUnsure("The wire's answer was lost.")

    def status(self, number: str) -> PaymentStatus:
        """What it knows of a number."""
        attempt = self.attempts.get(number)
        if attempt is None:
            return PaymentStatus("unknown")
        if attempt.state == "paid":
            return PaymentStatus("paid", attempt.receipt())
        return PaymentStatus(attempt.state)  # type: ignore[arg-type]

    def gives_back(self, number: str, request: Any) -> Back:
        """One number is one refund, however often it is asked for."""
        return self.backs.setdefault(number, Back(number, self.attempts[request.out_trade_no], request.amount))


def seal(word: str, body: bytes) -> str:
    """What proves that the wire wrote *body*."""
    return hmac.new(word.encode(), body, hashlib.sha256).hexdigest()


def sealed(word: str, *facts: Fact, **changes: Any) -> tuple[dict[str, str], bytes]:
    """Headers and body of a letter that tells *facts*."""
    told = {"id": uuid4().hex, "at": core_clock.now().isoformat(), "facts": [kept(fact) for fact in facts]}
    body = json.dumps(told | changes).encode()
    return {"X-Wire-Seal": seal(word, body), "Content-Type": "application/json"}, body


def plugin(wire: RememberingWire) -> Named:
    """The plugin that brings *wire*."""
    hooks = {"register_payment_channels": lambda: [wire]}
    return make_plugin("wire", hooks, account=Account, account_secret=("word",))
