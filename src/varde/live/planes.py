"""In which plane of the Fireplot a probe lies, as an expression over a batch."""

import polars as pl

_MAPPED = b"\x00" * 10 + b"\xff\xff"


def plane() -> pl.Expr:
    """The key of the plane, of the columns `proto` and `src_addr`."""
    v4 = pl.col("src_addr").bin.starts_with(_MAPPED)
    return (
        pl.when(pl.col("proto") == 6).then(pl.when(v4).then(pl.lit("tcp4")).otherwise(pl.lit("tcp6")))
        .when(pl.col("proto") == 17).then(pl.when(v4).then(pl.lit("udp4")).otherwise(pl.lit("udp6")))
        .when(pl.col("proto").is_in([1, 58])).then(pl.lit("icmp"))
        .otherwise(pl.lit("other"))
    )  # fmt: skip
