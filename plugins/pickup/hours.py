"""When a store is open, by its hours of the week, and which slots that makes. No database."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

#: when a slot begins and ends, aware UTC
Slot = tuple[datetime, datetime]


def slots_of_day(day: date, hours: Sequence[Mapping[str, Any]], minutes: int, zone: ZoneInfo) -> list[Slot]:
    """The slots of *day*, in order. A wall time that the clocks skip makes none.

    :param hours: weekday (1 = Monday), opens and closes, ``HH:MM`` each. :param minutes: how long a slot is.
    """
    found = []
    for open_time in sorted(hours, key=lambda one: str(one["opens"])):
        if open_time["weekday"] != day.isoweekday():
            continue
        opens, closes = (datetime.combine(day, time.fromisoformat(open_time[name])) for name in ("opens", "closes"))
        for number in range((closes - opens) // timedelta(minutes=minutes)):
            starts = opens + number * timedelta(minutes=minutes)
            if (moment := _instant(starts, zone)) is not None:
                found.append((moment, moment + timedelta(minutes=minutes)))
    return found


def days_between(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Every calendar day of *zone* from *first* to *last*."""
    day, end = first.astimezone(zone).date(), last.astimezone(zone).date()
    while day <= end:
        yield day
        day += timedelta(days=1)


def overlap(hours: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a store would be open twice at the same time."""
    rows = sorted((one["weekday"], one["opens"], one["closes"]) for one in hours)
    return any(a[0] == b[0] and b[1] < a[2] for a, b in zip(rows, rows[1:], strict=False))


def _instant(wall: datetime, zone: ZoneInfo) -> datetime | None:
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == wall else None
