"""Amounts: whole fen inside, yuan with two places outside, and never a float between them."""

import re
from decimal import Decimal

_YUAN = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,2})?")


def written(fen: int) -> str:
    """*fen* as Alipay writes amounts: 4900 is ``49.00``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def read(text: object) -> int | None:
    """The fen that *text* says; None if it is no amount of Alipay's. ``0.29`` is 29, to the fen."""
    if not isinstance(text, str) or not _YUAN.fullmatch(text):
        return None
    return int(Decimal(text) * 100)
