"""The simulator as a WSGI application: envelope, limits, faults, effect, and the JSON that goes back."""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from plugins.kdniao_logistics.simulator.control import Control
from plugins.kdniao_logistics.simulator.endpoints import ENDPOINTS, limit
from plugins.kdniao_logistics.simulator.envelope import Call, Refusal, open_envelope
from plugins.kdniao_logistics.simulator.pushes import Send, deliver, take_due
from plugins.kdniao_logistics.simulator.world import World

log = logging.getLogger("merx.sandbox.kdniao")

#: seconds between two looks for news, and that a slow answer takes
LOOK_EVERY, SLOW = 0.5, 5.0
#: the last two digits of a number choose a bad day for every call about it
MAGIC: Mapping[str, str] = {"99": "refuse_500", "98": "slow", "97": "no_json", "96": "quota"}
QUOTA = "业务错误[没有可用套餐]"
PATHS = (
    "/Ebusiness/EbusinessOrderHandle.aspx",
    "/api/dist",
    "/api/EOrderService",
    "/api/EOrderService2",
    "/kdniaosandbox/gateway/exterfaceInvoke.json",
)


class Simulator:
    """Kdniao for merchants who have no contract with it.

    :param folder: the control token stands there. :param send: brings a push to its URL.
    :param farewell: called once when all is over.
    """

    def __init__(self, folder: Path, url: str, send: Send, farewell: Callable[[], None]) -> None:
        self.world = World()
        self._send, self._farewell = send, farewell
        self._control = Control(self.world, folder, url, send)
        self._threads: list[threading.Thread] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path, method = str(environ["PATH_INFO"]), str(environ["REQUEST_METHOD"])
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path.startswith("/_sim/"):
            headers = {k[5:].replace("_", "-").lower(): str(v) for k, v in environ.items() if k.startswith("HTTP_")}
            status, told = self._control.answer(method, path, headers, body)
            return _reply(start_response, status, told)
        if path not in PATHS:
            return _reply(start_response, 404, {"Success": False, "Reason": "404"})
        try:
            with self.world.lock:
                call = open_envelope(self.world, method, str(environ.get("CONTENT_TYPE", "")), body)
        except Refusal as no:
            return _reply(start_response, 200, _refused("", no))
        return self._meet(environ, start_response, call)

    def start(self) -> None:
        """Push what is new from now on, beside the requests."""
        thread = threading.Thread(target=self._pump, name="kdniao-pushes", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Stop pushing, and let go of calls that are made to wait."""
        self.world.closing.set()
        for thread in self._threads:
            thread.join()
        self._farewell()

    def _meet(self, environ: dict[str, Any], start_response: Callable[..., Any], call: Call) -> Iterable[bytes]:
        fault = self._fault(call)
        if fault == "slow":
            self.world.closing.wait(SLOW)
        if fault == "refuse_500":
            return _reply(start_response, 500, {"Message": "An error has occurred."})
        if fault == "cut_before":
            return _cut(environ)
        try:
            if fault == "quota":
                raise Refusal("105", QUOTA)
            told = self._answer(call)
        except Refusal as no:
            return _reply(start_response, 200, _refused(call.account, no))
        if fault == "cut_after":
            return _cut(environ)
        if fault == "no_json":
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b"<html>gateway</html>"]
        return _reply(start_response, 200, {"EBusinessID": call.account, "Success": True, **told})

    def _answer(self, call: Call) -> Mapping[str, Any]:
        endpoint = ENDPOINTS.get(call.kind)
        if endpoint is None:
            raise Refusal("102", "指令未开通")
        with self.world.lock:
            self.world.log.append({"kind": call.kind, "data": call.data})
            limit(self.world, call.kind)
            return endpoint(self.world, call)

    def _fault(self, call: Call) -> str:
        with self.world.lock:
            waiting = self.world.faults.get(call.kind)
            if waiting:
                return waiting.pop(0)
        return MAGIC.get(str(call.data.get("LogisticCode", ""))[-2:], "") if call.kind != "2002" else ""

    def _pump(self) -> None:
        while not self.world.closing.wait(LOOK_EVERY):
            with self.world.lock:
                due = take_due(self.world)
            for push in due:
                try:
                    deliver(self.world, push, self._send)
                except Exception:
                    # the next look finds it again
                    log.exception("a push could not be sent")


def _refused(account: str, no: Refusal) -> dict[str, Any]:
    return {"EBusinessID": account, "Success": False, "ResultCode": no.code, "Reason": no.reason}


def _cut(environ: Mapping[str, Any]) -> Iterable[bytes]:
    environ["werkzeug.socket"].shutdown(2)  # both ways: the caller sees the end of the connection
    return ()


def _reply(start_response: Callable[..., Any], status: int, told: Mapping[str, Any]) -> Iterable[bytes]:
    body = json.dumps(told, ensure_ascii=False).encode()
    phrase = {200: "OK", 404: "Not Found", 500: "Internal Server Error"}.get(status, "Status")
    # the real one calls its JSON text/html
    start_response(f"{status} {phrase}", [("Content-Type", "text/html; charset=utf-8")])
    return [body]
