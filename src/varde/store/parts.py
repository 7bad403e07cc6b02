"""The Parquet files of an append: written into the table's folder, one for each day, and then named in a commit.

The tables' library can do that too, in twice the time: it takes all values apart by their day and knows of none that they
repeat."""

import json
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction
from numpy.typing import NDArray

from varde.store.columns import brief

LEVEL = 1
"""Of zstd: the next ones cost more time than they save room."""

NUMBERS = ("time", "end_time", "offset", "src_port", "octets", "octets_scaled")
"""Numbers that hardly repeat: their differences take the least room, and a quarter of a commit's time less than a dictionary."""

DISTINCT = (*NUMBERS, "raw", "sample", "data")
"""Columns whose values hardly repeat: a dictionary of them costs half the time of a commit and saves nothing."""

ASKED = ("time", "end_time", "received", "sensor", "source", "offset")
"""Columns whose least and greatest values let a question pass over a file: those of others, as of addresses and counters, say nothing
when many senders share a file, and to find them out is a sixth of a commit's time."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Files in the folder of a table that no commit names yet."""

    folder: Path
    adds: tuple[AddAction, ...]
    rows: int
    first: int = 0
    "No row is of a line before this offset."

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(self.folder, self.adds + other.adds, self.rows + other.rows, min(self.first, other.first))

    def remove(self) -> None:
        """Remove them: nobody will name them."""
        for add in self.adds:
            (self.folder / add.path).unlink(missing_ok=True)

    def since(self, offset: int) -> "Parts":
        """What of them comes from lines at or behind an offset; they themselves are gone. Raises OSError."""
        kept: list[AddAction] = []
        rows = 0
        for add in self.adds:
            data = pq.read_table(self.folder / add.path, partitioning=None)
            rest = data.filter(pc.greater_equal(data["offset"], offset))
            if len(rest):
                kept.append(_write(self.folder, str(add.partition_values["day"]), rest))
                rows += len(rest)
        self.remove()
        return Parts(self.folder, tuple(kept), rows, offset)


def write_parts(folder: Path, table: str, rows: pl.DataFrame) -> Parts:
    """Write the files of an append and say what a commit must know of them. Raises OSError; no file is left then."""
    adds: list[AddAction] = []
    try:
        adds.extend(_write(folder, f"{batch['day'][0]:%Y-%m-%d}", brief(table, batch)) for batch in _by_day(rows))
    except OSError:
        Parts(folder, tuple(adds), 0).remove()
        raise
    first = rows["offset"].min() if "offset" in rows.columns else None
    return Parts(folder, tuple(adds), len(rows), first if isinstance(first, int) else 0)


def _by_day(rows: pl.DataFrame) -> list[pl.DataFrame]:
    if rows["day"].n_unique() == 1:  # mostly: taking them apart would copy all for nothing
        return [rows]
    return rows.partition_by("day", maintain_order=True)


def _write(folder: Path, day: str, data: pa.Table) -> AddAction:
    path = f"day={day}/part-00000-{uuid.uuid4()}-c000.zstd.parquet"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    names, coarse = data.column_names, _coarse(data)
    try:
        pq.write_table(
            data, target, compression="zstd", compression_level=LEVEL, store_schema=False,
            use_dictionary=[name for name in names if name not in DISTINCT or name in coarse],
            column_encoding=dict.fromkeys((name for name in names if name in NUMBERS and name not in coarse), "DELTA_BINARY_PACKED"),
            write_statistics=[name for name in names if name in ASKED],
        )  # fmt: skip
        size = target.stat().st_size
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return AddAction(path, size, {"day": day}, time.time_ns() // 1_000_000, True, json.dumps(_statistics(data)))


def _coarse(data: pa.Table) -> set[str]:
    """Moments in milliseconds that do not come in order, as flows have them: there are few of them, and a dictionary takes two thirds of
    the room of their differences."""
    return {name for name in _MOMENTS if name in data.column_names and _is_coarse(np.asarray(data[name].cast(pa.int64()).fill_null(0)))}


def _is_coarse(moments: NDArray[np.int64]) -> bool:
    back = np.count_nonzero(moments[1:] < moments[:-1])
    return bool(back > _DISORDER * len(moments) and not (moments % _MILLISECOND).any())


_MOMENTS = ("time", "end_time")
_MILLISECOND = 1000  # us
_DISORDER = 0.1  # of the rows, before the one above them; lines of a log come in order, and differ by little


def _statistics(data: pa.Table) -> dict[str, object]:
    """What the tables' library asks of a file before it reads it: how many rows it has, and the first and last of its moments."""
    moments = [field.name for field in data.schema if pa.types.is_timestamp(field.type)]
    extent = {name: pc.min_max(data[name].cast(pa.int64())).as_py() for name in moments}
    known = {name: ends for name, ends in extent.items() if ends["min"] is not None}
    return {
        "numRecords": len(data),
        "minValues": {name: _moment(ends["min"]) for name, ends in known.items()},
        "maxValues": {name: _moment(ends["max"]) for name, ends in known.items()},
        "nullCount": {name: data[name].null_count for name in moments},
    }


def _moment(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{rest:06}Z"
