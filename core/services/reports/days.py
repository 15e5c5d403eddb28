"""The days of a report: whole calendar days in the merchant's zone, from the first to the last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core import clock
from core.current import current_merchant
from core.errors import Invalid

#: days one report may cover
MOST = 366


@dataclass(frozen=True)
class Days:
    """From the beginning of *first* to the end of *last*."""

    first: date
    last: date
    zone: str

    @property
    def start(self) -> datetime:
        """When the first day begins."""
        return clock.day_bounds(self.first, self.zone)[0]

    @property
    def end(self) -> datetime:
        """When the last day is over; not of it any more."""
        return clock.day_bounds(self.last, self.zone)[1]

    def each(self) -> Iterator[tuple[date, datetime, datetime]]:
        """Every day with its two edges."""
        for offset in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=offset)
            yield day, *clock.day_bounds(day, self.zone)

    def head(self) -> dict[str, Any]:
        """What the report says of them."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "timezone": self.zone}


def days_between(first: str | None, last: str | None) -> Days:
    """The days asked for, as ISO dates; without a last day it is today, without a first the last day alone.

    :raises Invalid: they run backwards, or are too many.
    """
    zone = current_merchant().timezone
    until = date.fromisoformat(last) if last else clock.local_date(clock.now(), zone)
    since = date.fromisoformat(first) if first else until
    if since > until:
        raise Invalid.field("from", f"{since} is after {until}: name the earlier day first.", "bad_range", "query")
    if (until - since).days >= MOST:
        raise Invalid.field("from", f"A report covers at most {MOST} days, both ends counted.", "too_long", "query")
    return Days(since, until, zone)


def one_day(day: str | None) -> Days:
    """The day asked for, as an ISO date; today without one."""
    return days_between(day, day)
