"""How many different sources want each port, in this hour and in the last six, in bounded memory.

Exact up to SAMPLE_MAX sources of a port; beyond that a sample of them is kept: those whose hash ends in as many zeros as it takes
(adaptive sampling: Wegman; P. Flajolet, "On adaptive sampling", 1990). A sample of n tells the number to within 1.2 / sqrt(n)."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

KEYS = 4 * 65_536
"""Planes that have ports, times ports: a key is plane * 65,536 + port."""

HOURS = 6
"""The longer of the two windows; the other is one hour."""

SAMPLE_MAX = 1_024
"""Sources of one port that are kept one by one: more are told to within 4 %, and a surge of more is one whatever its number."""

SAMPLE_MIN = 16
"""What each port keeps at least when many have many: the least that tells five from fifty."""

ROWS_MAX = 4_000_000
"""Sources of all ports together, 64 MB. Beyond that each port keeps half as many."""

BUFFER_ROWS = 200_000
"""What came in is put in order when there is so much of it: each time costs as much as all that is kept."""

SCHEMA = {"hour": pl.Int32, "key": pl.UInt32, "source": pl.UInt64}
"""Hour since 1970 UTC, key of the port, 64-bit hash of the source's network."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Different sources of an hour by key; keys that had none are left out."""

    hour: int
    keys: NDArray[np.int64]
    sources: NDArray[np.float64]
    "In this hour."
    longer: NDArray[np.float64]
    "In this and the five hours before it."


class Crowds:
    """Takes sources in order of hours, and answers counts of each hour when it is over.

    `seed` is mixed into hashes, so that nobody can choose sources that are always or never in a sample."""

    def __init__(self, seed: int = 0, sample_max: int = SAMPLE_MAX, rows_max: int = ROWS_MAX) -> None:
        self._seed = np.uint64(seed | 1)
        self._sample = sample_max
        self._most = sample_max
        self._rows_max = rows_max
        self._levels = np.zeros(KEYS, dtype=np.uint8)
        self._kept = pl.DataFrame(schema=SCHEMA)
        self._buffer: list[pl.DataFrame] = []
        self._buffered = 0
        self.hour: int | None = None
        self.late = 0
        "Sources of hours that were over already: they are counted here alone."

    def __len__(self) -> int:
        return len(self._kept) + self._buffered

    def add(self, rows: pl.DataFrame) -> list[Counts]:
        """Take rows with the columns of SCHEMA; answers the hours that are over because of them, those without anybody left out."""
        done: list[Counts] = []
        for (hour,), part in sorted(rows.select(list(SCHEMA)).partition_by("hour", as_dict=True).items()):
            if self.hour is not None and hour < self.hour:
                self.late += len(part)
                continue
            if self.hour is not None and hour > self.hour:
                done.append(self.close())
            self.hour = hour
            self._take(part)
        return done

    def close(self) -> Counts:
        """The counts of the hour that is open."""
        assert self.hour is not None
        self._settle()
        grouped = self._kept.group_by("key").agg(now=(pl.col("hour") == self.hour).sum(), longer=pl.len()).filter(pl.col("now") > 0).sort("key")
        keys = grouped["key"].to_numpy().astype(np.int64)
        scale = np.exp2(self._levels[keys])
        return Counts(self.hour, keys, grouped["now"].to_numpy() * scale, grouped["longer"].to_numpy() * scale)

    def _take(self, part: pl.DataFrame) -> None:
        # multiplied by an odd number: high bits depend on all below, so the sample is taken by the high ones
        self._buffer.append(part.with_columns(source=pl.Series(part["source"].to_numpy() * self._seed, dtype=pl.UInt64)))
        self._buffered += len(part)
        if self._buffered >= BUFFER_ROWS:
            self._settle()

    def _settle(self) -> None:
        """Put what came in to what is kept, forget what is older than six hours, and sample where there is too much."""
        assert self.hour is not None
        kept = self._kept.filter(pl.col("hour") > self.hour - HOURS)
        self._levels[np.bincount(kept["key"].to_numpy(), minlength=KEYS) == 0] = 0  # nobody of a former crowd is left: exact again
        rows = pl.concat([kept, *(part.cast(SCHEMA) for part in self._buffer)])  # type: ignore[arg-type]
        self._buffer, self._buffered = [], 0
        rows = self._sampled(rows).group_by("key", "source").agg(pl.col("hour").max()).select(list(SCHEMA))
        self._kept = self._lowered(rows)

    def _sampled(self, rows: pl.DataFrame) -> pl.DataFrame:
        levels = self._levels[rows["key"].to_numpy()]
        if not levels.any():
            return rows
        high = rows["source"].to_numpy() >> (np.uint64(64) - np.maximum(levels, 1).astype(np.uint64))
        return rows.filter(pl.Series((levels == 0) | (high == 0)))

    def _lowered(self, rows: pl.DataFrame) -> pl.DataFrame:
        while True:
            counted = np.bincount(rows["key"].to_numpy(), minlength=KEYS)
            crowded = len(rows) > self._rows_max and self._sample > SAMPLE_MIN
            self._sample = self._sample // 2 if crowded else self._most if len(rows) < self._rows_max // 4 else self._sample
            full = counted > self._sample
            if not full.any() and not crowded:
                return rows
            self._levels[full] += 1
            rows = self._sampled(rows)
