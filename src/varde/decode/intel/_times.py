"""Moments as lists write them."""

from zoneinfo import ZoneInfo

import polars as pl

from varde.decode.stamps import microseconds

_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_COUNT = "^[0-9]{10}(?:[0-9]{3}){0,2}$"
_ZONE = ZoneInfo("UTC")  # lists that name no zone mean this one


def times(texts: pl.Series) -> pl.Series:
    """Int64 microseconds of ISO 8601 moments, days and counts since 1970; null for what is none of these."""
    day = texts.str.contains(_DAY)
    iso = pl.select(pl.when(day).then(texts + " 00:00:00").otherwise(texts)).to_series()
    stamps = microseconds(iso, "iso", _ZONE, 0)
    counted = microseconds(pl.select(pl.when(texts.str.contains(_COUNT)).then(texts)).to_series(), "epoch_any", _ZONE, 0)
    return pl.select(pl.coalesce(stamps, counted)).to_series().alias(texts.name)
