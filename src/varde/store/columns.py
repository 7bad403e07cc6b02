"""Columns as the tables hold them: Arrow's types, and what is the same in all rows said once."""

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

from varde.decode import schema_of
from varde.model import FLOWS, TABLES, Field

_ARROW = {
    "address": pa.binary(), "integer": pa.int64(), "text": pa.string(), "octets": pa.binary(), "day": pa.date32(),
    "time": pa.timestamp("us", "UTC"),
}  # fmt: skip

GROWN = ("flows", "nat", "warnings")
"""Tables of which files lack columns: those of flows leave out what no row has, and the others have got columns since stores were first written.
Of others the columns of one file are those of all, and the others need not be looked at."""

SAID = {"packets_scaled": "packets", "octets_scaled": "octets"}
"""Columns of flows that files lack where another says the same in all rows."""

NETWORKS = {"src_net": "src_addr", "dst_net": "dst_addr"}
"""Columns of flows that files lack: an address says its network.

With SAID a fifth of a flow's room and of the time to write it. Questions see all of them filled."""

_GLANCE = 100  # rows that mostly tell that a column is not the same in all


def arrow_schema(fields: Iterable[Field]) -> pa.Schema:
    return pa.schema([(field.name, _ARROW[field.type]) for field in fields])


def polars_schema(table: str) -> pl.Schema:
    """Columns and types as files of a table have them all together, without the partition's `day`."""
    empty = pl.DataFrame(arrow_schema(field for field in TABLES[table].fields if field.name != "day").empty_table())
    return empty.schema


def brief(table: str, batch: pl.DataFrame) -> pa.Table:
    """A batch with the columns and types of its table, but for the partition's `day`, and for what flows leave out. Texts and octets that are the same in all rows are dictionaries of one entry, and columns
    without nulls are said to have none, which spares a level for each value."""
    types = schema_of(TABLES[table])
    fields = [field for field in TABLES[table].fields if field.name != "day"]
    if table == FLOWS.name:
        said = {name for name, other in SAID.items() if batch[name].equals(batch[other])}
        absent = {name for name, nulls in zip(batch.columns, batch.null_count().row(0), strict=True) if nulls == len(batch)}
        fields = [field for field in fields if field.name not in NETWORKS.keys() | said | absent]
    columns = [_column(batch[field.name].cast(types[field.name]), field.type) for field in fields]
    described = [pa.field(field.name, column.type, nullable=column.null_count > 0) for field, column in zip(fields, columns, strict=True)]
    return pa.table(columns, schema=pa.schema(described))


def _column(values: pl.Series, kind: str) -> pa.Array | pa.ChunkedArray:
    """Texts and octets stay where they are, as views, which files do not tell from others."""
    dtype = _ARROW[kind]
    if values.null_count() == len(values):
        return pa.nulls(len(values), dtype)
    if dtype not in (pa.string(), pa.binary()):
        return pa.chunked_array([_as(chunk.to_arrow(), dtype) for chunk in values.get_chunks()], dtype)
    if _is_constant(values):
        return pa.DictionaryArray.from_arrays(np.zeros(len(values), dtype=np.int8), pa.array([values[0]], dtype))
    return values.to_arrow(compat_level=pl.CompatLevel.newest())


def _as(values: pa.Array, dtype: pa.DataType) -> pa.Array:
    """Moments are numbers under another name, so they stay where they are."""
    if values.type == dtype:
        return values
    return values.view(dtype) if values.type == pa.int64() and pa.types.is_timestamp(dtype) else values.cast(dtype)


def _is_constant(values: pl.Series) -> bool:
    if values.null_count() or values.head(_GLANCE).n_unique() > 1:
        return False
    return bool(values.to_frame().select((pl.all() == pl.all().first()).all()).item())
