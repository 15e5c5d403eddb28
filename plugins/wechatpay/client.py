"""The way to WeChat Pay and back: one byte string signed and sent, every answer verified, doubt named as doubt."""

import logging
import random
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import httpx

from core import AccountView, ChannelDown, ChannelUnsure, KeptClient, now
from plugins.wechatpay import answers, certificates, pem
from plugins.wechatpay.answers import Answer, Heard
from plugins.wechatpay.calls import CERTIFICATES, Call
from plugins.wechatpay.certificates import PlatformKey
from plugins.wechatpay.keys import store_of
from plugins.wechatpay.refusals import ApiError, meaning
from plugins.wechatpay.seals import Sealed
from plugins.wechatpay.settings import apiv3_keys, hosts
from plugins.wechatpay.signature import authorization, lines

log = logging.getLogger("merx.wechatpay")

TRIES = 3
#: seconds: to connect, to wait for bytes, for all tries together, and for certificates while somebody waits for a key
CONNECT, READ, BUDGET, KEY_BUDGET = 3.0, 10.0, 12.0, 4.0
#: seconds for a whole file
FILE_BUDGET = 300.0
#: seconds between two tries, from and to: after doubt, and when asked to slow down
PAUSE, SLOWER = (0.1, 0.4), (1.0, 1.5)
LARGEST = 2_000_000
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


class Throttled(ChannelDown):
    """WeChat Pay asks us to slow down; it has done nothing."""


@dataclass(frozen=True)
class Exchange:
    """One call of one account, over all its tries.

    :param accept: turns a 2xx into an answer. :param until: when there is no time for another try.
    """

    account: AccountView
    call: Call
    accept: Callable[[Heard], Answer]
    until: float


class Client:
    """Keeps its connections; safe to be used by many threads.

    :param pause: called with the seconds to wait between two tries.
    :param patience: seconds to wait for bytes.
    """

    def __init__(self, pause: Callable[[float], None] = time.sleep, patience: float = READ) -> None:
        self._pause, self._patience = pause, patience
        self._kept = KeptClient(timeout=READ, headers={"User-Agent": "Merx/1 (WeChat Pay API v3)"})

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self._kept.close()

    def ask(self, account: AccountView, call: Call) -> Answer:
        """Make *call*; the answer is verified.

        :raises ApiError: it was refused. :raises ChannelDown: never reached, nothing was done.
        :raises ChannelUnsure: it may have been done.
        """

        def accept(heard: Heard) -> Answer:
            return answers.accepted(heard, lambda serial: self.key(account, serial, heard.at))

        return self._exchange(Exchange(account, call, accept, time.monotonic() + BUDGET))

    def certificates(self, account: AccountView, budget: float = BUDGET) -> Answer:
        """Download WeChat Pay's certificates. They come sealed; the answer is verified with what is inside.

        :returns: the answer whose ``data`` are the sealed certificates.
        :raises ApiError: it was refused: a merchant with a public key has none. :raises ChannelDown: anything else.
        """

        def accept(heard: Heard) -> Answer:
            store, sealed = store_of(account), answers.entries(heard)
            fresh = {key.serial: key for key in certificates.opened(sealed, apiv3_keys(account.settings))}
            return answers.accepted(heard, lambda serial: fresh.get(serial) or store.find(serial, heard.at))

        try:
            answer = self._exchange(Exchange(account, CERTIFICATES, accept, time.monotonic() + budget))
        except ChannelUnsure as error:
            raise ChannelDown(f"WeChat Pay's certificates could not be downloaded: {error.detail}") from None
        except Sealed as error:
            raise ChannelDown(f"WeChat Pay's certificates could not be opened: {error}.") from None
        store_of(account).take(certificates.opened(answer.entries, apiv3_keys(account.settings)))
        return answer

    def key(self, account: AccountView, serial: str, moment: datetime) -> PlatformKey | None:
        """WeChat Pay's key called *serial*; certificates are downloaded if it may be one of them.

        :raises ChannelDown: they could not be.
        """

        def download() -> Iterable[PlatformKey]:
            try:
                answer = self.certificates(account, KEY_BUDGET)
            except ApiError as error:
                log.info("no platform certificates for account %s: %s", account.id, error.code)
                return ()
            return certificates.opened(answer.entries, apiv3_keys(account.settings))

        return store_of(account).find_or_ask(serial, moment, download)

    def download(self, account: AccountView, target: str, write: Callable[[bytes], None]) -> None:
        """Fetch the file at *target*, piece by piece. It comes unsigned: whoever asks must know its hash.

        :raises ChannelUnsure: it did not come whole: ask for a fresh address.
        """
        began, host = time.monotonic(), hosts(account.settings)[0]
        call = Call("GET", target)
        request = self._signed(account, call, host, READ)
        try:
            response = self._kept.open().send(request, stream=True)
            try:
                _log(Call("GET", target.partition("?")[0]), host, began, str(response.status_code))
                if response.status_code != 200:
                    raise ChannelUnsure(f"WeChat Pay did not give the file ({response.status_code}).")
                for piece in response.iter_bytes():
                    write(piece)
                    if time.monotonic() > began + FILE_BUDGET:
                        raise httpx.ReadTimeout("the file is too slow")
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise ChannelUnsure(f"The file did not come to its end ({type(error).__name__}).") from None

    # ------------------------------------------------------------------------------------------ tries
    def _exchange(self, exchange: Exchange) -> Answer:
        troubles: list[ChannelDown | ChannelUnsure] = []
        ways = hosts(exchange.account.settings)
        for number in range(TRIES):
            if troubles and not self._waits(troubles[-1], exchange.until):
                break
            try:
                return self._once(exchange, ways[number % len(ways)])
            except (ChannelDown, ChannelUnsure) as trouble:
                troubles.append(trouble)
            except ApiError as error:
                doubt = next((trouble for trouble in troubles if isinstance(trouble, ChannelUnsure)), None)
                if doubt is not None and (not error.signed or meaning(error).start == "later"):
                    # an earlier try may have done it, and nobody has signed that it did not
                    raise ChannelUnsure(f"{doubt.detail} Asked again: {error.code}.") from None
                raise
        raise next((trouble for trouble in troubles if isinstance(trouble, ChannelUnsure)), troubles[-1])

    def _waits(self, trouble: ChannelDown | ChannelUnsure, until: float) -> bool:
        seconds = random.uniform(*(SLOWER if isinstance(trouble, Throttled) else PAUSE))
        if time.monotonic() + seconds >= until:
            return False
        self._pause(seconds)
        return True

    def _once(self, exchange: Exchange, host: str) -> Answer:
        began, call = time.monotonic(), exchange.call
        request = self._signed(exchange.account, call, host, max(0.5, exchange.until - began))
        try:
            heard = self._send(request, exchange.until)
        except UNREACHED as error:
            _log(call, host, began, type(error).__name__)
            raise ChannelDown(f"WeChat Pay was not reached ({type(error).__name__}).") from None
        except httpx.HTTPError as error:
            _log(call, host, began, type(error).__name__)
            raise ChannelUnsure(f"WeChat Pay gave no answer to the end ({type(error).__name__}).") from None
        if 200 <= heard.status < 300:
            _log(call, host, began, "", heard)
            return exchange.accept(heard)
        refusal = answers.refused(heard, lambda serial: store_of(exchange.account).find(serial, heard.at))
        _log(call, host, began, refusal.code, heard)
        if heard.status == 429:
            raise Throttled(f"WeChat Pay asks us to slow down ({refusal.code}).")
        if answers.is_doubtful(refusal):
            raise ChannelUnsure(f"WeChat Pay had trouble of its own ({heard.status} {refusal.code}).")
        raise refusal

    # ------------------------------------------------------------------------------------------ bytes
    def _signed(self, account: AccountView, call: Call, host: str, left: float) -> httpx.Request:
        settings = account.settings
        headers = {"Accept": "application/json"}
        if call.body:
            headers["Content-Type"] = "application/json"
        if serial := call.encrypted_with or settings["public_key_id"]:
            headers["Wechatpay-Serial"] = serial
        patience = httpx.Timeout(min(self._patience, left), connect=min(CONNECT, left), pool=min(CONNECT, left))
        request = self._kept.open().build_request(
            call.method, host + call.target, content=call.body or None, headers=headers, timeout=patience
        )
        timestamp, nonce = str(int(now().timestamp())), secrets.token_hex(16).upper()
        message = lines(call.method, request.url.raw_path, timestamp, nonce, call.body)
        key = pem.private_key(settings["private_key"])
        request.headers["Authorization"] = authorization(
            key, settings["mchid"], settings["serial_no"], timestamp, nonce, message
        )
        return request

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


def _log(call: Call, host: str, began: float, told: str, heard: Heard | None = None) -> None:
    """Never a body, a key or the Authorization; the path holds our own number and the merchant's."""
    status, request_id = (heard.status, heard.request_id) if heard is not None else ("-", "-")
    took = (time.monotonic() - began) * 1000
    log.info("%s %s%s: %s %s Request-ID %s, %.0f ms", call.method, host, call.target, status, told, request_id, took)


#: the process's own: everybody shares its connections
CLIENT = Client()
