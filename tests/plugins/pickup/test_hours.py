"""Which slots a day has, by the hours of the week and the clocks of the merchant's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from plugins.pickup.hours import days_between, overlap, slots_of_day

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 29)


def open_on(weekday: int, opens: str, closes: str) -> dict[str, object]:
    return {"weekday": weekday, "opens": opens, "closes": closes}


def starts(day: date, hours: list[dict[str, object]], minutes: int, zone: ZoneInfo) -> list[str]:
    return [slot[0].strftime("%H:%M") for slot in slots_of_day(day, hours, minutes, zone)]


def test_a_day_is_cut_into_slots_that_end_before_it_closes() -> None:
    hours = [open_on(1, "14:00", "15:50"), open_on(1, "09:00", "11:00"), open_on(2, "00:00", "23:59")]
    assert starts(MONDAY, hours, 30, SHANGHAI) == ["01:00", "01:30", "02:00", "02:30", "06:00", "06:30", "07:00"]
    assert starts(SUNDAY, hours, 30, SHANGHAI) == []
    (only,) = slots_of_day(MONDAY, [open_on(1, "10:00", "10:45")], 45, SHANGHAI)
    assert only == (datetime(2026, 3, 2, 2, 0, tzinfo=UTC), datetime(2026, 3, 2, 2, 45, tzinfo=UTC))


def test_an_hour_that_the_clocks_skip_makes_no_slot_and_one_they_show_twice_makes_one() -> None:
    assert starts(SUNDAY, [open_on(7, "01:00", "05:00")], 60, BERLIN) == ["00:00", "01:00", "02:00"]
    autumn = date(2026, 10, 25)
    found = starts(autumn, [open_on(7, "01:00", "05:00")], 60, BERLIN)
    assert found == ["23:00", "00:00", "02:00", "03:00"] and len(found) == len(set(found))


def test_times_that_overlap_are_seen_and_those_that_touch_are_not() -> None:
    assert overlap([open_on(1, "09:00", "12:00"), open_on(1, "11:59", "13:00")])
    assert not overlap([open_on(1, "09:00", "12:00"), open_on(1, "12:00", "13:00"), open_on(2, "09:00", "12:00")])


def test_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
    assert list(days_between(late, late, SHANGHAI)) == [MONDAY]
    assert len(list(days_between(late, datetime(2026, 3, 3, 20, 0, tzinfo=UTC), SHANGHAI))) == 3
