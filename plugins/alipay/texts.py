"""Texts and moments as Alipay takes them: no characters of its own grammar, so many at most, times of Beijing."""

import re
from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
#: a number of ours as Alipay takes it, of an attempt or of a refund
NUMBER = re.compile(r"[A-Za-z0-9_]{1,64}")
#: control characters, whatever UTF-8 needs four bytes for (emoji ...), and what a subject must not hold
_REFUSED = re.compile("[\x00-\x1f\x7f\U00010000-\U0010ffff/=&@]")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{1,6})?")


def shown(text: str, most: int) -> str:
    """*text* without what Alipay refuses, cut to *most* characters; perhaps empty."""
    return " ".join(_REFUSED.sub(" ", text).split())[:most].rstrip()


def written(moment: datetime) -> str:
    """*moment* as Alipay writes it: the clock on Beijing's wall."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def read(text: object) -> datetime | None:
    """The moment Alipay wrote, in UTC; milliseconds may stand behind it. None if it is none."""
    told = _MOMENT.fullmatch(str(text))
    if told is None:
        return None
    try:
        wall = datetime.fromisoformat(told[1])
    except ValueError:
        return None
    return wall.replace(tzinfo=BEIJING).astimezone(UTC)
