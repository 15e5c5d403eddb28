"""Texts and moments as WeChat Pay takes them: no character of four bytes, so many at most, times of Beijing."""

import re
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
#: an order number of ours as WeChat Pay takes it
ORDER_NUMBER = re.compile(r"[A-Za-z0-9_\-|*]{6,32}")
REFUND_NUMBER = re.compile(r"[A-Za-z0-9_\-|*@]{1,64}")
#: control characters, and whatever UTF-8 needs four bytes for (emoji ...)
_REFUSED = re.compile("[\x00-\x1f\x7f\U00010000-\U0010ffff]")


def shown(text: str, most: int) -> str:
    """*text* without what WeChat Pay refuses, cut to *most* characters; perhaps empty."""
    return " ".join(_REFUSED.sub(" ", text).split())[:most].rstrip()


def written(moment: datetime) -> str:
    """*moment* as RFC 3339 to the second, with Beijing's offset."""
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


def read(text: object) -> datetime | None:
    """The moment WeChat Pay wrote; None if it is none."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
