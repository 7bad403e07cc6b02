"""Ticks of days of every length, and ports that do not sit on each other."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.model import VardeError
from varde.views.axes import TICKS_MAX, TimeAxis, day_window, port_share, port_ticks, time_axis, whole_days

OSLO = ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [(date(2026, 11, 20), "Europe/Oslo", 24), (date(2026, 3, 29), "Europe/Oslo", 23), (date(2026, 10, 25), "Europe/Oslo", 25),
     (date(2026, 3, 8), "America/New_York", 23), (date(2026, 4, 5), "Australia/Lord_Howe", 24.5), (date(2026, 10, 4), "Australia/Lord_Howe", 23.5)],
)  # fmt: skip
def test_a_local_day_has_the_hours_it_has_and_a_tick_at_each(day: date, zone: str, hours: float) -> None:
    here = ZoneInfo(zone)
    first, last = day_window(day, here)
    assert last - first == timedelta(hours=hours)
    ticks = time_axis(first, last, here).ticks
    labels = [label for _, label in ticks]
    assert (labels[0], labels[-1]) == ("00:00", "24:00")
    for share, label in ticks[:-1]:
        local = (first + share * (last - first)).astimezone(here)
        assert (local + timedelta(seconds=0.5)).strftime("%H:%M") == label
    assert all(a < b for (a, _), (b, _) in pairwise(ticks))


def test_the_hour_that_is_skipped_has_no_tick_and_the_one_that_comes_twice_has_two() -> None:
    spring = [label for _, label in time_axis(*day_window(date(2026, 3, 29), OSLO), OSLO).ticks]
    autumn = [label for _, label in time_axis(*day_window(date(2026, 10, 25), OSLO), OSLO).ticks]
    assert (spring.count("02:00"), len(spring)) == (0, 24)
    assert (autumn.count("02:00"), len(autumn)) == (2, 26)


@given(minutes=st.one_of(st.integers(1, 60 * 24 * 800), st.integers(1, 60 * 24 * 365 * 170)), start=st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), room=st.integers(4, 26),
       zone=st.sampled_from(["UTC", "Europe/Oslo", "Asia/Kathmandu", "Pacific/Apia"]))  # fmt: skip
def test_ticks_of_any_period_are_in_it_in_order_and_not_too_many(minutes: int, start: datetime, room: int, zone: str) -> None:
    first = start.replace(tzinfo=timezone.utc)
    ticks = time_axis(first, first + timedelta(minutes=minutes), ZoneInfo(zone), room).ticks
    shares = [share for share, _ in ticks]
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(set(shares))
    assert len(ticks) <= TICKS_MAX + 2
    assert all(label for _, label in ticks)


def axis(begin: str, end: str, room: int = TICKS_MAX) -> TimeAxis:
    """The axis between two moments of Oslo."""
    first, last = (datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(timezone.utc) for text in (begin, end))
    return time_axis(first, last, OSLO, room)


@pytest.mark.parametrize(
    ("begin", "end", "unit", "labels"),
    [("2026-11-20T12:00:10", "2026-11-20T12:00:12", "seconds", ["12:00:10", "12:00:11", "12:00:12"]),
     ("2026-11-20T12:00", "2026-11-20T12:20", "minutes", ["12:00", "12:01", "12:20"]),
     ("2026-11-20T12:00", "2026-11-20T16:00", "minutes", ["12:00", "13:00", "16:00"]),
     ("2026-11-20", "2026-11-21", "hours", ["00:00", "12:00", "24:00"]),
     ("2026-11-20", "2026-11-22", "hours", ["20 Nov", "21 Nov", "22 Nov"]),
     ("2026-12-31", "2027-01-02", "hours", ["31 Dec\n2026", "1 Jan\n2027", "2 Jan"]),
     ("2026-12-28", "2027-01-04", "days", ["28 Dec\n2026", "31 Dec", "1 Jan\n2027", "4 Jan"]),
     ("2026-02-01", "2026-02-11", "days", ["1 Feb", "11 Feb"]),
     ("2026-01-01", "2026-12-31", "months", ["Jan", "Feb", "Dec"]),
     ("2024-06-01", "2026-08-10", "months", ["Jul\n2024", "Jan\n2025", "Jan\n2026"]),
     ("2010-06-01", "2026-08-10", "years", ["2012", "2024", "2026"]),
     ("1970-01-01", "2170-01-01", "years", ["1980", "2000", "2160"])],
)  # fmt: skip
def test_the_unit_of_the_axis_is_that_of_the_span_and_years_are_named(begin: str, end: str, unit: str, labels: list[str]) -> None:
    found = axis(begin, end)
    words = [label for _, label in found.ticks]
    assert found.unit == unit
    assert [label for label in words if label in labels] == labels
    assert len(words) >= 3


def test_a_year_is_named_once_and_only_where_there_are_several() -> None:
    assert not any("\n" in label for _, label in axis("2026-01-01", "2027-01-01").ticks)
    named = [label.partition("\n")[2] for _, label in axis("2024-11-01", "2027-03-01").ticks]
    assert [year for year in named if year] == ["2024", "2025", "2026", "2027"]


def test_days_of_a_period_are_those_from_midnight_to_midnight() -> None:
    begin, end = day_window(date(2026, 3, 28), OSLO)[0], day_window(date(2026, 3, 30), OSLO)[1]
    assert whole_days(begin, end, OSLO) == (date(2026, 3, 28), date(2026, 3, 30))
    assert whole_days(begin, end - timedelta(seconds=1), OSLO) is None
    assert whole_days(begin, end, ZoneInfo("UTC")) is None


@given(low=st.integers(1, 65534), span=st.integers(1, 65534), gap=st.floats(0.01, 0.3))
def test_port_ticks_are_on_the_axis_and_keep_their_distance(low: int, span: int, gap: float) -> None:
    high = min(65535, low + span)
    ticks = port_ticks(low, high, gap)
    heights = [height for height, _ in ticks]
    assert all(b - a >= gap for a, b in pairwise(heights))
    assert all(-1e-9 <= height <= 1 + 1e-9 for height in heights)
    assert all(low <= int(label.split()[0]) <= high for _, label in ticks)


def test_the_whole_axis_names_the_ports_that_people_look_for() -> None:
    labels = [label for _, label in port_ticks(1, 65535)]
    assert {"22 ssh", "80 http", "443 https", "3389 rdp", "65535"} <= set(labels)
    assert {"1 tcpmux", "1023"} <= {label for _, label in port_ticks(1, 1023)}
    assert port_share(1, 1, 65535) == port_share(0, 1, 65535) == 0
    assert port_share(65535, 1, 65535) == 1


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1969, 12, 31), date(9999, 12, 31)])
def test_a_day_out_of_reach_is_refused_in_words(day: date) -> None:
    with pytest.raises(VardeError, match="years"):
        day_window(day, OSLO)
