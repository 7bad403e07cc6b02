"""Where the ticks stand: units of local time (also on days of 23 or 25 hours) and ports on a log scale."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import count, takewhile
from zoneinfo import ZoneInfo

from varde.model import VardeError, service_name
from varde.query.engine import YEARS

TICKS_MAX = 26

_SIXTIETHS = (1, 2, 5, 10, 15, 30)
_CLOCK_STEPS = [
    *[("seconds", timedelta(seconds=n)) for n in _SIXTIETHS], *[("minutes", timedelta(minutes=n)) for n in _SIXTIETHS],
    *[("hours", timedelta(hours=n)) for n in (1, 2, 3, 6, 12)],
]  # fmt: skip
_CLOCK_SPAN = timedelta(days=3)  # what is longer is told by days
_LONGEST_DAY = timedelta(hours=25)  # what is longer needs the day beside the hour
_DAY = timedelta(days=1)
_DAY_STEPS = (1, 2, 3, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6)
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100)
_MONTH_DAYS, _YEAR_DAYS = 30.4, 365.2
_MONTHS_FROM = 100  # days; dates a fortnight apart say less than the names of months
_CALENDAR_TICKS = 16  # dates are wider than hours
_HALF_HOUR = timedelta(minutes=30)  # Lord Howe Island moves its clocks by that much

PORT_TICKS = (1, 7, 22, 53, 80, 123, 443, 1433, 3389, 7547, 8080, 37777, 65535)
"""Ports that get a label by default: the ones people look for, spread over the axis."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """`unit`: seconds, minutes, hours, days, months or years. `ticks`: (share of the period, label of one line or two)."""

    unit: str
    ticks: list[tuple[float, str]]


def day_window(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Local midnight to local midnight: 23, 24 or 25 hours. Raises VardeError for a day that no question can be about."""
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise VardeError(f"the day {day} is out of reach: a question is about the years {YEARS[0]} to {YEARS[1]}")
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    return start.astimezone(timezone.utc), end.astimezone(timezone.utc)


def whole_days(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and last local day of a period that begins and ends at local midnights; None for any other."""
    begin, end = first.astimezone(zone), last.astimezone(zone)
    days = begin.date(), end.date() - timedelta(days=1)
    return days if day_window(days[0], zone)[0] == first and day_window(days[1], zone)[1] == last else None


def time_axis(first: datetime, last: datetime, zone: ZoneInfo, room: int = TICKS_MAX) -> TimeAxis:
    """Ticks at whole local units, the finest of which at most `room` fit: from seconds to years."""
    span = last - first
    if span <= _CLOCK_SPAN:
        return _clock_axis(first, last, zone, room)
    unit, days = _calendar(first.astimezone(zone).date(), span / _DAY, min(room, _CALENDAR_TICKS))
    moments = takewhile(lambda pair: pair[1] <= last, ((day, _midnight(day, zone)) for day in days))
    years = _Years(first, last, zone)
    words = _DATE_WORDS[unit]
    return TimeAxis(unit, [((at - first) / span, years.told(day.year, words(day), unit)) for day, at in moments if at >= first])


def _clock_axis(first: datetime, last: datetime, zone: ZoneInfo, room: int) -> TimeAxis:
    span = last - first
    unit, step = next((pair for pair in _CLOCK_STEPS if span / pair[1] <= room), _CLOCK_STEPS[-1])
    years, days = _Years(first, last, zone), span > _LONGEST_DAY
    ticks = []
    moment = _floor(first.astimezone(zone), step)
    while moment.astimezone(timezone.utc) <= last:
        local = moment.astimezone(zone)
        share = (moment - first) / span
        # in absolute time, so a repeated hour gets two ticks; a skipped one puts the clock off the step
        if share >= 0 and _on_step(local, step):
            dated = days and (local.hour, local.minute) == (0, 0)
            is_end = moment >= last and span >= timedelta(hours=20) and local.hour == 0
            clock = "24:00" if is_end else local.strftime("%H:%M:%S" if unit == "seconds" else "%H:%M")
            ticks.append((share, years.told(local.year, _day_words(local), unit) if dated else clock))
        moment = (moment.astimezone(timezone.utc) + min(step, _HALF_HOUR)).astimezone(zone)
    return TimeAxis(unit, ticks)


def _calendar(first: date, days: float, room: int) -> tuple[str, Iterator[date]]:
    """The unit of a period of so many days, and the days from `first` on at which its ticks stand."""
    for step in _DAY_STEPS:
        if days / step <= room and days < _MONTHS_FROM:
            return "days", (first + timedelta(days=step * n) for n in count())
    for months in _MONTH_STEPS:
        if days / _MONTH_DAYS / months <= room:
            return "months", _months(first.year, months)
    years = next((step for step in _YEAR_STEPS if days / _YEAR_DAYS / step <= room), _YEAR_STEPS[-1])
    return "years", _months(first.year - first.year % years, 12 * years)


def _months(year: int, step: int) -> Iterator[date]:
    """The first of every so many months, from January of a year on."""
    return (date(year + month // 12, month % 12 + 1, 1) for month in count(0, step))


class _Years:
    """Adds the year, once each, to the words of ticks where a period has several."""

    def __init__(self, first: datetime, last: datetime, zone: ZoneInfo) -> None:
        end = (last - timedelta(microseconds=1)).astimezone(zone)
        self._several = first.astimezone(zone).year != end.year
        self._told: set[int] = set()

    def told(self, year: int, words: str, unit: str) -> str:
        new = self._several and unit != "years" and year not in self._told
        self._told.add(year)
        return f"{words}\n{year}" if new else words


def _day_words(day: date) -> str:
    return f"{day.day} {day:%b}"


_DATE_WORDS: dict[str, Callable[[date], str]] = {"days": _day_words, "months": lambda day: f"{day:%b}", "years": lambda day: str(day.year)}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)


def _floor(moment: datetime, step: timedelta) -> datetime:
    if step < timedelta(minutes=1):
        return moment.replace(second=moment.second - moment.second % int(step.total_seconds()), microsecond=0)
    if step < timedelta(hours=1):
        minutes = int(step.total_seconds() // 60)
        return moment.replace(minute=moment.minute - moment.minute % minutes, second=0, microsecond=0)
    return moment.replace(minute=0, second=0, microsecond=0)


def _on_step(local: datetime, step: timedelta) -> bool:
    hours = int(step.total_seconds() // 3600)
    return hours == 0 or (local.minute == 0 and local.hour % hours == 0)


def port_share(port: int, low: int, high: int) -> float:
    """Height of a port on the axis, 0 at `low`, 1 at `high`."""
    return (math.log10(max(port, 1)) - math.log10(low)) / (math.log10(high) - math.log10(low))


def port_ticks(low: int, high: int, gap: float = 0.035) -> list[tuple[float, str]]:
    """(height, label) of ports between two: the usual ones, and round numbers where those are few."""
    usual = [port for port in PORT_TICKS if low <= port <= high]
    ticks: list[tuple[float, str]] = []
    for port in [*usual, low, high, *_round_ports(low, high)]:
        height = port_share(port, low, high)
        if all(abs(height - other) >= gap for other, _ in ticks):
            name = service_name("tcp", port) or service_name("udp", port)
            ticks.append((height, f"{port} {name}".strip()))
    return sorted(ticks)


def _round_ports(low: int, high: int) -> list[int]:
    if high / low > 100:
        return []
    step = 10 ** max(0, math.floor(math.log10(max(1, high - low))))
    fine = [low, high, *range(low - low % step + step, high, step)]
    if len(fine) < 6:
        fine += range(low - low % max(1, step // 5), high, max(1, step // 5))
    return [port for port in fine if low <= port <= high]
