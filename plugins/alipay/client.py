"""The way to Alipay and back: signed afresh for each try, every answer verified, doubt named as doubt."""

import logging
import random
import time
from collections.abc import Callable
from typing import IO
from urllib.parse import urlencode, urlsplit

import httpx

from core import AccountView, ChannelDown, ChannelUnsure, KeptClient, now
from plugins.alipay import answers, calls, keys
from plugins.alipay.answers import Answer, Heard, Throttled
from plugins.alipay.calls import CHARSET, Call
from plugins.alipay.refusals import ApiError, meaning

log = logging.getLogger("merx.alipay")

TRIES = 3
#: seconds: to connect, to wait for bytes, and for all tries together
CONNECT, READ, BUDGET = 5.0, 15.0, 20.0
#: seconds between two tries, from and to: after doubt, and when asked to slow down
PAUSE, SLOWER = (0.2, 0.6), (1.0, 1.5)
LARGEST = 2_000_000
PIECE = 1 << 20
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_FORM = {"Content-Type": f"application/x-www-form-urlencoded;charset={CHARSET}"}


class Client:
    """Keeps its connections; safe to be used by many threads.

    :param pause: called with the seconds to wait between two tries.
    :param patience: seconds to wait for bytes.
    """

    def __init__(self, pause: Callable[[float], None] = time.sleep, patience: float = READ) -> None:
        self._pause, self._patience = pause, patience
        self._kept = KeptClient(timeout=READ, headers={"User-Agent": "Merx/1 (Alipay gateway v2)"})

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self._kept.close()

    def ask(self, account: AccountView, call: Call) -> Answer:
        """Make *call*; the answer is verified. Whatever moves money has a number, so it may be sent again.

        :raises ApiError: it was refused. :raises ChannelDown: never reached, nothing was done.
        :raises ChannelUnsure: it may have been done.
        """
        until = time.monotonic() + BUDGET
        troubles: list[ChannelDown | ChannelUnsure] = []
        for _ in range(TRIES):
            if troubles and not self._waits(troubles[-1], until):
                break
            try:
                return self._once(account, call, until)
            except (ChannelDown, ChannelUnsure) as trouble:
                troubles.append(trouble)
            except ApiError as error:
                doubt = next((trouble for trouble in troubles if isinstance(trouble, ChannelUnsure)), None)
                if doubt is not None and (not error.signed or meaning(error).start == "later"):
                    # an earlier try may have done it, and nobody has signed that it did not
                    raise ChannelUnsure(f"{doubt.detail} Asked again: {error.code}.") from None
                raise
        raise next((trouble for trouble in troubles if isinstance(trouble, ChannelUnsure)), troubles[-1])

    def fetch(self, url: str, file: IO[bytes], largest: int) -> None:
        """Fetch a file that Alipay has given an address for, into *file*; unsigned, no redirects.

        :raises ChannelUnsure: it did not come to its end, or has more than *largest* bytes.
        """
        patience = httpx.Timeout(self._patience, connect=CONNECT)
        try:
            with self._kept.open().stream("GET", url, timeout=patience) as response:
                if response.status_code != 200:
                    raise ChannelUnsure(f"A file of Alipay's could not be fetched (HTTP {response.status_code}).")
                for piece in response.iter_bytes(PIECE):
                    file.write(piece)
                    if file.tell() > largest:
                        raise ChannelUnsure("A file of Alipay's is larger than any could be.")
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            raise ChannelUnsure(f"A file of Alipay's did not come to its end ({type(trouble).__name__}).") from None

    def _waits(self, trouble: ChannelDown | ChannelUnsure, until: float) -> bool:
        seconds = random.uniform(*(SLOWER if isinstance(trouble, Throttled) else PAUSE))
        if time.monotonic() + seconds >= until:
            return False
        self._pause(seconds)
        return True

    def _once(self, account: AccountView, call: Call, until: float) -> Answer:
        began, settings = time.monotonic(), account.settings
        left = max(0.5, until - began)
        request = self._kept.open().build_request(
            "POST",
            f"{settings['gateway_url']}?charset={CHARSET}",
            content=urlencode(calls.signed(account, call, now())),
            headers=_FORM,
            timeout=httpx.Timeout(min(self._patience, left), connect=min(CONNECT, left), pool=min(CONNECT, left)),
        )
        try:
            heard = self._send(request, until)
        except UNREACHED as error:
            _log(account, call, began, type(error).__name__)
            raise ChannelDown(f"Alipay was not reached ({type(error).__name__}).") from None
        except httpx.HTTPError as error:
            _log(account, call, began, type(error).__name__)
            raise ChannelUnsure(f"Alipay gave no answer to the end ({type(error).__name__}).") from None
        try:
            answer = answers.judged(
                heard, call.node, lambda cert_sn: keys.verifier(settings, cert_sn, heard.at), settings["aes_key"]
            )
        except ApiError as error:
            _log(account, call, began, error.code, heard)
            raise
        except (ChannelDown, ChannelUnsure) as trouble:
            _log(account, call, began, trouble.detail, heard)
            raise
        _log(account, call, began, "good", heard)
        return answer

    def _send(self, request: httpx.Request, until: float) -> Heard:
        response = self._kept.open().send(request, stream=True)
        try:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise httpx.ReadError("the answer is too long")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer is too slow")
            return Heard(response.status_code, dict(response.headers), bytes(body), now())
        finally:
            response.close()


def _log(account: AccountView, call: Call, began: float, told: str, heard: Heard | None = None) -> None:
    """Never a body, a key or a signature."""
    host = urlsplit(account.settings["gateway_url"]).netloc
    status, trace = (heard.status, heard.trace_id) if heard is not None else ("-", "-")
    took = (time.monotonic() - began) * 1000
    log.info("%s at %s: %s %s trace %s, %.0f ms", call.method, host, status, told, trace, took)


#: the process's own: everybody shares its connections
CLIENT = Client()
