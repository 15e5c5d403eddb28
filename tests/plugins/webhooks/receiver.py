"""A merchant's own server: a real one on this machine, which checks signatures with somebody else's library."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import webhooks as library
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core import clock


@dataclass(frozen=True)
class Heard:
    """One request, and when it came by the story's clock."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def event(self) -> Any:
        """What it tells."""
        return json.loads(self.body)

    @property
    def id(self) -> str:
        """The header webhook-id."""
        return self.headers["webhook-id"]


#: status, headers, body
Said = tuple[int, dict[str, str], bytes]


class Receiver:
    """Hears on ``url``; answers 200 unless told otherwise: ``says(500)``, or a function of what was heard."""

    def __init__(self, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Said] = lambda heard: (200, {}, b"")
        self._address, self._tls, self._port = address, tls, 0
        self._server: ThreadingHTTPServer | None = None
        self.opens()

    @property
    def url(self) -> str:
        """Where it hears."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}/hooks?shop=1"

    @property
    def port(self) -> int:
        """Its port, the same after it was closed."""
        return self._port

    def says(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer everything so from now on."""
        self.answer = lambda heard: (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def opens(self) -> None:
        """Listen, on the port it had before."""
        self._server = ThreadingHTTPServer((self._address, self._port), _handler(self))
        self._port = self._server.server_port
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def closes(self) -> None:
        """Nobody is there any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    # -- what stories ask
    def names(self) -> list[str]:
        """The events that came, in order."""
        return [one.event["type"] for one in self.heard]

    def about(self, thing: str) -> list[tuple[str, int]]:
        """Name and number of what came about one thing, in order."""
        told = [one.event for one in self.heard]
        return [(one["type"], one["about"]["seq"]) for one in told if one["about"] and one["about"]["id"] == thing]

    def forgets(self) -> None:
        """As if nothing had come."""
        self.heard.clear()


def is_signed(heard: Heard, secret: str) -> bool:
    """Whether the library takes it, at the moment when it came."""
    with _its_clock_shows(heard.at):
        try:
            return bool(Webhook(secret).verify(heard.body, dict(heard.headers)))
        except WebhookVerificationError:
            return False


@contextmanager
def _its_clock_shows(moment: datetime) -> Iterator[None]:
    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return moment

    real, library.datetime = library.datetime, Then  # type: ignore[attr-defined, misc]
    try:
        yield
    finally:
        library.datetime = real  # type: ignore[attr-defined]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heard = Heard(self.path, {name.lower(): value for name, value in self.headers.items()}, body, clock.now())
            status, headers, said = receiver.answer(heard)
            receiver.heard.append(heard)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(said))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Requests are the test's business."""

    return Handler
