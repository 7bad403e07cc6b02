"""Files that are asked instead of the store: read into a store of their own, which goes when the command ends."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from varde.app.commands.asking import say_left_out
from varde.app.commands.files import refuse_foreign, say_nothing_found, size_of, spoken
from varde.app.context import Context
from varde.app.output import reading, say
from varde.app.traffic import KIND
from varde.model import RECORDS, TABLES, Table, VardeError
from varde.store import Store
from varde.store.columns import arrow_schema

PARQUET, ARROW = b"PAR1", b"\xff\xff\xff\xff"
"""How files begin that filter wrote: Parquet, and an Arrow stream."""

ROWS = 100_000
"""Rows that are taken at a time: memory does not grow with the file."""


def store_of(context: Context, paths: Sequence[str], table: str, endings: contextlib.ExitStack) -> Store:
    """A store with what the files hold. Raises VardeError for one that cannot be read."""
    store = Store(Path(endings.enter_context(tempfile.TemporaryDirectory(prefix="varde-")), "asked"))
    with reading(size_of(list(paths)), context.quiet) as progress:
        for path in paths:
            if (head := _head(path)).startswith(PARQUET) or head.startswith(ARROW):
                _take_over(store, path, table, parquet=head.startswith(PARQUET))
                continue
            refuse_foreign(path, captures=True)
            summary = context.importer(path, store, progress=progress, wanted=None).read(path)
            if summary.error:
                say(f"varde: {spoken(path)}: {summary.error}")
            say_left_out(context, summary)
            if not summary.error:
                say_nothing_found(context, summary, TABLES[table])
    return store


def _head(path: str) -> bytes:
    if path == "-":
        return b""
    try:
        with Path(path).open("rb") as file:
            return file.read(4)
    except OSError as error:
        raise VardeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def _take_over(store: Store, path: str, table: str, *, parquet: bool) -> None:
    """Records that filter wrote, as they are. Raises VardeError for other columns and for damage."""
    try:
        batches = _of_parquet(path, table) if parquet else _of_arrow(path)
        for wanted, batch in batches:
            frame = pl.from_arrow(pa.Table.from_batches([batch]))
            assert isinstance(frame, pl.DataFrame)
            if len(frame):
                store.append(wanted.name, frame.with_columns(pl.col(pl.Datetime).cast(pl.Int64)))
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
        raise VardeError(f"{path} is damaged, or ends too early: {str(error).splitlines()[0]}") from error


def _of_parquet(path: str, table: str) -> Iterator[tuple[Table, Any]]:
    with pq.ParquetFile(path) as file:
        wanted = _table_of(file.schema_arrow, table, path)
        schema = arrow_schema(wanted.fields)
        for batch in file.iter_batches(ROWS, columns=schema.names):
            yield wanted, _checked(pa.RecordBatch.from_arrays([batch.column(name).cast(schema.field(name).type) for name in schema.names], schema=schema))


def _of_arrow(path: str) -> Iterator[tuple[Table, Any]]:
    with pa.memory_map(path) as mapped, pa.ipc.open_stream(mapped) as stream:
        named = (stream.schema.metadata or {}).get(KIND, b"").decode(errors="replace")
        wanted = _table_of(stream.schema, named, path)
        for batch in stream:
            yield wanted, _checked(batch)


def _checked(batch: Any) -> Any:
    batch.validate(full=True)
    return batch


def _table_of(schema: Any, named: str, path: str) -> Table:
    """The table whose columns a file has. Several may have the same ones; then the one that is named."""
    tables = sorted(RECORDS, key=lambda table: table.name != named)
    found = next((table for table in tables if schema.names == list(table.names)), None)
    if found is None:
        raise VardeError(f"{path} has other columns than records of Varde: it reads what `varde filter` wrote, with all columns")
    return TABLES[found.name]
