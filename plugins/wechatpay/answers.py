"""What WeChat Pay answers, before anybody draws a conclusion: verified if it is good, sorted if it is not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from core import ChannelDown, ChannelUnsure, Distrusted
from plugins.wechatpay.certificates import PlatformKey
from plugins.wechatpay.refusals import FINAL, ApiError, plain
from plugins.wechatpay.seals import Sealed
from plugins.wechatpay.signature import claimed, holds

#: serial -> the key of that name, or None
FindKey = Callable[[str], PlatformKey | None]


@dataclass(frozen=True)
class Heard:
    """An answer as it came: nothing of it is proved. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def request_id(self) -> str:
        """What support asks for."""
        return self.headers.get("request-id", "")[:100]

    @property
    def clock(self) -> float | None:
        """Seconds their clock is ahead of ours, by what they sign with or else by the header Date; None = not told."""
        stamp = self.headers.get("wechatpay-timestamp", "")
        if stamp.isascii() and stamp.isdigit() and len(stamp) <= 12:
            return int(stamp) - self.at.timestamp()
        try:
            return (parsedate_to_datetime(self.headers["date"]) - self.at).total_seconds()
        except (KeyError, ValueError, TypeError):
            return None


@dataclass(frozen=True)
class Answer:
    """A good answer, proved to be WeChat Pay's."""

    data: Mapping[str, Any]
    request_id: str
    clock: float | None

    @property
    def entries(self) -> list[Mapping[str, Any]]:
        """What stands under ``data``: the certificates, sealed."""
        return list(self.data["data"])


def accepted(heard: Heard, find_key: FindKey) -> Answer:
    """A 2xx that is signed as it must be.

    :raises ChannelUnsure: it is not, or cannot be read: it may be forged, so we know nothing.
    """
    try:
        _verify(heard, find_key)
    except (Distrusted, ChannelDown) as error:
        raise ChannelUnsure(f"An answer of WeChat Pay cannot be trusted. {error.detail}") from None
    return Answer(_object(heard), heard.request_id, heard.clock)


def refused(heard: Heard, find_key: FindKey) -> ApiError:
    """What is not a 2xx, as an error; it may come without a signature."""
    try:
        told = orjson.loads(heard.body)
    except orjson.JSONDecodeError:
        told = None
    told = told if isinstance(told, dict) else {}
    try:
        _verify(heard, find_key)
        signed = True
    except Distrusted:
        signed = False
    return ApiError(
        str(told.get("code") or f"HTTP_{heard.status}")[:60],
        f"{told.get('message') or 'no message'}{_where(told.get('detail'))}",
        status=heard.status,
        request_id=heard.request_id,
        signed=signed,
        clock=heard.clock,
    )


def is_doubtful(error: ApiError) -> bool:
    """Whether it may have been done all the same: trouble of theirs, and answers that are no answers."""
    return not 400 <= error.status < 500 and plain(error.code) not in FINAL


def entries(heard: Heard) -> list[Mapping[str, Any]]:
    """The sealed certificates of an answer that is still to be verified.

    :raises Sealed: there are none.
    """
    try:
        told = orjson.loads(heard.body)["data"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise Sealed("the answer holds no certificates") from None
    if not isinstance(told, list) or not all(isinstance(entry, dict) for entry in told):
        raise Sealed("the answer holds no certificates")
    return told


def _verify(heard: Heard, find_key: FindKey) -> None:
    claim = claimed(heard.headers, heard.body, heard.at)
    key = find_key(claim.serial)
    if key is None:
        raise Distrusted(f"Signed with {claim.serial[:60]}, a key this account does not know.", code="unknown_serial")
    if not holds(key.key, claim.message, claim.signature):
        raise Distrusted("The signature does not hold.", code="bad_signature")


def _object(heard: Heard) -> Mapping[str, Any]:
    if not heard.body:
        return {}
    try:
        told = orjson.loads(heard.body)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise ChannelUnsure("An answer of WeChat Pay is no JSON object.")
    return told


def _where(detail: Any) -> str:
    """The field at fault, or what they took as signed; never a value, which may be the buyer's."""
    if not isinstance(detail, dict):
        return ""
    told = [str(detail[name])[:120] for name in ("field", "issue") if detail.get(name)]
    if isinstance(signed := detail.get("sign_information"), dict):
        told += [f"{name} {signed[name]}"[:120] for name in ("method", "url", "sign_message_length") if name in signed]
    return f" [{': '.join(told)}]" if told else ""
