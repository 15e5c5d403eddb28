"""What Alipay answers, before anybody draws a conclusion: the very characters that were signed, verified, then read."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from core import ChannelDown, ChannelUnsure
from plugins.alipay import refusals, seals
from plugins.alipay.refusals import ApiError
from plugins.alipay.signature import holds

#: the name of Alipay's certificate, if it was told -> its key, or None
FindKey = Callable[[str | None], RSAPublicKey | None]
ERROR = "error_response"
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")


class Throttled(ChannelDown):
    """Alipay asks us to slow down; it has done nothing."""


class Unreadable(Exception):
    """It is not the JSON object it should be."""


@dataclass(frozen=True)
class Heard:
    """An answer as it came: nothing of it is proved. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def trace_id(self) -> str:
        """What support asks for."""
        return (self.headers.get("trace_id") or self.headers.get("trace-id") or "")[:100]

    @property
    def clock(self) -> float | None:
        """Seconds their clock is ahead of ours, by the header Date; None = not told."""
        try:
            return (parsedate_to_datetime(self.headers["date"]) - self.at).total_seconds()
        except (KeyError, ValueError, TypeError):
            return None


@dataclass(frozen=True)
class Answer:
    """A good answer, proved to be Alipay's."""

    data: Mapping[str, Any]
    trace_id: str = ""
    clock: float | None = None


@dataclass(frozen=True)
class Node:
    """The member of an answer that counts: its exact characters, and whether they are proved to be Alipay's.

    :param doubt: why they are not.
    """

    text: str
    signed: bool
    doubt: str


def members(text: str) -> dict[str, str]:
    """The members of the JSON object *text*, each with its exact characters: they are what was signed.

    :raises Unreadable: it is no object, or a member stands there twice.
    """
    try:
        return _members(text)
    except (ValueError, RecursionError):
        raise Unreadable("it is no JSON object") from None


def node_of(text: str, name: str, find_key: FindKey) -> Node:
    """The member called *name*, or the gateway's own error, with the proof of it.

    :raises Unreadable: there is neither.
    """
    found = members(text)
    raw = found.get(name) or found.get(ERROR)
    if raw is None:
        raise Unreadable(f"it holds neither {name} nor {ERROR}")
    signature, cert_sn = _text(found.get("sign")), _text(found.get("alipay_cert_sn"))
    if not signature:
        return Node(raw, False, "it is not signed")
    key = find_key(cert_sn or None)
    if key is None:
        return Node(raw, False, f"it is signed with certificate {str(cert_sn)[:60]}, which is not ours or has ended")
    good = holds(key, raw.encode(), signature)
    return Node(raw, good, "" if good else "its signature does not hold: compare alipay_public_key with the console's")


def judged(heard: Heard, name: str, find_key: FindKey, aes_key: str | None = None) -> Answer:
    """The answer to a call whose node is *name*, if it is good and proved.

    :raises ApiError: it was refused. :raises Throttled: nothing was done, later.
    :raises ChannelUnsure: anything else: it may be forged, or have been done all the same.
    """
    if heard.status != 200:
        raise ChannelUnsure(f"Alipay had trouble of its own (HTTP {heard.status}).")
    try:
        node = node_of(heard.body.decode("utf-8"), name, find_key)
        data = _object(node.text, aes_key if node.signed else None)
    except (Unreadable, UnicodeDecodeError, seals.Sealed) as wrong:
        raise ChannelUnsure(f"An answer of Alipay cannot be read: {wrong}.") from None
    code = str(data.get("code"))
    if not node.signed and not (node.doubt == "it is not signed" and code in refusals.BELIEVED_UNSIGNED):
        raise ChannelUnsure(f"An answer of Alipay cannot be trusted: {node.doubt}.")
    if code == refusals.GOOD:
        return Answer(data, heard.trace_id, heard.clock)
    told = str(data.get("sub_code") or data.get("code"))[:80]
    if code == refusals.BUSY:
        raise Throttled(f"Alipay asks us to slow down ({told}).")
    if refusals.is_trouble(told) or code not in {refusals.BUSINESS, *refusals.TURNED_AWAY}:
        raise ChannelUnsure(f"Alipay had trouble of its own ({code} {told}).")
    said = str(data.get("sub_msg") or data.get("msg") or "no message")
    raise ApiError(told, said, gateway=code, trace_id=heard.trace_id, signed=node.signed, clock=heard.clock)


def _members(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = _skip(text, _expect(text, _skip(text, 0), "{"))
    if text[at : at + 1] == "}":
        _at_end(text, at + 1)
        return found
    while True:
        name, at = _DECODER.raw_decode(text, at)
        begin = _skip(text, _expect(text, _skip(text, at), ":"))
        _, at = _DECODER.raw_decode(text, begin)
        if not isinstance(name, str) or name in found:
            raise ValueError("a member that is no text, or stands there twice")
        found[name] = text[begin:at]
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            _at_end(text, at + 1)
            return found
        at = _skip(text, _expect(text, at, ","))


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _expect(text: str, at: int, mark: str) -> int:
    if text[at : at + 1] != mark:
        raise ValueError(f"no {mark}")
    return at + 1


def _at_end(text: str, at: int) -> None:
    if _skip(text, at) != len(text):
        raise ValueError("something stands behind the object")


def _text(raw: str | None) -> str:
    told = json.loads(raw) if raw else ""
    return told if isinstance(told, str) else ""


def _object(text: str, aes_key: str | None) -> Mapping[str, Any]:
    """The object that *text* writes; encrypted, it is a text of its own."""
    try:
        told = json.loads(text, object_pairs_hook=_once)
        if isinstance(told, str) and aes_key:
            told = json.loads(seals.unseal(aes_key, told), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unreadable("it is no JSON") from None
    if not isinstance(told, dict):
        raise Unreadable("it is no JSON object")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found
