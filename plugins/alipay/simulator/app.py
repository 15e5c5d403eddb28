"""The simulator as a WSGI application: checks, faults and effect of each call, and the bytes that go back."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from plugins.alipay.simulator import answers, billing, checks, keys, pages, payments, refunds, trades
from plugins.alipay.simulator.call import Call, read_call
from plugins.alipay.simulator.checks import Asked
from plugins.alipay.simulator.control import Control
from plugins.alipay.simulator.faults import Planned
from plugins.alipay.simulator.merchants import Merchant, read_merchants
from plugins.alipay.simulator.methods import Method, find_method
from plugins.alipay.simulator.notices import Send, deliver, take_due
from plugins.alipay.simulator.refusal import Refusal
from plugins.alipay.simulator.world import World

#: seconds between two looks into the outbox
LOOK_EVERY = 0.2
#: notices on their way at the same time
SENDERS = 8
DRIPS = 10
PHRASES = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 502: "Bad Gateway"}
HTML = {"Content-Type": "text/html;charset=utf-8"}
StartResponse = Callable[..., Any]


class Simulator:
    """Alipay for merchants who have no contract with it.

    :param folder: keys and the control token stand there. :param url: where the merchants believe it to be.
    :param send: brings a notice to its URL. :param farewell: called once when all is over.
    """

    def __init__(self, folder: Path, url: str, send: Send, farewell: Callable[[], None]) -> None:
        self.world = World(read_merchants(keys.kept_keys(folder)), url)
        self._send, self._farewell = send, farewell
        self._control = Control(self.world, folder, send)
        self._threads: list[threading.Thread] = []
        self._senders: ThreadPoolExecutor | None = None

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        call = read_call(environ)
        if call.path == "/gateway.do":
            return self._gateway(environ, start_response, call)
        if call.path.startswith("/_sim/"):
            status, told = self._control.answer(call)
            return _reply(start_response, status, json.dumps(told, ensure_ascii=False).encode(), _JSON)
        if call.path.startswith("/bill/"):
            return self._bill(environ, start_response, call.path.removeprefix("/bill/"))
        status, body, headers = pages.page(self.world, call)
        return _reply(start_response, status, body, HTML | headers)

    def start(self) -> None:
        """Send what is due from now on, beside the requests."""
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="alipay-notices")
        thread = threading.Thread(target=self._pump, name="alipay-outbox", daemon=True)
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
                trades.settle(self.world)
                refunds.settle(self.world)
            for notice in take_due(self.world):
                self._senders.submit(deliver, self.world, notice, self._send)

    # ------------------------------------------------------------------------------------------ the gateway
    def _gateway(self, environ: dict[str, Any], start_response: StartResponse, call: Call) -> Iterable[bytes]:
        merchant: Merchant | None = None
        name = "error_response"
        try:
            params = call.params()
            merchant = checks.authenticate(self.world, params)
            method = find_method(params["method"])
            name = params["method"].replace(".", "_") + "_response"
            asked = checks.understand(merchant, method.verb, params)
        except Refusal as refusal:
            return self._refuse(start_response, merchant, name, refusal)
        if method.handler is None:
            return self._open(start_response, asked)
        with self.world.lock:
            planned = self.world.faults.meet(method.verb)
        return self._meet(environ, start_response, asked, method, name, planned)

    def _open(self, start_response: StartResponse, asked: Asked) -> Iterable[bytes]:
        """The buyer's browser comes with a link: he is sent to the cashier, or shown what is wrong."""
        try:
            with self.world.lock:
                trades.settle(self.world)
                trade = trades.place(self.world, asked)
        except Refusal as refusal:
            return _reply(start_response, 200, pages.trouble(refusal), HTML)
        return _reply(start_response, 302, b"", HTML | {"Location": f"{self.world.url}/cashier/{trade.token}"})

    def _meet(
        self,
        environ: dict[str, Any],
        start_response: StartResponse,
        asked: Asked,
        method: Method,
        name: str,
        planned: Planned,
    ) -> Iterable[bytes]:
        fault = planned.fault
        trouble = Refusal(fault.code, fault.sub_code, "控制接口要求的故障") if fault.code else None
        if fault.before and not fault.pays:
            if fault.http:
                return _reply(start_response, fault.http, b"<html>Bad Gateway</html>", HTML)
            return (
                self._refuse(start_response, asked.merchant, name, trouble) if trouble else self._cut(environ, planned)
            )
        try:
            node = self._effect(asked, method, planned)
        except Refusal as refusal:
            if not (trouble or fault.http or fault.cut):
                return self._refuse(start_response, asked.merchant, name, refusal, fault.distortion)
            node = refusal.node()
        if fault.http:
            return _reply(start_response, fault.http, b"<html>Bad Gateway</html>", HTML)
        if trouble:
            return self._refuse(start_response, asked.merchant, name, trouble)
        if fault.cut:
            return self._cut(environ, planned)
        body, headers = answers.body(self.world, asked.merchant, name, node, fault.distortion)
        chunks = self._drip(body, planned.seconds) if fault.slow else None
        return _reply(start_response, 200, body, headers, chunks)

    def _effect(self, asked: Asked, method: Method, planned: Planned) -> dict[str, Any]:
        assert method.handler is not None
        fault = planned.fault
        with self.world.lock:
            trades.settle(self.world)
            refunds.settle(self.world)
            if fault.pays and fault.before:
                self._buyer_pays(asked)
            node = answers.good(method.handler(self.world, asked))
            if fault.pays and not fault.before:
                self._buyer_pays(asked)
        return node

    def _buyer_pays(self, asked: Asked) -> None:
        trade = self.world.trades.get((asked.whose.seller_id, str(asked.biz.get("out_trade_no"))))
        if trade is not None and not trade.is_paid:
            payments.pay(self.world, trade, after_close=True)

    def _refuse(
        self,
        start_response: StartResponse,
        merchant: Merchant | None,
        name: str,
        refusal: Refusal,
        distortion: str = "",
    ) -> Iterable[bytes]:
        node = refusal.node()
        if not refusal.is_business:
            name = "error_response"
            merchant = merchant if self.world.switches.sign_errors else None
        body, headers = answers.body(self.world, merchant, name, node, distortion)
        return _reply(start_response, 200, body, headers)

    # ------------------------------------------------------------------------------------------ files
    def _bill(self, environ: dict[str, Any], start_response: StartResponse, ticket: str) -> Iterable[bytes]:
        with self.world.lock:
            planned = self.world.faults.meet("bill")
            fault = planned.fault
            file = None if fault.distortion == "expired" else billing.download(self.world, ticket)
        if fault.http:
            return _reply(start_response, fault.http, b"", HTML)
        if fault.cut:
            return self._cut(environ, planned)
        if file is None:
            return _reply(start_response, 400, "<html>账单下载地址已失效</html>".encode(), HTML)
        if fault.distortion == "torn":
            file = file[: len(file) // 2]
        chunks = self._drip(file, planned.seconds) if fault.slow else None
        return _reply(start_response, 200, file, {"Content-Type": "application/zip"}, chunks)

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


_JSON = {"Content-Type": "application/json; charset=utf-8"}


def _reply(
    start_response: StartResponse,
    status: int,
    body: bytes,
    headers: dict[str, str],
    chunks: Iterable[bytes] | None = None,
) -> Iterable[bytes]:
    lines = [*headers.items(), ("Content-Length", str(len(body)))]
    start_response(f"{status} {PHRASES.get(status, 'Status')}", lines)
    return [body] if chunks is None else chunks
