"""What is shown as it happens, of whatever kind: refused probes and attempts to log in, in one frame."""

import polars as pl

from varde.decode.batch import Decoded
from varde.model import REFUSED

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
