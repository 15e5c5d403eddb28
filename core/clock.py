"""What time it is, in UTC: frozen in tests, moved by an offset file in the sandbox; and a merchant's calendar days."""

import os
import sys
import time as _time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if sys.platform != "win32":
    import fcntl

#: How long a reader trusts the offset file without looking at it again, in monotonic seconds.
LOOK_EVERY = 0.05
#: An offset beyond a century is a garbled file, and would carry now() past the last year datetime knows.
MAX_OFFSET = timedelta(days=36_525)

_frozen_at: datetime | None = None
_offset: "_OffsetFile | None" = None


def now() -> datetime:
    """The present moment: aware, UTC, microseconds. A frozen clock wins over the sandbox's offset."""
    if _frozen_at is not None:
        return _frozen_at
    if _offset is not None:
        return datetime.now(UTC) + _offset.read()
    return datetime.now(UTC)


def as_text(moment: datetime) -> str:
    """*moment* as it stands on the wire: ``2026-01-31T09:00:00Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def freeze(moment: datetime) -> None:
    """Stop this process's clock at *moment*, for tests.

    :raises ValueError: *moment* is naive.
    """
    global _frozen_at
    _frozen_at = _utc(moment)


def advance(delta: timedelta) -> datetime:
    """Move the frozen clock by *delta* and return its new time.

    :raises ValueError: the clock is not frozen.
    """
    if _frozen_at is None:
        raise ValueError("the clock is running: call freeze(moment) before advance(delta)")
    freeze(_frozen_at + delta)
    return now()


def unfreeze() -> None:
    """Let the clock run again; harmless if it was running."""
    global _frozen_at
    _frozen_at = None


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the clock at *moment* for a ``with`` block, then put it back as it was (scopes may nest)."""
    global _frozen_at
    before = _frozen_at
    freeze(moment)
    try:
        yield
    finally:
        _frozen_at = before


def use_offset_file(path: str | Path | None) -> None:
    """Add the seconds written in *path* to :func:`now`; None goes back to the true time. For sandbox mode only.

    The file may come, change and go while we run. Missing or garbled, it counts as 0.
    """
    global _offset
    _offset = None if path is None else _OffsetFile(Path(path))


def write_offset(path: str | Path, delta: timedelta) -> timedelta:
    """Add *delta* to the offset kept in *path*, making the file if need be; a reader never sees half of it.

    :returns: the offset now in force.
    :raises ValueError: the sum would go beyond :data:`MAX_OFFSET`; the file is left as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _only_writer(path.parent):
        offset = _parse(path) + delta
        if abs(offset) > MAX_OFFSET:
            raise ValueError(f"the clock cannot be moved by {offset}: at most {MAX_OFFSET.days} days either way")
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(f"{offset.total_seconds():.6f}\n", encoding="ascii")
        os.replace(fresh, path)
    if _offset is not None:
        _offset.look_again()
    return offset


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    # The folder is locked, not the file: replacing the file would leave the next writer locking a dead one.
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class _OffsetFile:
    """The offset in one file, read again when the file changes and looked at no more often than LOOK_EVERY."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._value = timedelta(0)
        self._stamp: tuple[int, int, int] | None = None
        self._look_at = float("-inf")

    def look_again(self) -> None:
        self._look_at = float("-inf")

    def read(self) -> timedelta:
        moment = _time.monotonic()
        if moment >= self._look_at:
            stamp = self._stat()
            if stamp != self._stamp:
                # Stamped before it is read: a change in between is then seen at the next look, not lost.
                self._value, self._stamp = _parse(self._path), stamp
            self._look_at = moment + LOOK_EVERY
        return self._value

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        # The inode too: +1d then +2d within one tick of the file system's clock are alike in time and size.
        return found.st_mtime_ns, found.st_size, found.st_ino


def _parse(path: Path) -> timedelta:
    try:
        with open(path, "rb") as file:
            offset = timedelta(seconds=float(file.read(64).decode("ascii")))
    except (OSError, ValueError, OverflowError):
        return timedelta(0)
    return offset if abs(offset) <= MAX_OFFSET else timedelta(0)


def zone(name: str) -> ZoneInfo:
    """The time zone called *name*.

    :param name: an IANA name, spelled as IANA spells it: ``Asia/Shanghai``.
    :raises ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: "Asia" alone is a folder of the zone database, and an overlong name is refused by the system.
        raise ValueError(
            f"unknown time zone {name[:60]!r}: use an IANA name such as 'Asia/Shanghai', 'Europe/Berlin' or 'UTC'"
        ) from None


def local_date(moment: datetime, zone_name: str) -> date:
    """The calendar day it is in *zone_name* at *moment*.

    :raises ValueError: *moment* is naive, or there is no such zone.
    """
    return _utc(moment).astimezone(zone(zone_name)).date()


def day_bounds(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """When *day* begins and ends in *zone_name*: aware UTC, end excluded.

    One day's end is the next day's start, so days never overlap. Over a change to or from summer time a day has 23
    or 25 hours; where clocks jump at midnight it begins at the jump; a day that a zone skipped is empty.

    :raises ValueError: there is no such zone, or the day touches the end of the calendar (years 1 and 9999).
    """
    where = zone(zone_name)
    try:
        return _midnight(day, where), _midnight(day + timedelta(days=1), where)
    except OverflowError:
        raise ValueError(f"{day} has no bounds: it lies at the end of the calendar") from None


def _midnight(day: date, where: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=where).astimezone(UTC)


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} is naive: give it a time zone, for example tzinfo=UTC")
    return moment.astimezone(UTC)
