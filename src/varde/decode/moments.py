"""When each line happened: stamps of several kinds in one block, and clocks that are not to be believed."""

import polars as pl

from varde.decode.batch import Origin
from varde.decode.stamps import microseconds

FIRST, LAST = 0, 7_258_118_400_000_000
"""us since 1970 UTC: 1970 to 2200. A moment outside is a damaged stamp."""

LIVE_BEHIND_US = 31 * 86_400_000_000
LIVE_AHEAD_US = 86_400_000_000
"""A line from a socket whose stamp is further from its receipt than a queue may have held it, or a zone be wrong, comes from
a clock that is not set: it happened when it was received. So no sender can fill the store with days of its choice."""


def moments(stamps: pl.Series, kinds: pl.Series, origin: Origin, boot: pl.Series | int = 0) -> pl.Series:
    """Int64 microseconds of each stamp; null where it is none. `boot` is what uptimes count from."""
    times = _by_kind(stamps, kinds, origin, boot)
    return _near(times, origin.received) if origin.live else times


def _near(times: pl.Series, received: int) -> pl.Series:
    off = (times < received - LIVE_BEHIND_US) | (times > received + LIVE_AHEAD_US)
    return pl.select(pl.when(off.fill_null(value=False)).then(received).otherwise(times)).to_series()


def _by_kind(stamps: pl.Series, kinds: pl.Series, origin: Origin, boot: pl.Series | int) -> pl.Series:
    known = kinds.drop_nulls().unique().to_list()
    if len(known) == 1 and kinds.null_count() == 0:
        return _converted(stamps, known[0], origin, boot)
    out = pl.Series("us", [None] * len(stamps), dtype=pl.Int64)
    for kind in known:
        mine = kinds == kind
        rows = mine.fill_null(value=False).arg_true()
        since = boot.gather(rows) if isinstance(boot, pl.Series) else boot
        out = out.scatter(rows, _converted(stamps.gather(rows), kind, origin, since))
    return out


def _converted(stamps: pl.Series, kind: str, origin: Origin, boot: pl.Series | int) -> pl.Series:
    if kind == "uptime":
        return (stamps.cast(pl.Float64, strict=False) * 1e6).cast(pl.Int64) + boot
    return microseconds(stamps, kind, origin.zone, origin.reference)
