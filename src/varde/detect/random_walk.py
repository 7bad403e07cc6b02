"""Threshold random walk: who tries addresses that do not exist, by J. Jung, V. Paxson, A. Berger and H. Balakrishnan (2004), as rwscan's
manual page has it.

A source's destinations are gone through in order. Each is a hit (it exists, or more than SYN was seen) or a miss, and moves the
likelihood that the source scans. It is decided when that leaves its bounds, and while there was nothing but SYN."""

import math
from dataclasses import dataclass

import polars as pl

from varde.detect.probing import TCP, only_syn

FALSE_ALARMS, DETECTION = 0.01, 0.99
"""Bounds on wrong decisions of either kind."""

UPPER = DETECTION / FALSE_ALARMS
KEY = ["src_addr", "proto"]


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely it is that a connection succeeds."""

    benign: float = 0.8
    scanning: float = 0.2

    @property
    def hit(self) -> float:
        return math.log(self.scanning / self.benign)

    @property
    def miss(self) -> float:
        return math.log((1 - self.scanning) / (1 - self.benign))


def random_walk(began: pl.DataFrame, odds: Odds) -> pl.DataFrame:
    """`src_addr`, `proto` and `likelihood` of sources that scan by TCP. `began`: what `probing` leaves, with `exists` filled."""
    of_tcp = began.filter(pl.col("proto") == TCP).with_columns(asked=only_syn().fill_null(value=True))
    steps = of_tcp.sort("src_addr", "dst_addr", "time").group_by([*KEY, "dst_addr"], maintain_order=True).agg(
        first=pl.col("asked").first(), all=pl.col("asked").all(), exists=pl.col("exists").first()
    )  # fmt: skip
    miss = ~pl.col("exists").fill_null(value=False) & pl.col("first")
    walked = steps.with_columns(
        likelihood=pl.when(miss).then(odds.miss).otherwise(odds.hit).cum_sum().over(KEY),
        silent=pl.col("all").cast(pl.Int8).cum_min().shift(1, fill_value=1).over(KEY).cast(pl.Boolean) & pl.col("first"),
    )  # fmt: skip
    beyond = pl.col("likelihood").abs() > math.log(UPPER)
    decided = walked.filter(beyond & pl.col("silent")).group_by(KEY, maintain_order=True).first()
    return decided.filter(pl.col("likelihood") > 0).select(*KEY, likelihood=pl.col("likelihood").exp())
