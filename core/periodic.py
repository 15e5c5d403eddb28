"""Jobs that come back by themselves: when next, and the sweep that arms them for every merchant."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.clock import zone
from core.contracts.checkout import JobSpec

#: what the key of a periodic job's row begins with; the job's name follows
KEY = "periodic:"


def key_of(name: str) -> str:
    """The key of the one row that a merchant has of the periodic job *name*."""
    return KEY + name


def is_periodic(spec: JobSpec) -> bool:
    """Whether it comes back by itself."""
    return spec.every is not None or spec.daily_at is not None


def next_time(spec: JobSpec, timezone: str, moment: datetime, due_at: datetime | None = None) -> datetime:
    """When *spec* is due next, after *moment*; aware UTC.

    :param timezone: the merchant's: ``daily_at`` means their wall clock, once a day, in summer and in winter. A time
        that the clocks skip happens an hour later by the wall, one that they show twice happens the first time.
    :param due_at: when the run just done was due: ``every`` keeps its beat and drops what was missed.
    :raises ValueError: *spec* is not periodic, or its ``daily_at`` is not HH:MM.
    """
    if spec.every is not None:
        beat = timedelta(seconds=spec.every)
        return due_at + beat if due_at is not None and due_at + beat > moment else moment + beat
    at, where = _wall_time(spec), zone(timezone)
    today = moment.astimezone(where).date()
    candidates = (_instant(today + timedelta(days=days), at, where) for days in range(3))
    return next(when for when in candidates if when > moment)


def missing(wanted: Mapping[str, JobSpec], keys: set[str]) -> dict[str, JobSpec]:
    """Those of *wanted* that are periodic and not armed yet."""
    return {name: spec for name, spec in wanted.items() if is_periodic(spec) and key_of(name) not in keys}


def _wall_time(spec: JobSpec) -> time:
    try:
        return datetime.strptime(spec.daily_at or "", "%H:%M").time()
    except ValueError:
        raise ValueError(f"job {spec.name!r}: daily_at must be HH:MM such as '03:30', got {spec.daily_at!r}") from None


def _instant(day: date, at: time, where: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=where).astimezone(UTC)
