"""Time stamps of logs to microseconds since 1970 UTC; the years and zones that some of them leave out.

A stamp without a year (RFC 3164 section 4.1.2) is taken as the last such moment that is not later than a day after the
reference, which is the date of the file or the time of receipt: right for any file that covers less than a year, across
New Year too. A stamp without a zone is local time in the zone given.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

_DAY_US = 86_400_000_000
_MINUTE_US = 60_000_000
_ZERO = 48  # the octet "0"
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local time of whatever zone
_STEADY_DAYS = 100  # looking at each day's offset is cheap for so many
_FAR_DAYS = 100_000  # beyond lies no datetime
_LEAP_GAP = 9  # years between 29 Februaries at most (1896 to 1904), and one
_WORDS = re.compile("[0-9]+|[A-Za-z]+")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBERS = {name: number for number, name in enumerate(MONTHS, start=1)}

_PARTS = r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]+))?"
_ZONE = r" ?(?P<zone>Z+|UTC|GMT|[+-][0-2][0-9]:?[0-5][0-9])?"

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
    here = datetime.fromtimestamp(reference / 1e6, zone)
    alike = _alike(stamps, kind, here)
    us = _absolute(*alike, zone) if alike else _one_by_one(stamps, kind, here, zone)
    if kind == "clock":  # today's, unless that would be in the future
        us = pl.select(pl.when(us > reference + _MINUTE_US).then(us - _DAY_US).otherwise(us)).to_series()
    return us.alias(stamps.name)


_Naive = tuple[pl.Series, pl.Series]
"""Microseconds as if the clock were UTC, and the offset the stamp names: microseconds east, null for none."""


def _one_by_one(stamps: pl.Series, kind: str, here: datetime, zone: ZoneInfo) -> pl.Series:
    """Each distinct stamp by its expression."""
    distinct = stamps.drop_nulls().unique()
    us = _absolute(*_by_expression(distinct, kind, here), zone)
    table = pl.DataFrame({"stamp": distinct, "us": us})
    return pl.DataFrame({"stamp": stamps}).join(table, on="stamp", how="left", maintain_order="left")["us"]


def _by_expression(stamps: pl.Series, kind: str, here: datetime) -> _Naive:
    parts = stamps.str.extract_groups(_PATTERNS[kind]).struct.unnest()
    days = _by_value(parts["day"], lambda text: _day_number(text, kind, here))
    clock = [pl.col(name).cast(pl.Int64, strict=False) for name in ("h", "m", "s")]
    micro = pl.col("f").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64, strict=False).fill_null(0)
    frame = parts.with_columns(*clock, micro.alias("micro"), days.alias("days"))
    valid = pl.col("h").is_between(0, 23) & pl.col("m").is_between(0, 59) & pl.col("s").is_between(0, 60)
    seconds = pl.col("days") * 86_400 + pl.col("h") * 3600 + pl.col("m") * 60 + pl.col("s")
    naive = frame.select(pl.when(valid).then(seconds * 1_000_000 + pl.col("micro"))).to_series()
    return naive, _by_value(parts["zone"], _offset)


def _alike(stamps: pl.Series, kind: str, here: datetime) -> _Naive | None:
    """The same for stamps that differ from the first in nothing but digits, which is what a busy log has: its parts then
    stand in the same places of all of them and are added up as columns. None where that is not so."""
    match = re.match(_PATTERNS[kind], stamps[0] or "") if len(stamps) else None
    octets = _matrix(stamps) if match else None
    if match is None or octets is None:
        return None
    columns = np.ascontiguousarray(octets.T)
    fixed = range(*match.span("zone")) if match["zone"] else range(0)
    if not all(_is_alike(column, place in fixed) for place, column in enumerate(columns)):
        return None
    number = {name: _number(columns, match.span(name)) for name in ("h", "m", "s")}
    valid = (number["h"] < 24) & (number["m"] < 60) & (number["s"] <= 60)
    days, known = _days(octets[:, slice(*match.span("day"))], kind, here)
    begin, end = match.span("f")
    micro = _number(columns, (begin, min(end, begin + 6))) * 10 ** max(0, 6 - (end - begin)) if match["f"] else 0
    seconds = days * 86_400 + number["h"] * 3600 + number["m"] * 60 + number["s"]
    naive = pl.select(pl.when(pl.Series(valid & known)).then(pl.Series(seconds * 1_000_000 + micro))).to_series()
    return naive, pl.repeat(_offset(match["zone"] or ""), len(stamps), dtype=pl.Int64, eager=True)


def _matrix(stamps: pl.Series) -> NDArray[np.uint8] | None:
    """(n, length) octets of texts of one length; None where lengths differ or a text is missing."""
    lengths = stamps.str.len_bytes()
    if stamps.null_count() or lengths.min() != lengths.max() or lengths[0] == 0:
        return None
    array = stamps.to_arrow().cast(pa.large_string())
    start = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset]
    flat = np.frombuffer(array.buffers()[2], dtype=np.uint8)[start:]
    return flat[: len(stamps) * lengths[0]].reshape(len(stamps), lengths[0])


def _is_alike(column: NDArray[np.uint8], fixed: bool) -> bool:
    """Whether a place of all stamps holds a digit as the first does, or the very same octet."""
    if not fixed and _ZERO <= column[0] <= _ZERO + 9:
        return bool((column - _ZERO <= 9).all())  # unsigned: what is below "0" wraps around
    return bool((column == column[0]).all())


def _number(columns: NDArray[np.uint8], span: tuple[int, int]) -> NDArray[np.int64]:
    total = np.zeros(columns.shape[1], dtype=np.int64)
    for place in range(*span):
        total = total * 10 + (columns[place] - _ZERO)
    return total


def _days(texts: NDArray[np.uint8], kind: str, here: datetime) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970 and whether there is such a day; converted once for each stretch of equal dates."""
    changes = np.flatnonzero((texts[1:] != texts[:-1]).any(axis=1)) + 1
    begins = np.concatenate([[0], changes])
    numbers = [_day_number(texts[row].tobytes().decode(), kind, here) for row in begins.tolist()]
    lengths = np.diff(np.append(begins, len(texts)))
    days = np.array([number or 0 for number in numbers], dtype=np.int64)
    known = np.array([number is not None for number in numbers])
    return np.repeat(days, lengths), np.repeat(known, lengths)


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


def _absolute(naive: pl.Series, offset: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Microseconds; a local time that a clock change repeats is its first pass, one that it skips is an hour later."""
    if offset.null_count() == len(offset) and (constant := _steady(naive, zone)) is not None:
        return naive - constant
    frame = pl.DataFrame({"naive": naive, "offset": offset})
    if offset.null_count() == 0:
        return frame.select(pl.col("naive") - pl.col("offset").fill_null(0)).to_series()
    return frame.select(
        pl.when(pl.col("offset").is_not_null()).then(pl.col("naive") - pl.col("offset")).otherwise(_local(zone))
    ).to_series()


def _steady(naive: pl.Series, zone: ZoneInfo) -> int | None:
    """The zone's offset in microseconds over the whole stretch, or None where it may change within it."""
    first, last = naive.min(), naive.max()
    if not isinstance(first, int) or not isinstance(last, int):
        return 0
    begin, end = first // _DAY_US - 1, last // _DAY_US + 2
    if end - begin > _STEADY_DAYS or not -_FAR_DAYS < begin < end < _FAR_DAYS:
        return None
    offsets = {(_EPOCH + timedelta(days=day)).replace(tzinfo=zone).utcoffset() for day in range(begin, end + 1)}
    (offset,) = offsets if len(offsets) == 1 else (None,)
    return None if offset is None else int(offset.total_seconds() * 1_000_000)


def _local(zone: ZoneInfo) -> pl.Expr:
    naive = pl.from_epoch("naive", "us")
    there = naive.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    skipped = (naive + pl.duration(hours=1)).dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return pl.coalesce(there, skipped).dt.epoch("us")
