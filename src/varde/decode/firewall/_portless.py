"""Records of protocols with ports that have none: counted, because no picture over ports can show them."""

from collections import Counter

import polars as pl

from varde.decode.firewall._dialect import Dialect

FRAGMENT, UNSAID = "fragment", "unsaid"


def portless(batch: pl.DataFrame, protocols: tuple[int, ...], dialect: Dialect) -> Counter[str]:
    """How many records of these protocols have no destination port: `fragment` where the line says so, else `unsaid`."""
    without = batch.filter(pl.col("dst_port").is_null() & pl.col("proto").is_in(protocols))
    if without.is_empty():
        return Counter()
    fragments = int(without["raw"].str.contains(dialect.fragment).sum()) if dialect.fragment else 0
    return Counter({FRAGMENT: fragments, UNSAID: len(without) - fragments})
