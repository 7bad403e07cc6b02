"""What is shown as it happens, of whatever kind: refused probes and attempts to log in, in one frame."""

import polars as pl

from varde.decode.addresses import text_of
from varde.decode.batch import Decoded
from varde.model import REFUSED, proto_name

KINDS = ("firewall", "logins")

SCHEMA = {
    "time": pl.Datetime("us", "UTC"), "kind": pl.String(), "sensor": pl.String(), "src_addr": pl.Binary(), "proto": pl.Int64(),
    "dst_port": pl.Int64(), "icmp_type": pl.Int64(), "icmp_code": pl.Int64(), "user": pl.String(), "password": pl.String(),
    "success": pl.Int64(),
}  # fmt: skip
"""Columns. `success` is 1 where a login was accepted, 0 where it was refused, null for a probe."""


def shaped(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Records of one kind with the columns of SCHEMA."""
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMA.items() if name not in (*frame.columns, "kind")]
    return frame.with_columns(*missing, pl.lit(kind).alias("kind")).select([pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()])


def events_of(decoded: Decoded) -> pl.DataFrame:
    """What of a decoded block is shown, in order of time."""
    parts = [shaped(decoded.batch.filter(pl.col("action").is_in(REFUSED)), "firewall")]
    if "logins" in decoded.others:
        parts.append(shaped(decoded.others["logins"], "logins"))
    return pl.concat(parts).sort("time", maintain_order=True)


def paths(events: pl.DataFrame) -> pl.Series:
    """What each event was aimed at: `TCP:22`, `ICMP:8/0`, a protocol alone where it has no port, or the user name."""
    numbers = events["proto"].drop_nulls().unique().to_list()
    name = pl.col("proto").replace_strict(numbers, [proto_name(number).upper() for number in numbers], default=None, return_dtype=pl.String)
    icmp = pl.concat_str(name, pl.lit(":"), "icmp_type", pl.lit("/"), pl.col("icmp_code").fill_null(0))
    probe = pl.coalesce(icmp, pl.concat_str(name, pl.lit(":"), "dst_port"), name)
    return events.select(pl.when(pl.col("kind") == "logins").then("user").otherwise(probe).fill_null("").alias("path")).to_series()


BALLS_MAX = 500
"""Distinct things of one batch that are shown one by one: of more, the most frequent, and how many there were in all."""

SECOND_MS = 1000
_ORDER = ("ms", "src_addr", "path", "password")


def cells(events: pl.DataFrame, grain_ms: int = SECOND_MS) -> pl.DataFrame:
    """What is alike within a grain of time, and how often: ms (epoch, the grain's begin), kind, src_addr, path, password, accepted, count."""
    return events.select(
        (pl.col("time").dt.epoch("ms") // grain_ms * grain_ms).alias("ms"), "kind", "src_addr", paths(events), "password",
        (pl.col("success") == 1).fill_null(value=False).alias("accepted"),
    ).group_by("ms", "kind", "src_addr", "path", "password", "accepted").len("count")  # fmt: skip


def chosen(found: pl.DataFrame) -> list[list[object]]:
    """At most BALLS_MAX cells in order of time: accepted logins first, then the most frequent. Addresses are text."""
    busiest = found.sort("accepted", "count", *_ORDER, descending=[True, True, False, False, False, False]).head(BALLS_MAX).sort(*_ORDER)
    addresses = [None if address is None else text_of(address) for address in busiest["src_addr"].to_list()]
    return [list(row) for row in busiest.with_columns(pl.Series("src_addr", addresses, dtype=pl.String)).rows()]


def balls(events: pl.DataFrame) -> tuple[int, list[list[object]]]:
    """How many events there are, and at most BALLS_MAX of [epoch ms of its second, kind, source or null, path, password or null,
    accepted, how many], in order of time."""
    return len(events), chosen(cells(events))
