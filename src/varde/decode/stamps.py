"""Time stamps of logs to microseconds since 1970 UTC; the years and zones that some of them leave out.

A stamp without a year (RFC 3164 section 4.1.2) is taken as the last such moment that is not later than a day after the
reference, which is the date of the file or the time of receipt: right for any file that covers less than a year, across
New Year too. A stamp without a zone is local time in the zone given.
"""

from zoneinfo import ZoneInfo

import polars as pl

_DAY_US = 86_400_000_000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, start=1)}

_PARTS = r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9})[0-9]*)?"
_ZONE = r" ?(?:(?P<z>Z+|UTC|GMT)|(?P<zs>[+-])(?P<zh>[0-9]{2}):?(?P<zm>[0-9]{2}))?"

_PATTERNS = {
    "bsd": rf"^(?P<mon>[A-Z][a-z]{{2}}) +(?P<d>[0-9]{{1,2}}) {_PARTS}{_ZONE}$",
    "bsd_year": rf"^(?P<mon>[A-Z][a-z]{{2}}) +(?P<d>[0-9]{{1,2}}) (?P<y>[0-9]{{4}}) {_PARTS}{_ZONE}$",
    "iso": rf"^(?P<y>[0-9]{{4}})-(?P<mo>[0-9]{{2}})-(?P<d>[0-9]{{2}})[T ]{_PARTS}{_ZONE}$",
    "slashes": rf"^(?P<y>[0-9]{{4}})/(?P<mo>[0-9]{{2}})/(?P<d>[0-9]{{2}})[T ]{_PARTS}{_ZONE}$",
    "colons": rf"^(?P<y>[0-9]{{4}}):(?P<mo>[0-9]{{2}}):(?P<d>[0-9]{{2}})-{_PARTS}$",
    "routeros": rf"^(?P<mon>[a-z]{{3}})/(?P<d>[0-9]{{2}})(?:/(?P<y>[0-9]{{4}}))? {_PARTS}$",
    "apache": rf"^(?P<d>[0-9]{{2}})/(?P<mon>[A-Z][a-z]{{2}})/(?P<y>[0-9]{{4}}):{_PARTS}{_ZONE}$",
    "clock": rf"^{_PARTS}$",
}
_COUNTS = {"epoch": 1_000_000, "epoch_ms": 1_000, "epoch_ns": 0.001}
_EPOCH_DIGITS = {10: 1_000_000, 13: 1_000, 16: 1}  # of a count whose unit its length tells: us each


def microseconds(stamps: pl.Series, kind: str, zone: ZoneInfo, reference: int) -> pl.Series:
    """Int64 microseconds of each stamp of one kind; null where it is no such time (month 13, 30 February, 25:00)."""
    if kind in _COUNTS:
        return (stamps.cast(pl.Float64, strict=False) * _COUNTS[kind]).cast(pl.Int64, strict=False)
    if kind == "epoch_any":
        return _counted(stamps)
    if kind == "none" or kind not in _PATTERNS:
        return pl.Series(stamps.name, [None] * len(stamps), dtype=pl.Int64)
    parts = stamps.str.extract_groups(_PATTERNS[kind]).struct.unnest()
    return _assemble(_complete(parts), zone, reference)


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


def _complete(parts: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, dtype=pl.String).alias(n) for n in ("y", "mo", "mon", "d", "f", "z", "zs", "zh", "zm")
               if n not in parts.columns]  # fmt: skip
    month = pl.col("mon").str.to_lowercase().replace_strict(_MONTH_NUMBERS, default=None, return_dtype=pl.Int32)
    number = [pl.col(name).cast(pl.Int32, strict=False) for name in ("y", "mo", "d", "h", "m", "s", "zh", "zm")]
    return (
        parts.with_columns(missing)
        .with_columns(number)
        .with_columns(pl.coalesce("mo", month).alias("mo"), pl.col("f").str.pad_end(9, "0").cast(pl.Int64, strict=False))
    )


def _assemble(parts: pl.DataFrame, zone: ZoneInfo, reference: int) -> pl.Series:
    now = pl.DataFrame({"t": [reference]}).select(pl.from_epoch("t", "us").dt.replace_time_zone("UTC")).item()
    here = now.astimezone(zone)
    dated = parts.with_columns(
        year_given=pl.col("y").is_not_null(),
        day_given=pl.col("d").is_not_null(),
        y=pl.col("y").fill_null(here.year),
        mo=pl.when(pl.col("d").is_null()).then(here.month).otherwise(pl.col("mo")),
        d=pl.col("d").fill_null(here.day),
        micro=pl.col("f").fill_null(0) // 1000,
    )
    us = _absolute(dated, zone)
    late = us > reference + _DAY_US
    earlier = dated.with_columns(
        y=pl.when(pl.col("year_given") | ~pl.col("day_given")).then(pl.col("y")).otherwise(pl.col("y") - 1)
    )
    chosen = pl.DataFrame({"us": us, "before": _absolute(earlier, zone), "late": late})
    # 29 February read in a common year has no moment in it: the year before the reference may have one
    picked = chosen.select(
        pl.when(pl.col("late") | pl.col("us").is_null()).then("before").otherwise("us").alias("us")
    ).to_series()
    clock_late = (~dated["day_given"]) & (picked > reference + 60_000_000)
    return pl.select(pl.when(clock_late).then(picked - _DAY_US).otherwise(picked)).to_series()


def _absolute(parts: pl.DataFrame, zone: ZoneInfo) -> pl.Series:
    """Microseconds of the parts; a time that a clock change repeats is its first pass, one that it skips an hour on."""
    valid = (
        pl.col("mo").is_between(1, 12) & pl.col("d").is_between(1, 31) & pl.col("h").is_between(0, 23)
        & pl.col("m").is_between(0, 59) & pl.col("s").is_between(0, 60)
    )  # fmt: skip
    text = pl.format(
        "{}-{}-{}", pl.col("y").cast(pl.String).str.zfill(4), pl.col("mo").cast(pl.String).str.zfill(2),
        pl.col("d").cast(pl.String).str.zfill(2),
    )  # fmt: skip
    day = pl.when(valid).then(text).str.to_date("%Y-%m-%d", strict=False)
    seconds = pl.col("h").cast(pl.Int64) * 3600 + pl.col("m") * 60 + pl.col("s")
    naive = day.cast(pl.Datetime("us")) + pl.duration(microseconds=seconds * 1_000_000 + pl.col("micro"))
    offset = (pl.col("zh") * 60 + pl.col("zm")).cast(pl.Int64) * 60_000_000
    shift = pl.when(pl.col("zs") == "-").then(-offset).otherwise(offset)
    zoned = pl.col("z").is_not_null() | pl.col("zs").is_not_null()
    local = naive.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    skipped = (naive + pl.duration(hours=1)).dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return parts.select(
        pl.when(zoned)
        .then(naive.dt.epoch("us") - shift.fill_null(0))
        .otherwise(pl.coalesce(local, skipped).dt.epoch("us"))
        .alias("us")
    ).to_series()
