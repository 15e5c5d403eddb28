"""A document as the bytes a receipt printer understands (ESC/POS)."""

from collections.abc import Sequence
from typing import Final

#: forget what was set before; characters of two bytes; three empty lines; cut, leaving a corner
RESET: Final = b"\x1b@"
CHINESE: Final = b"\x1c&"
FEED: Final = b"\x1bd\x03"
CUT: Final = b"\x1dVB\x00"


def encoded(lines: Sequence[str], codepage: str, *, cut: bool, copies: int) -> bytes:
    """*copies* of *lines*; what the code page does not have becomes a question mark."""
    text = "".join(f"{line}\n" for line in lines).encode(codepage, "replace")
    one = RESET + (CHINESE if codepage == "gbk" else b"") + text + FEED + (CUT if cut else b"")
    return one * copies
