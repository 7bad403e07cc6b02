"""How long and how fast, in words: `19 hours`, `one every 2.7 minutes`, `170 a second`."""

from datetime import datetime, timedelta, timezone

SECOND, MINUTE, HOUR, DAY = 1.0, 60.0, 3_600.0, 86_400.0

_UNITS = ((SECOND, "second", 90.0), (MINUTE, "minute", 90 * MINUTE), (HOUR, "hour", 2 * DAY), (DAY, "day", float("inf")))
"""Each unit, its word, and up to how many seconds it is used."""

_MOSTLY_ONE = 1.05  # seconds, which are said as one a second
_SHORT = {"second": "s", "minute": "min", "hour": "h", "day": "d"}


def lasting(seconds: float) -> str:
    """`6 minutes`; anything shorter is `less than a second`."""
    if seconds < SECOND:
        return "less than a second"
    number, unit = _in_units(seconds)
    return f"{number} {unit}{'' if number == '1' else 's'}"


def every(count: int, seconds: float) -> str:
    """How fast `count` came from the first to the last: `one every 2.7 minutes`, or `170 a second`; empty where that says nothing."""
    if count < 2 or seconds < SECOND:
        return ""
    each = seconds / (count - 1)
    if each < _MOSTLY_ONE:
        return f"{_rounded(1 / each)} a second"
    number, unit = _in_units(each)
    return f"one every {number} {unit}{'' if number == '1' else 's'}" if number != "1" else f"one every {unit}"


def every_short(count: int, seconds: float) -> str:
    """The same for a caption: `1 in 2.7 min`, `170/s`."""
    if count < 2 or seconds < SECOND:
        return ""
    each = seconds / (count - 1)
    if each < _MOSTLY_ONE:
        return f"{_rounded(1 / each)}/s"
    number, unit = _in_units(each)
    return f"1 in {number} {_SHORT[unit]}"


def whole_minutes(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """The minutes around a span, UTC: what looks at records leaves the end out."""
    begin, end = (moment.astimezone(timezone.utc).replace(second=0, microsecond=0) for moment in (first, last))
    return begin, end + timedelta(minutes=1)


def _in_units(seconds: float) -> tuple[str, str]:
    length, unit = next((length, word) for length, word, most in _UNITS if seconds < most)
    return _rounded(seconds / length), unit


def _rounded(number: float) -> str:
    """One digit behind the point below ten, where it is one that says something."""
    return f"{number:,.1f}".removesuffix(".0") if number < 9.95 else f"{number:,.0f}"
