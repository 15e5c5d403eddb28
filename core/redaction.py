"""Takes secrets out of texts that leave the house: those we know by their value, and all that looks like one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from core.current import current_merchant

MARK: Final = "[redacted]"
#: what is shorter is no secret worth hiding, and would blot out half of every text
SHORTEST: Final = 6
#: merchants whose secrets are remembered; the oldest go first
MERCHANTS: Final = 1000

_NAME: Final = (
    r"[\w.-]*(?:secret|token|passw|passphrase|authoriz|cookie|credential|api[_-]?v?\d?[_-]?key|private[_-]?key|"
    r"access[_-]?key|signing[_-]?key|csrf)[\w.-]*"
)
#: a name whose value is never shown
_SECRET_NAME: Final = re.compile(rf"(?i)(?:{_NAME}|.*[_-]key|key|pin|cvv)")
_VALUE: Final = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&'\"\)\]}]+)"
_SHAPES: Final = (
    # a key in PEM, whole or cut off, with real line breaks or written ones
    (
        re.compile(r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.S),
        MARK,
    ),
    (re.compile(r"enc:v1:[\w=-]*"), MARK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {MARK}"),
    (
        re.compile(rf"(?i)(?P<head>[\"']?(?<![/\w.]){_NAME}[\"']?\s*(?:=|:)\s*)(?!\[redacted\]){_VALUE}"),
        rf"\g<head>{MARK}",
    ),
    (re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@"), rf"\g<head>:{MARK}@"),
    (re.compile(r"\$argon2\w*\$[\w$=,+/.-]+"), MARK),
    (re.compile(r"\b(?:sk|whsec|sk_live|sk_test)_[A-Za-z0-9_-]{12,}"), MARK),
    # our own tokens: 32 random bytes as text
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])"), MARK),
)


@dataclass
class _Known:
    """The secrets of one merchant, as far as this process has opened them: whole, and what of them is looked for."""

    values: set[str] = field(default_factory=set)
    #: the longest first, since one may hold another
    pieces: list[str] = field(default_factory=list)


_known: dict[int, _Known] = {}
_lock = Lock()


def remember(merchant_id: int, secrets: Iterable[Any]) -> None:
    """These values of the merchant's are secret: they are never to be seen in a text again."""
    known = _known.get(merchant_id)
    fresh = [value for value in _texts(secrets) if known is None or value not in known.values]
    if not fresh:
        return
    with _lock:
        known = _known.setdefault(merchant_id, _Known())
        # made anew, for somebody may be looking through the old ones
        known.pieces = _longest_first(set(known.pieces).union(*map(_pieces, fresh)))
        known.values |= set(fresh)
        while len(_known) > MERCHANTS:
            del _known[next(iter(_known))]


def hide(text: str) -> str:
    """*text* without the current merchant's secrets: for what people are told, whose words must not suffer."""
    return _without(_mine(), text)


def _without(values: Iterable[str], text: str) -> str:
    for value in values:
        if value in text:
            text = text.replace(value, MARK)
    return text


def redact(text: str) -> str:
    """*text* without secrets, known or looking like one: for logs and for what errors say."""
    text = _without(_in_question(), text)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def hidden(value: Any) -> Any:
    """As :func:`hide`, for everything in a JSON value."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {name: hidden(inner) for name, inner in value.items()}
    return [hidden(inner) for inner in value] if isinstance(value, list | tuple) else value


def redacted(value: Any, depth: int = 8) -> Any:
    """As :func:`redact`, for everything in a value; what stands under a secret's name goes whole."""
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth == 0:
        return MARK
    if isinstance(value, Mapping):
        return {
            str(name): MARK if inner and _SECRET_NAME.fullmatch(str(name)) else redacted(inner, depth - 1)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner, depth - 1) for inner in value]
    return redact(str(value))


def _in_question() -> list[str]:
    """What no line may show: outside of any merchant's work, nobody's secrets."""
    return _mine() or _longest_first(set().union(*(known.pieces for known in list(_known.values()))))


def _mine() -> list[str]:
    try:
        known = _known.get(current_merchant().id)
    except RuntimeError:
        return []
    return known.pieces if known else []


def _longest_first(pieces: set[str]) -> list[str]:
    return sorted(pieces, key=len, reverse=True)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, Iterable):
        for inner in value:
            yield from _texts(inner)


def _pieces(text: str) -> set[str]:
    # a key of many lines may be quoted in part, or with its line breaks written out
    lines = [line for line in text.splitlines() if not line.startswith("-----")]
    pieces = {piece.strip() for piece in (text, text.replace("\n", "\\n"), *lines)}
    return {piece for piece in pieces if len(piece) >= SHORTEST}
