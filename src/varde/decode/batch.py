"""The unit that travels: a Polars frame whose columns are those of a table in `varde.model`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.lines import Lines
from varde.model import PROBES, REJECTS, Table

_POLARS = {
    "time": pl.Int64, "address": pl.Binary, "integer": pl.Int64, "text": pl.String, "octets": pl.Binary, "day": pl.Date,
}  # fmt: skip

RAW_MAX = 8192
"""Octets of a line that are kept beside its record: a syslog message may be that long (RFC 5424 section 6.1), more is noise."""

STRANGERS_MAX = 5
"""Lines of a block that tell nothing and that the doctor may show."""

SAMPLES_PER_BLOCK = 20
"""Per reason: enough to see what is wrong; the count is exact."""

SAMPLE_MAX = 512
"""Characters of a rejected line that are kept: enough to see what it was."""


def schema_of(table: Table) -> dict[str, pl.DataType]:
    """The Polars schema of a table; times travel as Int64 microseconds, addresses as 16 octets."""
    return {column.name: _POLARS[column.type]() for column in table.fields}


@cache
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
    "Probes."
    rejects: pl.DataFrame = field(default_factory=lambda: empty_batch(REJECTS))
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    stamps: Counter[str] = field(default_factory=Counter)
    "How many records had which kind of stamp."
    unsaid: Counter[tuple[str, str]] = field(default_factory=Counter)
    "Records of honeypots that do not name their `source` or `session`, by dialect and which."
    portless: Counter[str] = field(default_factory=Counter)
    "Records of protocols with ports that have no destination port, by reason: `fragment` or `unsaid`."
    strangers: list[tuple[int, str]] = field(default_factory=list)
    "Offset and beginning of the first lines that no dialect knew, or that tell nothing."
    fates: list[tuple[str, str, NDArray[np.int64]]] = field(default_factory=list)
    "Dialect, outcome and the offsets of its lines; each line is in one of them."

    others: dict[str, pl.DataFrame] = field(default_factory=dict)
    "Records of other tables, by the table's name; only those that have some."


    def tell(self, dialect: str, outcome: str, offsets: NDArray[np.int64]) -> None:
        """Say what became of the lines at some offsets."""
        self.counts[dialect, outcome] += len(offsets)
        self.fates.append((dialect, outcome, offsets))

    def show(self, lines: Lines, rows: NDArray[np.intp]) -> None:
        """Keep the beginnings of the first lines that tell nothing, for the doctor."""
        first = rows[: STRANGERS_MAX - len(self.strangers)]
        text = lines.take(first).text.str.slice(0, SAMPLE_MAX)
        self.strangers += zip(lines.offset[first].tolist(), text.to_list(), strict=True)

    def tables(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Name and batch of each table that has records."""
        if not self.batch.is_empty():
            yield PROBES.name, self.batch
        yield from self.others.items()

    def records(self) -> int:
        """How many rows all tables have."""
        return sum(len(batch) for _, batch in self.tables())


def reject(decoded: Decoded, lines: Lines, rows: NDArray[np.intp], dialect: str, reason: str, origin: Origin) -> None:
    """Count lines that a dialect claims and cannot read, and keep samples of the first of them."""
    decoded.tell(dialect, f"reject:{reason}", lines.offset[rows])
    some = rows[:SAMPLES_PER_BLOCK]
    text = lines.take(some).text
    made = pl.DataFrame({"sample": text.str.slice(0, SAMPLE_MAX), "offset": lines.offset[some]}).with_columns(
        time=pl.lit(origin.received, dtype=pl.Int64), sensor=pl.lit(origin.sensor), dialect=pl.lit(dialect),
        reason=pl.lit(reason), source=pl.lit(origin.source), file=pl.lit(origin.file),
    ).with_columns(pl.from_epoch("time", "us").dt.date().alias("day"))  # fmt: skip
    schema = schema_of(REJECTS)
    decoded.rejects = pl.concat([decoded.rejects, made.select([pl.col(n).cast(t) for n, t in schema.items()])])
