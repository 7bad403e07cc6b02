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


def balls(events: pl.DataFrame) -> tuple[int, list[list[object]]]:
    """How many events there are, and at most BALLS_MAX of [epoch ms of its second, kind, source or null, path, password or null,
    accepted, how many], in order of time."""
    cells = (
        events.select(
            (pl.col("time").dt.epoch("ms") // 1000 * 1000).alias("ms"), "kind", "src_addr", paths(events), "password",
            (pl.col("success") == 1).fill_null(value=False).alias("accepted"),
        ).group_by("ms", "kind", "src_addr", "path", "password", "accepted").len("count")
        .sort("accepted", "count", "ms", "src_addr", "path", "password", descending=[True, True, False, False, False, False])
        .head(BALLS_MAX).sort("ms", "src_addr", "path", "password")
    )  # fmt: skip
    named = cells.with_columns(pl.Series("src_addr", [text_of(a) if a is not None else None for a in cells["src_addr"].to_list()], dtype=pl.String))
    return len(events), [list(row) for row in named.rows()]
