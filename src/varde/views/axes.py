"""Where the ticks stand: hours of local time (also of days with 23 or 25) and ports on a log scale."""

import math
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from varde.model import VardeError, service_name
from varde.query.engine import YEARS

_HOUR_STEPS = (1, 2, 3, 6, 12)
_MINUTE_STEPS = (1, 2, 5, 10, 15, 30)
TICKS_MAX = 26
_HALF_HOUR = timedelta(minutes=30)  # Lord Howe Island moves its clocks by that much

PORT_TICKS = (1, 7, 22, 53, 80, 123, 443, 1433, 3389, 7547, 8080, 37777, 65535)
"""Ports that get a label by default: the ones people look for, spread over the axis."""


def day_window(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Local midnight to local midnight: 23, 24 or 25 hours. Raises VardeError for a day that no question can be about."""
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise VardeError(f"the day {day} is out of reach: a question is about the years {YEARS[0]} to {YEARS[1]}")
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    return start.astimezone(timezone.utc), end.astimezone(timezone.utc)


def time_ticks(first: datetime, last: datetime, zone: ZoneInfo, room: int = TICKS_MAX) -> list[tuple[float, str]]:
    """(share of the period, label) of each tick: whole local hours, minutes for short periods, days for long ones."""
    span = last - first
    if span > timedelta(days=3):
        return _day_ticks(first, last, zone, room)
    step = next((s for s in _steps() if span / s <= room), timedelta(hours=12))
    ticks = []
    moment = _floor(first.astimezone(zone), step)
    while moment.astimezone(timezone.utc) <= last:
        local = moment.astimezone(zone)
        share = (moment - first) / span
        # in absolute time, so a repeated hour gets two ticks; a skipped one puts the clock off the step
        if share >= 0 and _on_step(local, step):
            is_end = moment >= last and span >= timedelta(hours=20)
            ticks.append((share, "24:00" if is_end and local.hour == 0 else local.strftime("%H:%M")))
        moment = (moment.astimezone(timezone.utc) + min(step, _HALF_HOUR)).astimezone(zone)
    return ticks


def _steps() -> list[timedelta]:
    return [timedelta(minutes=m) for m in _MINUTE_STEPS] + [timedelta(hours=h) for h in _HOUR_STEPS]


def _floor(moment: datetime, step: timedelta) -> datetime:
    if step < timedelta(hours=1):
        minutes = int(step.total_seconds() // 60)
        return moment.replace(minute=moment.minute - moment.minute % minutes, second=0, microsecond=0)
    return moment.replace(minute=0, second=0, microsecond=0)


def _on_step(local: datetime, step: timedelta) -> bool:
    hours = int(step.total_seconds() // 3600)
    return hours == 0 or (local.minute == 0 and local.hour % hours == 0)


def _day_ticks(first: datetime, last: datetime, zone: ZoneInfo, room: int) -> list[tuple[float, str]]:
    days = (last - first).days + 1
    step = max(1, math.ceil(days / min(room, 16)))
    ticks = []
    day = first.astimezone(zone).date()
    while (moment := day_window(day, zone)[0]) <= last:
        if moment >= first:
            ticks.append(((moment - first) / (last - first), f"{day.day} {day:%b}"))
        day += timedelta(days=step)
    return ticks


def port_share(port: int, low: int, high: int) -> float:
    """Height of a port on the axis, 0 at `low`, 1 at `high`."""
    return (math.log10(max(port, 1)) - math.log10(low)) / (math.log10(high) - math.log10(low))


def port_ticks(low: int, high: int, gap: float = 0.035) -> list[tuple[float, str]]:
    """(height, label) of ports between two: the usual ones, and round numbers where those are few."""
    usual = [port for port in PORT_TICKS if low <= port <= high]
    ticks: list[tuple[float, str]] = []
    for port in usual + _round_ports(low, high):
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
