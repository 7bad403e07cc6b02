"""The unit that travels: a Polars frame whose columns are those of a table in `varde.model`."""

from collections import Counter
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.model import PROBES, REJECTS, Table

_POLARS = {"time": pl.Int64, "address": pl.Binary, "integer": pl.Int64, "text": pl.String, "day": pl.Date}

RAW_MAX = 8192
"""Octets of a line that are kept beside its record: a syslog message may be that long (RFC 5424 section 6.1), more is noise."""

STRANGERS_MAX = 5
"""Lines of a block that no dialect knew and that the doctor may show."""

SAMPLE_MAX = 512
"""Characters of a rejected line that are kept: enough to see what it was."""


def schema_of(table: Table) -> dict[str, pl.DataType]:
    """The Polars schema of a table; times travel as Int64 microseconds, addresses as 16 octets."""
    return {column.name: _POLARS[column.type]() for column in table.fields}


def empty_batch(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=schema_of(table))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where lines come from and what is known about them that they do not say themselves."""

    sensor: str
    source: str
    "Identity of the file or socket."
    file: str
    "Path or listener, for people."
    received: int
    "us since 1970 UTC."
    zone: ZoneInfo
    "For stamps without one."
    reference: int
    "us since 1970 UTC: stamps without a year are the last such moment not later than a day after this."
    live: bool = False
    "Lines from a socket: one without a stamp happened when it was received."


@dataclass(slots=True)
class Decoded:
    """What became of a block of lines. `counts` is keyed by (dialect, outcome); every line is in exactly one outcome
    of `records`, `ignored` or `reject:REASON`, and all of them in `lines`."""

    batch: pl.DataFrame = field(default_factory=lambda: empty_batch(PROBES))
    rejects: pl.DataFrame = field(default_factory=lambda: empty_batch(REJECTS))
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    stamps: Counter[str] = field(default_factory=Counter)
    "How many records had which kind of stamp."
    portless: Counter[str] = field(default_factory=Counter)
    "Records of protocols with ports that have no destination port, by reason: `fragment` or `unsaid`."
    strangers: list[tuple[int, str]] = field(default_factory=list)
    "Offset and beginning of the first lines that no dialect knew."
    fates: list[tuple[str, str, NDArray[np.int64]]] = field(default_factory=list)
    "Dialect, outcome and the offsets of its lines; each line is in one of them."

    def tell(self, dialect: str, outcome: str, offsets: NDArray[np.int64]) -> None:
        """Say what became of the lines at some offsets."""
        self.counts[dialect, outcome] += len(offsets)
        self.fates.append((dialect, outcome, offsets))
