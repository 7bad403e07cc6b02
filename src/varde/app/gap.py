"""What a station that was killed, or lost its power, had received and not committed. Nobody can know it; what can be said is said."""

import time
from datetime import datetime, timedelta, timezone

import polars as pl

from varde.app.standing import Said
from varde.decode.rows import iso
from varde.live.ingest import COMMIT_SECONDS
from varde.model import RECORDS, counted
from varde.store import Store

MINUTE = 60
_RECEIVED = tuple(table.name for table in RECORDS if "received" in table.names)
_SENT = pl.col("source").str.starts_with("syslog:")
"""Records of sockets; those of files are read again."""


def told(store: Store, left: Said) -> str:
    """A sentence about a station that ended without saying so. Raises VardeError where the store cannot be read."""
    now = time.time()
    last, rate = last_received(store, now)
    begin = f"{iso(int(last * 1e6))[:19]}Z, when the last was committed" if last else f"{iso(int(left['started']))[:19]}Z, when it started"
    what = f", at the pace of before about {counted(round(rate * min(COMMIT_SECONDS, now - last)), 'record')} of {COMMIT_SECONDS:.0f} s" if rate else ""
    return (f"the station before (process {left['pid']}) was killed or lost its power. What was sent to its ports after {begin}, until now is "
            f"not stored{what}, and was not counted; files are read on from where they were")  # fmt: skip


def last_received(store: Store, now: float) -> tuple[float, float]:
    """When the last record of a socket that is stored was received (s since 1970 UTC, 0.0 for none lately), and records a second before."""
    day = datetime.fromtimestamp(now, timezone.utc).date()
    found = [frame for table in _RECEIVED if (frame := _received(store.files(table, day - timedelta(days=1), day), table)) is not None]
    moments = pl.concat(found)["received"].sort() if found else pl.Series([], dtype=pl.Int64)
    if moments.is_empty():
        return 0.0, 0.0
    last = int(moments[-1])
    return last / 1e6, int((moments > last - MINUTE * 1_000_000).sum()) / MINUTE


def _received(files: list[str], table: str) -> pl.DataFrame | None:
    """When each record of a socket came, of the newest minute that the files have."""
    if not files:
        return None
    rows = pl.scan_parquet(files, hive_partitioning=False, glob=False, missing_columns="insert").select(pl.col("received").dt.epoch("us"), "source")
    sent = rows if table == "flows" else rows.filter(_SENT)
    return sent.filter(pl.col("received") > pl.col("received").max() - MINUTE * 1_000_000).select("received").collect()
