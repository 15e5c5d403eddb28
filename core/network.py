"""The way out: http_client() for plugins' clients, and the watch that refuses any network inside a transaction."""

import logging
import socket
import sys
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

import httpx

from core import metrics
from core.db import scope_is_open

log = logging.getLogger("merx.gateway")

#: what a library does before it talks to somebody
_CALLS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname")
_watching = False


def http_client(
    *, timeout: float = 10.0, headers: Mapping[str, str] | None = None, name: str | None = None
) -> httpx.Client:
    """A client for one provider; keep it, it pools its connections. Redirects are not followed.

    :param timeout: seconds for each of connecting, sending and waiting.
    :param name: what log and metrics call whoever is called, instead of host and path: where merchants name the
        addresses, these are many, and a path may be a secret.
    :raises RuntimeError: at every call made inside a transaction.
    """
    return httpx.Client(timeout=timeout, headers=dict(headers or {}), transport=_Outside(name), follow_redirects=False)


class KeptClient:
    """A client of :func:`http_client` that is opened when it is first wanted; safe to be used by many threads."""

    def __init__(self, *, timeout: float, headers: Mapping[str, str]) -> None:
        self._timeout, self._headers = timeout, headers
        self._http: httpx.Client | None = None
        self._lock = Lock()

    def open(self) -> httpx.Client:
        """The client, with the connections it keeps."""
        with self._lock:
            if self._http is None:
                self._http = http_client(timeout=self._timeout, headers=self._headers)
            return self._http

    def close(self) -> None:
        """Let go of the connections; whoever opens it next gets new ones."""
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """What the system says about *host*, each address once; none if the name is not known. Asks the network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def watch() -> None:
    """Refuse, from now on and in every thread, to connect anywhere while a transaction is open there.

    Catches libraries that bring a client of their own. The databases' own drivers do not pass through Python's sockets.
    """
    global _watching
    if not _watching:
        _watching = True
        sys.addaudithook(_refuse)


class _Outside(httpx.HTTPTransport):
    """Sends what leaves outside a transaction."""

    def __init__(self, name: str | None) -> None:
        super().__init__()
        self._name = name

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if scope_is_open():
            raise RuntimeError(f"a call to {request.url.host} inside a transaction: write, commit, then call (a flow)")
        began, outcome = time.perf_counter(), "unreachable"
        try:
            answer = super().handle_request(request)
            outcome = f"{answer.status_code // 100}xx"
            return answer
        except httpx.TimeoutException:
            outcome = "timeout"
            raise
        finally:
            _tell(request, self._name, outcome, time.perf_counter() - began)


def _tell(request: httpx.Request, name: str | None, outcome: str, seconds: float) -> None:
    """Count the call and log it; the log adds the request id and the job. No query, no header, no body."""
    host = name or request.url.host
    metrics.gateway(host, outcome, seconds)
    told = {"method": request.method, "host": host, "path": "" if name else request.url.path, "outcome": outcome}
    log.info("gateway call", extra={**told, "ms": round(seconds * 1000)})


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event in _CALLS and scope_is_open():
        raise RuntimeError(f"{event} inside a transaction: write, commit, then talk to the network (a flow)")
