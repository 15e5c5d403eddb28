"""The clock runs, stands still, follows the sandbox's file, and knows where days begin."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _true_time() -> Iterator[None]:
    clock.unfreeze()
    clock.use_offset_file(None)
    yield
    clock.unfreeze()
    clock.use_offset_file(None)


@pytest.fixture
def offset_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "LOOK_EVERY", 0.0)
    path = tmp_path / "var" / "clock"
    clock.use_offset_file(path)
    return path


def lead() -> timedelta:
    """How far the business clock is ahead of the true one, to the second."""
    return timedelta(seconds=round((clock.now() - datetime.now(UTC)).total_seconds()))


# --- running and frozen


def test_now_is_the_present_in_utc() -> None:
    before = datetime.now(UTC)
    moment = clock.now()
    assert before <= moment <= datetime.now(UTC)
    assert moment.tzinfo is UTC


def test_a_frozen_clock_stands_until_it_is_advanced() -> None:
    clock.freeze(NOON)
    assert clock.now() == clock.now() == NOON
    assert clock.advance(7 * DAY) == NOON + 7 * DAY == clock.now()
    clock.unfreeze()
    assert lead() == timedelta(0)


def test_a_moment_of_another_zone_is_frozen_as_utc() -> None:
    clock.freeze(datetime(2026, 3, 1, 20, tzinfo=timezone(8 * HOUR)))
    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC


def test_frozen_scopes_nest_and_put_the_clock_back() -> None:
    with clock.frozen(NOON):
        with clock.frozen(NOON + DAY):
            clock.advance(HOUR)
            assert clock.now() == NOON + DAY + HOUR
        assert clock.now() == NOON
        with pytest.raises(KeyError), clock.frozen(NOON + DAY):
            raise KeyError
        assert clock.now() == NOON
    assert lead() == timedelta(0)


def test_mistakes_with_the_clock_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.freeze(datetime(2026, 3, 1))
    with pytest.raises(ValueError, match="call freeze"):
        clock.advance(DAY)
    with pytest.raises(ValueError, match="naive"):
        clock.local_date(datetime(2026, 3, 1), "UTC")


# --- the sandbox's offset


def test_the_offset_file_moves_the_clock_and_may_come_and_go(offset_file: Path) -> None:
    assert lead() == timedelta(0)
    assert clock.write_offset(offset_file, 7 * DAY) == 7 * DAY
    assert lead() == 7 * DAY
    assert clock.write_offset(offset_file, -HOUR) == 7 * DAY - HOUR
    assert lead() == 7 * DAY - HOUR
    offset_file.unlink()
    assert lead() == timedelta(0)
    assert os.listdir(offset_file.parent) == []


def test_a_frozen_clock_does_not_hear_the_offset(offset_file: Path) -> None:
    clock.write_offset(offset_file, DAY)
    with clock.frozen(NOON):
        assert clock.now() == NOON


@pytest.mark.parametrize("garbage", [b"", b"soon", b"nan", b"inf", b"-1e300", b"9" * 40, b"\xff\xfe", b"\0", b"1;2"])
def test_a_garbled_offset_counts_as_none_and_can_be_written_over(offset_file: Path, garbage: bytes) -> None:
    offset_file.parent.mkdir()
    offset_file.write_bytes(garbage)
    assert lead() == timedelta(0)
    assert clock.write_offset(offset_file, DAY) == DAY
    assert lead() == DAY


def test_a_folder_in_place_of_the_offset_counts_as_none(offset_file: Path) -> None:
    offset_file.mkdir(parents=True)
    assert lead() == timedelta(0)


def test_the_clock_is_not_moved_by_more_than_a_century(offset_file: Path) -> None:
    clock.write_offset(offset_file, DAY)
    with pytest.raises(ValueError, match="cannot be moved"):
        clock.write_offset(offset_file, clock.MAX_OFFSET)
    assert lead() == DAY


def test_a_change_of_the_same_size_in_the_same_instant_is_seen(offset_file: Path) -> None:
    offset_file.parent.mkdir()
    for seconds in (1000, 2000):
        fresh = offset_file.with_name("fresh")
        fresh.write_text(str(seconds))
        os.utime(fresh, ns=(10**18, 10**18))
        os.replace(fresh, offset_file)
        assert lead() == timedelta(seconds=seconds)


def test_the_file_is_looked_at_only_now_and_then_but_a_writer_hears_itself(
    offset_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "LOOK_EVERY", 3600.0)
    assert lead() == timedelta(0)
    offset_file.parent.mkdir()
    offset_file.write_text("86400")
    assert lead() == timedelta(0)
    clock.write_offset(offset_file, DAY)
    assert lead() == 2 * DAY


def test_many_writers_lose_no_step(offset_file: Path) -> None:
    def move_often() -> None:
        for _ in range(25):
            clock.write_offset(offset_file, HOUR)

    threads = [threading.Thread(target=move_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lead() == 100 * HOUR


# --- zones and days


@pytest.mark.parametrize(
    "name", ["Asia/Bejing", "", "Asia", "../etc/passwd", "/etc/localtime", "a\0b", "x" * 5000, "é"]
)
def test_an_unknown_zone_is_refused_with_examples(name: str) -> None:
    with pytest.raises(ValueError, match="'Asia/Shanghai'"):
        clock.zone(name)


def test_one_moment_is_two_dates_in_two_zones() -> None:
    moment = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert clock.local_date(moment, "Asia/Shanghai") == date(2026, 3, 2)
    assert clock.local_date(moment, "America/New_York") == date(2026, 3, 1)


def test_a_day_in_shanghai_begins_at_four_in_the_afternoon_utc() -> None:
    start, end = clock.day_bounds(date(2026, 3, 2), "Asia/Shanghai")
    assert start == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert end == start + DAY
    assert start.tzinfo is UTC is end.tzinfo


@pytest.mark.parametrize(
    ("day", "zone_name", "start", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        (date(2026, 3, 8), "America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        (date(2026, 11, 1), "America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
        # Clocks jumped from 00:00 to 01:00, and went back from 00:00 to 23:00 of the same day.
        (date(2018, 11, 4), "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC), 23),
        (date(2018, 2, 17), "America/Sao_Paulo", datetime(2018, 2, 17, 2, tzinfo=UTC), 25),
        # Samoa crossed the date line and had no such day.
        (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC), 0),
    ],
)
def test_days_are_right_over_clock_changes(day: date, zone_name: str, start: datetime, hours: int) -> None:
    assert clock.day_bounds(day, zone_name) == (start, start + hours * HOUR)


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe"]),
)
def test_the_first_and_last_instant_of_a_day_lie_in_it(day: date, zone_name: str) -> None:
    start, end = clock.day_bounds(day, zone_name)
    tick = timedelta(microseconds=1)
    assert clock.local_date(start, zone_name) == day == clock.local_date(end - tick, zone_name)
    assert clock.local_date(start - tick, zone_name) < day < clock.local_date(end, zone_name)
    assert clock.day_bounds(day + DAY, zone_name)[0] == end


@pytest.mark.parametrize(("day", "zone_name"), [(date.max, "UTC"), (date.min, "Asia/Shanghai")])
def test_the_ends_of_the_calendar_have_no_bounds(day: date, zone_name: str) -> None:
    with pytest.raises(ValueError, match="end of the calendar"):
        clock.day_bounds(day, zone_name)
