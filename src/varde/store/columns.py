"""Columns as the tables hold them: Arrow's types, and what is the same in all rows said once."""

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

from varde.decode import schema_of
from varde.model import TABLES, Field

_ARROW = {
    "address": pa.binary(), "integer": pa.int64(), "text": pa.string(), "octets": pa.binary(), "day": pa.date32(),
    "time": pa.timestamp("us", "UTC"),
}  # fmt: skip

GROWN = ("nat",)
"""Tables that have got columns since stores were first written. Of others the columns of one file are those of all, and the others
need not be looked at."""

_GLANCE = 100  # rows that mostly tell that a column is not the same in all


def arrow_schema(fields: Iterable[Field]) -> pa.Schema:
    return pa.schema([(field.name, _ARROW[field.type]) for field in fields])


def whole(table: str, batch: pl.DataFrame) -> pa.Table:
    """A batch with the schema of its table."""
    schema = arrow_schema(TABLES[table].fields)
    ordered = batch.select([pl.col(name).cast(dtype) for name, dtype in schema_of(TABLES[table]).items()])
    return ordered.to_arrow().cast(schema)


def brief(table: str, batch: pl.DataFrame) -> pa.Table:
    """The same, but for the partition's `day`; texts and octets that are the same in all rows are dictionaries of one entry."""
    types = schema_of(TABLES[table])
    schema = [field for field in arrow_schema(TABLES[table].fields) if field.name != "day"]
    columns = [_column(batch[field.name].cast(types[field.name]), field.type) for field in schema]
    return pa.table(columns, names=[field.name for field in schema])


def _column(values: pl.Series, dtype: pa.DataType) -> pa.Array:
    """Texts and octets stay where they are, as views, which files do not tell from others."""
    if values.null_count() == len(values):
        return pa.nulls(len(values), dtype)
    if dtype not in (pa.string(), pa.binary()):
        return _as(values.to_arrow(), dtype)
    if _is_constant(values):
        return pa.DictionaryArray.from_arrays(np.zeros(len(values), dtype=np.int8), pa.array([values[0]], dtype))
    return values.to_arrow(compat_level=pl.CompatLevel.newest())


def _as(values: pa.Array, dtype: pa.DataType) -> pa.Array:
    """Moments are numbers under another name, so they stay where they are."""
    return values.view(dtype) if values.type == pa.int64() and pa.types.is_timestamp(dtype) else values.cast(dtype)


def _is_constant(values: pl.Series) -> bool:
    if values.null_count() or values.head(_GLANCE).n_unique() > 1:
        return False
    return bool(values.to_frame().select((pl.all() == pl.all().first()).all()).item())
