"""The simulator as a WSGI application: checks, faults and effect of each call, and the bytes that go back."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from plugins.wechatpay.simulator import keys, payments, refunds
from plugins.wechatpay.simulator.answers import as_bytes, request_id, signature_headers
from plugins.wechatpay.simulator.call import Answer, Call, read_call
from plugins.wechatpay.simulator.checks import authenticate
from plugins.wechatpay.simulator.control import Control
from plugins.wechatpay.simulator.endpoints import Endpoint, find_endpoint
from plugins.wechatpay.simulator.faults import Planned
from plugins.wechatpay.simulator.merchants import read_merchants
from plugins.wechatpay.simulator.notices import Send, deliver, take_due
from plugins.wechatpay.simulator.refusal import Refusal
from plugins.wechatpay.simulator.world import World

#: seconds between two looks into the outbox
LOOK_EVERY = 0.2
#: notices on their way at the same time
SENDERS = 8
DRIPS = 10
PHRASES = {200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
StartResponse = Callable[..., Any]


class Simulator:
    """WeChat Pay for merchants who have no contract with it.

    :param folder: keys and the control token stand there. :param url: where the merchants believe it to be.
    :param send: brings a notice to its URL. :param farewell: called once when all is over.
    """

    def __init__(self, folder: Path, url: str, send: Send, farewell: Callable[[], None]) -> None:
        self.world = World(read_merchants(keys.kept_keys(folder)))
        self._send, self._farewell = send, farewell
        self._control = Control(self.world, folder, url, send)
        self._threads: list[threading.Thread] = []
        self._senders: ThreadPoolExecutor | None = None

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        call = read_call(environ)
        if call.path.startswith("/_sim/"):
            status, told = self._control.answer(call)
            return _reply(start_response, status, json.dumps(told, ensure_ascii=False).encode(), {})
        try:
            call.merchant = authenticate(self.world, call)
            endpoint, parts = find_endpoint(call.method, call.path)
        except Refusal as refusal:
            return self._refuse(start_response, call, refusal)
        with self.world.lock:
            planned = self.world.faults.meet(endpoint.verb)
        return self._meet(environ, start_response, call, endpoint, parts, planned)

    def start(self) -> None:
        """Send what is due from now on, beside the requests."""
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="wechatpay-notices")
        thread = threading.Thread(target=self._pump, name="wechatpay-outbox", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Stop sending, and let go of calls that are made to wait."""
        self.world.closing.set()
        self.world.news.set()
        for thread in self._threads:
            thread.join()
        if self._senders is not None:
            self._senders.shutdown(cancel_futures=True)
        self._farewell()

    def _pump(self) -> None:
        assert self._senders is not None
        while not self.world.closing.is_set():
            self.world.news.wait(LOOK_EVERY)
            self.world.news.clear()
            with self.world.lock:
                refunds.settle(self.world)
            for notice in take_due(self.world):
                self._senders.submit(deliver, self.world, notice, self._send)

    def _meet(
        self,
        environ: dict[str, Any],
        start_response: StartResponse,
        call: Call,
        endpoint: Endpoint,
        parts: list[Any],
        planned: Planned,
    ) -> Iterable[bytes]:
        fault = planned.fault
        trouble = Refusal(fault.status, fault.code, "as the control API asked for") if fault.status else None
        if fault.before and not fault.pays:
            return self._refuse(start_response, call, trouble) if trouble else self._cut(environ, planned)
        try:
            answer = self._effect(call, endpoint, parts, planned)
        except Refusal as refusal:
            return self._refuse(start_response, call, refusal)
        if trouble:
            return self._refuse(start_response, call, trouble)
        if fault.cut:
            return self._cut(environ, planned)
        body, headers = self._sign(call, answer, fault.distortion)
        chunks = self._drip(body, planned.seconds) if fault.slow else None
        return _reply(start_response, answer.status, body, headers, chunks)

    def _effect(self, call: Call, endpoint: Endpoint, parts: list[Any], planned: Planned) -> Answer:
        fault = planned.fault
        with self.world.lock:
            if fault.pays and fault.before:
                self._buyer_pays(call, parts)
            answer = endpoint.handler(self.world, call, call.merchant, *parts)
            if fault.pays and not fault.before:
                self._buyer_pays(call, parts)
        return answer

    def _buyer_pays(self, call: Call, parts: list[Any]) -> None:
        number = parts[-1] if call.method == "GET" or "close" in call.path else call.json().get("out_trade_no")
        order = self.world.orders.get((call.merchant.mchid if call.merchant else "", str(number)))
        if order is not None and not order.is_paid:
            payments.pay(self.world, order, after_close=True)

    def _sign(self, call: Call, answer: Answer, distortion: str) -> tuple[bytes, dict[str, str]]:
        if answer.raw is not None:
            return answer.raw, {"Request-ID": request_id(answer.tail)}
        every = self.world.switches.extra_field_every
        body = b"" if answer.content is None else as_bytes(answer.content, every)
        headers = {"Request-ID": request_id(answer.tail)}
        if call.merchant is None:
            return body, headers
        key = call.merchant.answering_key(call.headers.get("wechatpay-serial", ""))
        return body, headers | signature_headers(key, body, distortion)

    def _refuse(self, start_response: StartResponse, call: Call, refusal: Refusal) -> Iterable[bytes]:
        distortion = "" if self.world.switches.sign_errors else "unsigned"
        answer = Answer(refusal.body(), refusal.status, refusal.tail)
        return _reply(start_response, answer.status, *self._sign(call, answer, distortion))

    def _cut(self, environ: dict[str, Any], planned: Planned) -> Iterable[bytes]:
        if planned.fault.waits:
            self.world.closing.wait(planned.seconds)
        environ["werkzeug.socket"].shutdown(2)  # both ways: the caller sees the end of the connection
        return ()

    def _drip(self, body: bytes, seconds: float) -> Iterator[bytes]:
        size = -(-len(body) // DRIPS) or 1
        for start in range(0, len(body), size):
            self.world.closing.wait(seconds / DRIPS)
            yield body[start : start + size]


def _reply(
    start_response: StartResponse,
    status: int,
    body: bytes,
    headers: dict[str, str],
    chunks: Iterable[bytes] | None = None,
) -> Iterable[bytes]:
    lines = list(headers.items())
    if status != 204:
        lines += [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {PHRASES.get(status, 'Status')}", lines)
    return [body] if chunks is None else chunks
