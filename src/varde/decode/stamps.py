"""Time stamps of logs to microseconds since 1970 UTC; the years and zones that some of them leave out.

A stamp without a year (RFC 3164 section 4.1.2) is taken as the last such moment that is not later than a day after the
reference, which is the date of the file or the time of receipt: right for any file that covers less than a year, across
New Year too. A stamp without a zone is local time in the zone given.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

_DAY_US = 86_400_000_000
_MINUTE_US = 60_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LEAP_GAP = 9  # years between 29 Februaries at most (1896 to 1904), and one
_WORDS = re.compile("[0-9]+|[A-Za-z]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, start=1)}

_PARTS = r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]+))?"
_ZONE = r" ?(?P<zone>Z+|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?"

_PATTERNS = {
    "bsd": rf"^(?P<day>[A-Z][a-z]{{2}} +[0-9]{{1,2}}) {_PARTS}{_ZONE}$",
    "bsd_year": rf"^(?P<day>[A-Z][a-z]{{2}} +[0-9]{{1,2}} [0-9]{{4}}) {_PARTS}{_ZONE}$",
    "iso": rf"^(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ]{_PARTS}{_ZONE}$",
    "slashes": rf"^(?P<day>[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}})[T ]{_PARTS}{_ZONE}$",
    "colons": rf"^(?P<day>[0-9]{{4}}:[0-9]{{2}}:[0-9]{{2}})-{_PARTS}{_ZONE}$",
    "routeros": rf"^(?P<day>[a-z]{{3}}/[0-9]{{2}}(?:/[0-9]{{4}})?) {_PARTS}{_ZONE}$",
    "apache": rf"^(?P<day>[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}):{_PARTS}{_ZONE}$",
    "clock": rf"^(?P<day>){_PARTS}{_ZONE}$",
}
_ORDER = {
    "bsd": "month day", "bsd_year": "month day year", "iso": "year month day", "slashes": "year month day",
    "colons": "year month day", "routeros": "month day year", "apache": "day month year", "clock": "",
}  # fmt: skip
_COUNTS = {"epoch": 1_000_000, "epoch_ms": 1_000, "epoch_ns": 0.001}
_EPOCH_DIGITS = {10: 1_000_000, 13: 1_000, 16: 1}  # of a count whose unit its length tells: us each


KINDS = (*_PATTERNS, *_COUNTS, "epoch_any")
"""What a dialect may call its stamps."""


def microseconds(stamps: pl.Series, kind: str, zone: ZoneInfo, reference: int) -> pl.Series:
    """Int64 microseconds of each stamp of one kind; null where it is no such time (month 13, 30 February, 25:00)."""
    if kind in _COUNTS:
        return (stamps.cast(pl.Float64, strict=False) * _COUNTS[kind]).cast(pl.Int64, strict=False)
    if kind == "epoch_any":
        return _counted(stamps)
    if kind == "none" or kind not in _PATTERNS:
        return pl.Series(stamps.name, [None] * len(stamps), dtype=pl.Int64)
    parts = stamps.str.extract_groups(_PATTERNS[kind]).struct.unnest()
    here = datetime.fromtimestamp(reference / 1e6, zone)
    days = _by_value(parts["day"], lambda text: _day_number(text, kind, here))
    offsets = _by_value(parts["zone"], _offset)
    us = _moments(parts, days, offsets, zone)
    if kind == "clock":  # today's, unless that would be in the future
        return pl.select(pl.when(us > reference + _MINUTE_US).then(us - _DAY_US).otherwise(us)).to_series()
    return us


def _counted(stamps: pl.Series) -> pl.Series:
    """Seconds, milli-, micro- or nanoseconds since 1970 by the number of digits (all of them between 2001 and 2286)."""
    nano = stamps.str.len_bytes() == 19
    whole = pl.DataFrame({"text": stamps.str.slice(0, 16), "digits": stamps.str.len_bytes(), "nano": nano})
    unit = pl.col("digits").replace_strict(_EPOCH_DIGITS, default=None, return_dtype=pl.Int64)
    us = pl.col("text").cast(pl.Int64, strict=False) * pl.when("nano").then(1).otherwise(unit)
    return whole.select(us.alias(stamps.name)).to_series()


def has_year(kind: str) -> bool:
    return kind not in ("bsd", "clock", "routeros")


def has_zone(kind: str) -> bool:
    return kind in ("iso", "apache", "epoch", "epoch_ms", "epoch_ns", "epoch_any", "none")


def _by_value(texts: pl.Series, convert: Callable[[str], int | None]) -> pl.Series:
    """Int64 of each text; each distinct one is converted once, because a log has few dates and fewer zones."""
    distinct = texts.drop_nulls().unique().to_list()
    return texts.replace_strict(distinct, [convert(text) for text in distinct], default=None, return_dtype=pl.Int64)


def _day_number(text: str, kind: str, here: datetime) -> int | None:
    """Days since 1970 of a date; one without a year is the last such day not later than the day after `here`."""
    found = dict(zip(_ORDER[kind].split(), _WORDS.findall(text), strict=False))
    if not found:
        return here.date().toordinal() - _EPOCH_DAY
    month = found["month"].lower()
    number = int(month) if month.isdigit() else _MONTH_NUMBERS.get(month, 0)
    latest = here.date() + timedelta(days=1)
    years = [int(found["year"])] if "year" in found else range(latest.year, latest.year - _LEAP_GAP, -1)
    for year in years:
        try:
            day = date(year, number, int(found["day"]))
        except ValueError:  # 29 February of a common year, or no date at all
            continue
        if day <= latest or "year" in found:
            return day.toordinal() - _EPOCH_DAY
    return None


def _offset(zone: str) -> int | None:
    """Microseconds east of Greenwich of `Z`, `+01:00`, `-0530`; None for a stamp that names no zone."""
    digits = zone.replace(":", "").strip()
    if not digits:
        return None
    if digits[0] not in "+-":
        return 0
    seconds = int(digits[1:3]) * 3600 + int(digits[3:5]) * 60
    return (seconds if digits[0] == "+" else -seconds) * 1_000_000


def _moments(parts: pl.DataFrame, days: pl.Series, offsets: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Microseconds; a local time that a clock change repeats is its first pass, one that it skips is an hour later."""
    frame = parts.with_columns(days.alias("days"), offsets.alias("offset"))
    clock = [pl.col(name).cast(pl.Int64, strict=False) for name in ("h", "m", "s")]
    micro = pl.col("f").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64, strict=False).fill_null(0)
    frame = frame.with_columns(*clock, micro.alias("micro"))
    valid = pl.col("h").is_between(0, 23) & pl.col("m").is_between(0, 59) & pl.col("s").is_between(0, 60)
    seconds = pl.col("days") * 86_400 + pl.col("h") * 3600 + pl.col("m") * 60 + pl.col("s")
    frame = frame.with_columns(pl.when(valid).then(seconds * 1_000_000 + pl.col("micro")).alias("naive"))
    if frame["offset"].null_count() == 0 or zone.key == "UTC":
        return frame.select(pl.col("naive") - pl.col("offset").fill_null(0)).to_series()
    return frame.select(pl.when(pl.col("offset").is_not_null()).then(pl.col("naive") - pl.col("offset")).otherwise(_local(zone))).to_series()


def _local(zone: ZoneInfo) -> pl.Expr:
    naive = pl.from_epoch("naive", "us")
    there = naive.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    skipped = (naive + pl.duration(hours=1)).dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return pl.coalesce(there, skipped).dt.epoch("us")
