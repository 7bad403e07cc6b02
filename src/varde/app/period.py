"""Periods as people write them: today, yesterday, a date, or two ends."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from varde.model import VardeError
from varde.views.axes import day_window


def day_of(text: str, now: datetime, zone: ZoneInfo) -> date:
    """`today`, `yesterday` or `2026-11-20`. Raises VardeError for anything else."""
    here = now.astimezone(zone).date()
    named = {"today": here, "yesterday": here - timedelta(days=1)}
    if text.lower() in named:
        return named[text.lower()]
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise VardeError(f"{text!r} is no day. Write today, yesterday or a date such as {here.isoformat()}.") from None


def moment_of(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """A date, a date with a time, or an age such as 30m, 6h, 2d; local in `zone` unless it says another zone."""
    if text.lower() in ("today", "yesterday"):
        return day_window(day_of(text, now, zone), zone)[0]
    if text.lower() == "now":
        return now
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text[:-1].isdigit() and text[-1:] in units and len(text) <= 6:
        return now - timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise VardeError(f"{text!r} is no moment. Write 2026-11-20, '2026-11-20 14:30', yesterday, or an age such as 6h.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


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
        last = moment_of(until, now, zone) if until else now
        if until and len(until) == 10:
            last += timedelta(days=1)  # a date as an end means that day too
        if first >= last:
            raise VardeError(f"the period is empty: --since {since} is not before --until {until or 'now'}.")
        return first.astimezone(timezone.utc), last.astimezone(timezone.utc)
    return None
