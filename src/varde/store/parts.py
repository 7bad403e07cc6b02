"""The Parquet files of an append: written into the table's folder, one for each day, and then named in a commit.

The tables' library can do that too, in twice the time: it takes all values apart by their day and knows of none that they
repeat."""

import json
import time
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import ColumnProperties, WriterProperties
from deltalake.transaction import AddAction

from varde.model import TABLES
from varde.store.columns import brief

LEVEL = 1
"""Of zstd: the next ones cost more time than they save room."""

NUMBERS = ("time", "end_time", "offset", "src_port", "octets", "octets_scaled")
"""Numbers that hardly repeat: their differences take the least room, and a quarter of a commit's time less than a dictionary."""

DISTINCT = (*NUMBERS, "raw", "sample", "data")
"""Columns whose values hardly repeat: a dictionary of them costs half the time of a commit and saves nothing."""

_LONG = ("raw", "sample", "data")  # nobody asks for the least of them


def writing(table: str) -> WriterProperties:
    """How the tables' library writes a table."""
    plain = ColumnProperties(dictionary_enabled=False)
    columns = {name: plain for name in TABLES[table].names if name in DISTINCT}
    return WriterProperties(compression="ZSTD", compression_level=LEVEL, column_properties=columns)


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


def rows_of(parts: Parts, schema: pa.Schema) -> pa.Table:
    """What the files hold, as a table takes it that is not there yet. Raises OSError."""
    return pa.concat_tables(_rows(parts.folder, add, schema) for add in parts.adds)


def _rows(folder: Path, add: AddAction, schema: pa.Schema) -> pa.Table:
    data = pq.read_table(folder / add.path, partitioning=None)
    day = pa.array([date.fromisoformat(str(add.partition_values["day"]))] * len(data), pa.date32())
    return data.append_column("day", day).select(schema.names).cast(schema)


def _write(folder: Path, day: str, data: pa.Table) -> AddAction:
    path = f"day={day}/part-00000-{uuid.uuid4()}-c000.zstd.parquet"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    names = data.column_names
    try:
        pq.write_table(
            data, target, compression="zstd", compression_level=LEVEL, store_schema=False,
            use_dictionary=[name for name in names if name not in DISTINCT],
            column_encoding=dict.fromkeys((name for name in names if name in NUMBERS), "DELTA_BINARY_PACKED"),
            write_statistics=[name for name in names if name not in _LONG],
        )  # fmt: skip
        size = target.stat().st_size
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return AddAction(path, size, {"day": day}, time.time_ns() // 1_000_000, True, json.dumps(_statistics(data)))


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
