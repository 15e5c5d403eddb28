"""The words of notifications: who is told, by what ways, in which languages, and what becomes of a delivery."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

NAME: Final = "notifications"
AUDIENCES: Final = ("buyer", "customer_service", "warehouse", "merchant")
CHANNELS: Final = ("email", "sms", "wechat_template")
LANGUAGES: Final = ("zh", "en")
STATUSES: Final = ("waiting", "sending", "sent", "failed", "unsure", "skipped")
#: what a case calls a channel
WAYS: Final[Mapping[str, str]] = {"email": "E-mail", "sms": "Text messages", "wechat_template": "WeChat messages"}
#: how long a delivery waits after its first, second ... try; then it has failed. 17 hours and 20 minutes in all
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (0.5, 1, 2, 5, 10, 20, 40, 60, 60, 120, 240, 480))
#: a try that nobody ended by then died with its worker
AWAY: Final = timedelta(minutes=5)
#: an event older than this tells nobody any more
STALE: Final = timedelta(days=2)
CASE: Final = "notifications_stuck"


def language_of(*wishes: str | None) -> str:
    """The first of *wishes* that begins with a language we write in; Chinese if none does."""
    for wish in wishes:
        for language in LANGUAGES:
            if wish and wish.lower().startswith(language):
                return language
    return LANGUAGES[0]


def masked(address: str | None) -> str:
    """An address as lists show it: enough to tell whose it is, too little to write to."""
    if not address:
        return ""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{address[:3]}****{address[-4:]}" if len(address) >= 10 else f"{address[:2]}***"
