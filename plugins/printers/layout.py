"""Text for paper of so many columns, where a Chinese character takes two, and nothing can steer the printer."""

import unicodedata
from collections.abc import Iterator
from typing import Final

#: characters that printers with a Chinese code page do not have, and their like
_INSTEAD: Final = str.maketrans({"¥": "￥", "\t": " ", "\u00a0": " "})


def clean(text: str) -> str:
    """*text* on one line, without control characters: a note cannot cut the paper or open the drawer."""
    kept = "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") else one for one in text)
    return " ".join(kept.translate(_INSTEAD).split())


def columns(text: str) -> int:
    """How many columns *text* takes."""
    return sum(_columns_of(one) for one in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """*text* in lines of *width* columns at most, broken wherever a line is full."""
    line, used = "", 0
    for one in clean(text):
        size = _columns_of(one)
        if used + size > width:
            yield line.rstrip()
            line, used = "", 0
        if line or one != " ":
            line, used = line + one, used + size
    if line:
        yield line


def centred(text: str, width: int) -> Iterator[str]:
    """Each line of *text* in the middle."""
    for line in wrapped(text, width):
        yield " " * ((width - columns(line)) // 2) + line


def two_sided(left: str, right: str, width: int) -> Iterator[str]:
    """*left* and *right* at the two edges; on two lines if they do not fit on one."""
    left, right = clean(left), clean(right)
    gap = width - columns(left) - columns(right)
    if gap >= 1:
        yield left + " " * gap + right
        return
    yield from wrapped(left, width)
    for line in wrapped(right, width):
        yield " " * (width - columns(line)) + line


def _columns_of(one: str) -> int:
    if unicodedata.combining(one):
        return 0
    # ambiguous ones, such as ×, are drawn as wide as the Chinese characters they stand among
    return 2 if unicodedata.east_asian_width(one) in ("W", "F", "A") else 1
