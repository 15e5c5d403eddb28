"""The way to Kdniao and back: one text is signed and sent as it is, encoded once; doubt is named as doubt."""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from core import AccountView, ChannelDown, ChannelUnsure, KeptClient
from plugins.kdniao_logistics.failures import is_true, refusal
from plugins.kdniao_logistics.signature import sign

log = logging.getLogger("merx.kdniao")

TRIES = 3
#: seconds: to connect, and to wait for bytes
CONNECT, READ = 5.0, 15.0
#: seconds between two tries, from and to
PAUSE = (0.1, 0.5)
LARGEST = 2_000_000
#: RequestType -> which path of the account it is asked at
PLACES: Mapping[str, str] = {
    **dict.fromkeys(("1002", "8001", "8002", "2002"), "query_path"),
    **dict.fromkeys(("1008", "8008"), "subscribe_path"),
    **dict.fromkeys(("1007", "1147"), "waybill_path"),
}
#: Kdniao takes none of these in a value; their full-width twins look alike
_TWINS = str.maketrans("'\"#&+<>%\\", "＇＂＃＆＋＜＞％＼")
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Client:
    """Keeps its connections; safe to be used by many threads.

    :param pause: called with the seconds to wait between two tries. :param patience: seconds to wait for bytes.
    """

    def __init__(self, pause: Callable[[float], None] = time.sleep, patience: float = READ) -> None:
        self._pause, self._patience = pause, patience
        self._kept = KeptClient(timeout=READ, headers={"User-Agent": "Merx/1 (Kdniao)"})

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self._kept.close()

    def ask(self, account: AccountView, request_type: str, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        """One call. An answer that was lost is asked for again, for every call may be repeated.

        :raises KdniaoRefused: it said no. :raises ChannelDown: never reached. :raises ChannelUnsure: reached, and the
            answer was lost or made no sense.
        """
        form = envelope(account.settings, request_type, wanted)
        url = f"{account.settings['base_url']}{account.settings[PLACES[request_type]]}"
        for attempt in range(TRIES):
            if attempt:
                self._pause(random.uniform(*PAUSE) * attempt)
            try:
                answer = self._once(url, request_type, form)
            except ChannelUnsure:
                if attempt == TRIES - 1:
                    raise
                continue
            if not is_true(answer.get("Success")):
                raise refusal(answer)
            return answer
        raise AssertionError("the last try answers or raises")

    def _once(self, url: str, request_type: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        began = time.monotonic()
        try:
            response = self._kept.open().post(
                url, data=form, timeout=httpx.Timeout(self._patience, connect=min(CONNECT, self._patience))
            )
        except UNREACHED as error:
            raise ChannelDown(f"Kdniao was not reached ({type(error).__name__}).") from None
        except httpx.HTTPError as error:
            raise ChannelUnsure(f"Kdniao gave no answer to the end ({type(error).__name__}).") from None
        took = (time.monotonic() - began) * 1000
        log.info("Kdniao %s: %s, %.0f ms", request_type, response.status_code, took)
        if response.status_code != 200 or len(response.content) > LARGEST:
            raise ChannelUnsure(f"Kdniao had trouble of its own ({response.status_code}).")
        return read_object(response.content)


def envelope(settings: Mapping[str, Any], request_type: str, wanted: Mapping[str, Any]) -> dict[str, str]:
    """The five fields of a call, raw: whoever sends the form encodes them, once."""
    data = json.dumps(clean(wanted), ensure_ascii=False, separators=(",", ":"))
    return {
        "RequestData": data,
        "EBusinessID": settings["business_id"],
        "RequestType": request_type,
        "DataSign": sign(data, settings["api_key"]),
        "DataType": "2",
    }


def clean(value: Any) -> Any:
    """*value* without characters that Kdniao refuses; what is None is left out."""
    if isinstance(value, str):
        return value.translate(_TWINS)
    if isinstance(value, Mapping):
        return {name: clean(inner) for name, inner in value.items() if inner is not None}
    return [clean(inner) for inner in value] if isinstance(value, list | tuple) else value


def read_object(content: bytes) -> Mapping[str, Any]:
    """The JSON object that an answer is, whatever its Content-Type says.

    :raises ChannelUnsure: it is none.
    """
    try:
        told = json.loads(content)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ChannelUnsure("Kdniao's answer is not a JSON object.")
    return told


#: the process's own: everybody shares its connections
CLIENT = Client()
