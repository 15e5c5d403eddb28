"""The way to receivers: the name is looked up once, the addresses are checked, and one of these very ones is called."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Final, Self

import httpx

from core import Invalid, addresses_of, http_client
from plugins.webhooks import addresses
from plugins.webhooks.addresses import Target

#: seconds for a whole delivery after its name is found; a handshake begun within them may end after them
PATIENCE: Final = 15.0
#: bytes of an answer that are kept
KEPT: Final = 1024
#: of one name's addresses, how many are tried
ADDRESSES: Final = 2
#: receivers that are there but cannot hear now
BUSY: Final = (429, 502, 503, 504)
MOST_WAIT: Final = 86_400
#: (host, port) -> its addresses, none if the name is not known
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class Outcome:
    """What became of one try.

    :param status: of the answer; None = there was none, *error* says why. :param ms: how long it took.
    :param retry_after: seconds that the receiver asks for.
    """

    status: int | None
    ms: int
    error: str | None = None
    answer: str | None = None
    retry_after: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def nobody_there(self) -> bool:
        """Whether another event would have fared alike."""
        return self.status is None or self.status in BUSY


def check(url: str, *, sandbox: bool, resolve: Resolve = addresses_of) -> tuple[Target, tuple[str, ...]]:
    """What *url* names and the addresses it leads to, all of which may be called. Asks the network.

    :raises Invalid: it may not be called.
    """
    target = addresses.take_apart(url, sandbox=sandbox)
    return target, addresses.checked(target, resolve(target.host, target.port))


def deliver(
    url: str, headers: Mapping[str, str], body: bytes, *, sandbox: bool, resolve: Resolve = addresses_of,
    patience: float = PATIENCE,
) -> Outcome:  # fmt: skip
    """Send *body* once, to an address that is checked now. Whatever goes wrong is in the outcome."""
    began = time.perf_counter()

    def lost(why: str) -> Outcome:
        return Outcome(None, round((time.perf_counter() - began) * 1000), why)

    try:
        target, found = check(url, sandbox=sandbox, resolve=resolve)
    except Invalid as refused:
        return lost(refused.detail)
    why = ""
    with _Cutoff(patience) as cutoff:
        for address in found[:ADDRESSES]:
            try:
                return _send(target, address, headers, body, cutoff, began)
            except httpx.ConnectError as error:
                why = f"no connection: {error}"
            except httpx.HTTPError as error:
                slow = cutoff.is_over or isinstance(error, httpx.TimeoutException)
                return lost(f"no answer within {patience:g} s" if slow else f"no answer: {type(error).__name__}")
    return lost(why[:200])


def _send(
    target: Target, address: str, headers: Mapping[str, str], body: bytes, cutoff: "_Cutoff", began: float
) -> Outcome:
    sent = {**headers, "Host": target.authority, "Content-Type": "application/json", "User-Agent": "Merx-Webhooks/1"}
    # the connection is one name's: another name on the same address must show a certificate of its own
    sent |= {"Connection": "close", "Accept-Encoding": "identity"}
    more: dict[str, Any] = {"sni_hostname": target.host, "trace": cutoff.follow}
    with _client().stream("POST", target.at(address), content=body, headers=sent, extensions=more) as answer:
        kept = b""
        # it has answered: what happens to the rest of what it says does not matter
        with contextlib.suppress(httpx.HTTPError):
            for piece in answer.iter_raw(KEPT):
                kept += piece
                if len(kept) >= KEPT:
                    break
        text = kept[:KEPT].decode("utf-8", "replace").replace("\0", "�")
        ms = round((time.perf_counter() - began) * 1000)
        return Outcome(answer.status_code, ms, None, text, _seconds(answer.headers.get("Retry-After")))


@cache
def _client() -> httpx.Client:
    return http_client(timeout=PATIENCE, name="webhooks")


def _seconds(header: str | None) -> int | None:
    """Of Retry-After in seconds; a date is taken for no answer, since our own times are kinder than most."""
    if header is None or not (header.isascii() and header.isdigit()) or len(header) > 9:
        return None
    return min(int(header), MOST_WAIT)


class _Cutoff:
    """Ends a delivery after so many seconds, however slowly the receiver drips."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._socket: Any = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def follow(self, event: str, told: Mapping[str, Any]) -> None:
        """Called by the transport at each of its steps."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = told["return_value"].get_extra_info("socket")
            if self.is_over:
                raise httpx.ReadTimeout("the time was over before the connection stood")

    def _cut(self) -> None:
        self.is_over = True
        if self._socket is not None:
            # the plain socket's own: TLS would wait for a farewell. It may be closed already
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
