"""Takes secrets out of texts that leave the house: those we know by their value, and all that looks like one."""

import re
from collections.abc import Iterable, Mapping
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
    (re.compile(r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.S), MARK),
    (re.compile(r"enc:v1:[\w=-]*"), MARK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {MARK}"),
    (re.compile(rf"(?i)(?P<head>[\"']?\b{_NAME}[\"']?\s*(?:=|:)\s*)(?!\[redacted\]){_VALUE}"), rf"\g<head>{MARK}"),
    (re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@"), rf"\g<head>:{MARK}@"),
    (re.compile(r"\$argon2\w*\$[\w$=,+/.-]+"), MARK),
    (re.compile(r"\b(?:sk|whsec|sk_live|sk_test)_[A-Za-z0-9_-]{12,}"), MARK),
    # our own tokens: 32 random bytes as text
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])"), MARK),
)
#: merchant -> the values of its secret settings, as far as this process has opened them
_known: dict[int, set[str]] = {}


def remember(merchant_id: int, secrets: Iterable[Any]) -> None:
    """These values of the merchant's are secret: they are never to be seen in a text again."""
    kept = _known.pop(merchant_id, set())
    for value in secrets:
        kept |= _pieces(value)
    # a dict keeps its order: who was seen last goes last
    _known[merchant_id] = kept
    while len(_known) > MERCHANTS:
        _known.pop(next(iter(_known)), None)


def hide(text: str) -> str:
    """*text* without the secrets we know by value: for what people are told, whose words must not suffer."""
    for value in _in_question():
        if value in text:
            text = text.replace(value, MARK)
    return text


def redact(text: str) -> str:
    """*text* without secrets, known or looking like one: for logs and for what errors say."""
    text = hide(text)
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
            name: MARK if inner and _SECRET_NAME.fullmatch(str(name)) else redacted(inner, depth - 1)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner, depth - 1) for inner in value]
    return redact(str(value))


def _in_question() -> list[str]:
    """The values to look for, the longest first, since one may hold another."""
    try:
        mine = _known.get(current_merchant().id, set())
    except RuntimeError:
        mine = set().union(*_known.values())
    return sorted(mine, key=len, reverse=True)


def _pieces(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return set().union(*map(_pieces, value.values()))
    if isinstance(value, list | tuple):
        return set().union(*map(_pieces, value))
    text = value if isinstance(value, str) else ""
    # a key of many lines may be quoted in part, or with its line breaks written out
    pieces = {text, text.replace("\n", "\\n"), *(line for line in text.splitlines() if not line.startswith("-----"))}
    return {piece.strip() for piece in pieces if len(piece.strip()) >= SHORTEST}
