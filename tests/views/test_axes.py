"""Ticks of days of every length, and ports that do not sit on each other."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.model import VardeError
from varde.views.axes import TICKS_MAX, day_window, port_share, port_ticks, time_ticks

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
    ticks = time_ticks(first, last, here)
    labels = [label for _, label in ticks]
    assert (labels[0], labels[-1]) == ("00:00", "24:00")
    for share, label in ticks[:-1]:
        local = (first + share * (last - first)).astimezone(here)
        assert (local + timedelta(seconds=0.5)).strftime("%H:%M") == label
    assert all(a < b for (a, _), (b, _) in pairwise(ticks))


def test_the_hour_that_is_skipped_has_no_tick_and_the_one_that_comes_twice_has_two() -> None:
    spring = [label for _, label in time_ticks(*day_window(date(2026, 3, 29), OSLO), OSLO)]
    autumn = [label for _, label in time_ticks(*day_window(date(2026, 10, 25), OSLO), OSLO)]
    assert (spring.count("02:00"), len(spring)) == (0, 24)
    assert (autumn.count("02:00"), len(autumn)) == (2, 26)


@given(minutes=st.integers(1, 60 * 24 * 800), start=st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), room=st.integers(4, 26),
       zone=st.sampled_from(["UTC", "Europe/Oslo", "Asia/Kathmandu", "Pacific/Apia"]))  # fmt: skip
def test_ticks_of_any_period_are_in_it_in_order_and_not_too_many(minutes: int, start: datetime, room: int, zone: str) -> None:
    first = start.replace(tzinfo=timezone.utc)
    ticks = time_ticks(first, first + timedelta(minutes=minutes), ZoneInfo(zone), room)
    shares = [share for share, _ in ticks]
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(set(shares))
    assert len(ticks) <= TICKS_MAX + 2
    assert all(label for _, label in ticks)


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
    assert port_share(1, 1, 65535) == port_share(0, 1, 65535) == 0
    assert port_share(65535, 1, 65535) == 1


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1969, 12, 31), date(9999, 12, 31)])
def test_a_day_out_of_reach_is_refused_in_words(day: date) -> None:
    with pytest.raises(VardeError, match="years"):
        day_window(day, OSLO)
