"""What sources of this site usually do: how many ports that hardly anybody tries, or how many targets, most of them try in a while.

A site at which strangers wander from port to port has other scans than one at which each comes for one. The tail beyond what was seen goes
on falling as it fell between two shares of the sources; those that were found scanning do not count."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.detect.cells import DAY_US, HORIZON

Floats = NDArray[np.float64]

HOUR_US = 3_600_000_000
SPANS = (HOUR_US // 2, 6 * HOUR_US, 24 * HOUR_US, HORIZON)
"""Windows that are looked through: at once, a shift, a day, a week."""

UPPER, LOWER = 0.01, 0.1
"""Shares of sources between which the tail's fall is measured: a few scans that were not found do not hide others."""

FALLS = (0.1, 2.3)
"""How fast a tail may fall: e-fold in ten, or tenfold in one."""

SOURCES_MIN = 300
"""Sources of which a tail is known; of fewer it is the one below."""


SURE = 100.0
"""So many are a scan at any site, whatever others do: no crowd of invented sources makes that usual."""

LOG_SURE = -60.0


@dataclass(frozen=True, slots=True)
class Tail:
    """How many sources do at least so much: ln of the share, from `at` on."""

    at: float
    fall: float

    def log_p(self, amount: float) -> float:
        if amount >= SURE:
            return LOG_SURE
        return min(0.0, float(np.log(UPPER)) - self.fall * (amount - self.at)) if amount > self.at else 0.0


UNKNOWN = (Tail(4.0, 0.6), Tail(6.0, 0.5), Tail(8.0, 0.3), Tail(8.0, 0.3))
"""For each of SPANS, where nobody knows: as at sites at which many wander from port to port."""


def tails(walked: "Walk", known_us: int) -> tuple[Tail, ...]:
    """For each of SPANS the tail of what each source did at most. `known_us`: since when anything is known."""
    learnt = tuple(tail_of(walked.most(span)) for span in SPANS)
    if len(walked.starts) < SOURCES_MIN:
        return UNKNOWN
    if known_us < DAY_US:
        return tuple(Tail(max(one.at, other.at), min(one.fall, other.fall)) for one, other in zip(learnt, UNKNOWN, strict=True))
    return learnt


def tail_of(amounts: Floats) -> Tail:
    """The tail of some sources' amounts."""
    ordered = np.sort(amounts) if len(amounts) else np.zeros(1)
    upper, lower = (float(ordered[-1 - int(share * len(ordered))]) for share in (UPPER, LOWER))
    return Tail(upper, float(np.clip(np.log(LOWER / UPPER) / max(0.2, upper - lower), *FALLS)))


@dataclass(frozen=True, slots=True)
class Walk:
    """Cells of groups, group by group in order of time; `starts` is where each begins."""

    starts: NDArray[np.int64]
    times: NDArray[np.int64]
    """Moments, shifted so that each group is a HORIZON and more behind the one before."""
    sums: Floats
    """Weights of all before each place; one longer."""

    def most(self, span: int) -> Floats:
        """The most weight that each group has in any window of so long."""
        if not len(self.starts):
            return np.zeros(0)
        ends = np.searchsorted(self.times, self.times + span, side="right")
        return np.maximum.reduceat(self.sums[ends] - self.sums[:-1], self.starts)


def walk(groups: NDArray[np.int64], times: NDArray[np.int64], weights: Floats) -> Walk:
    """Of rows in order of group and time; groups are numbered from 0 on without gaps."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    begin = int(times.min()) if len(times) else 0
    shifted = times - begin + groups * (3 * HORIZON)
    return Walk(starts, shifted, np.concatenate([[0.0], np.cumsum(weights)]))


def firsts(cells: pl.DataFrame, what: str) -> pl.DataFrame:
    """The first cell of each port, or target, of each group, in order of group and time."""
    return cells.sort("group", "first").unique(subset=["group", what], keep="first", maintain_order=True)
