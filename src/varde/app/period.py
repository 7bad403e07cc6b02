"""Periods as people write them: today, yesterday, a date, or two ends."""

import re
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from varde.model import VardeError
from varde.query.engine import YEARS
from varde.views.axes import day_window

_AGE_CHARACTERS = 6  # 99999d


def day_of(text: str, now: datetime, zone: ZoneInfo) -> date:
    """`today`, `yesterday` or `2026-11-20`. Raises VardeError for anything else."""
    here = now.astimezone(zone).date()
    named = {"today": here, "yesterday": here - timedelta(days=1)}
    if text.lower() in named:
        return named[text.lower()]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise VardeError(f"{text!r} is no day. Write today, yesterday or a date such as {here.isoformat()}.") from None
    _check_reach(day.year, text)
    return day


def _check_reach(year: int, text: str) -> None:
    if not YEARS[0] <= year <= YEARS[1]:
        raise VardeError(f"{text!r} is out of reach: a period lies in the years {YEARS[0]} to {YEARS[1]}.")


def moment_of(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """A date, a date with a time, or an age such as 30m, 6h, 2d; local in `zone` unless it says another zone."""
    if text.lower() in ("today", "yesterday"):
        return day_window(day_of(text, now, zone), zone)[0]
    if text.lower() == "now":
        return now
    units = {"m": "minutes", "h": "hours", "d": "days"}
    try:
        is_age = text[:-1].isdecimal() and text[-1:] in units and len(text) <= _AGE_CHARACTERS
        moment = now - timedelta(**{units[text[-1]]: int(text[:-1])}) if is_age else datetime.fromisoformat(text)
    except ValueError:
        raise VardeError(f"{text!r} is no moment. Write 2026-11-20, '2026-11-20 14:30', yesterday, or an age such as 6h.") from None
    _check_reach(moment.year, text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _end_of(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """As moment_of, but a day as an end means that day too."""
    if text.lower() in ("today", "yesterday") or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return day_window(day_of(text, now, zone), zone)[1]
    return moment_of(text, now, zone)


def period_of(
    day: str | None, since: str | None, until: str | None, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    """The period that --day, or --since and --until, name; None where none is given. Raises VardeError if both are."""
    if day and (since or until):
        raise VardeError("--day names the whole period; leave out --since and --until, or leave out --day.")
    if day:
        return day_window(day_of(day, now, zone), zone)
    if since or until:
        first = moment_of(since, now, zone) if since else datetime(1970, 1, 1, tzinfo=timezone.utc)
        last = _end_of(until, now, zone) if until else now
        if first >= last:
            raise VardeError(f"the period is empty: --since {since} is not before --until {until or 'now'}.")
        return first.astimezone(timezone.utc), last.astimezone(timezone.utc)
    return None
