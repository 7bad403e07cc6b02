"""The lists of today over the flows of yesterday."""

from dataclasses import dataclass
from datetime import datetime, timezone

import polars as pl

from varde.decode import empty_batch, schema_of
from varde.live import Answers, ListMatcher, together, warnings_of
from varde.model import FLOWS, WARNINGS, Table, VardeError
from varde.query.engine import microseconds
from varde.store import Store

PAIRS_MAX = 1_000_000
"""Directions of pairs remembered, 150 MB: files of a day are not in order of time, so an answer may be far from its question."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was found: warnings in order of time, of how many hits, in how many flows that were looked at."""

    warnings: pl.DataFrame
    hits: int
    flows: int


def replayed(store: Store, matcher: ListMatcher, first: datetime, last: datetime, *, by_address: bool = False) -> Replayed:
    """Match all stored flows that began from `first` up to, not including, `last`; a file at a time, so memory stays flat.

    Raises VardeError where a file cannot be read."""
    found, hits, looked_at = empty_batch(WARNINGS), 0, 0
    answers = Answers(PAIRS_MAX, window=float("inf"))
    for path in store.files(FLOWS.name, first.astimezone(timezone.utc).date(), last.astimezone(timezone.utc).date()):
        flows = rows_of_file(path, FLOWS).filter((pl.col("time") >= microseconds(first)) & (pl.col("time") < microseconds(last)))
        fresh = warnings_of(flows, matcher, matcher, answers=answers, retro=True)
        hits, looked_at = hits + len(fresh), looked_at + len(flows)
        found = together(pl.concat([found, fresh]), by_address=by_address)
    return Replayed(found, hits, looked_at)


def rows_of_file(path: str, table: Table) -> pl.DataFrame:
    """A stored file of a table, with all columns that it has now, as batches have them. Raises VardeError where it cannot be read."""
    try:
        stored = pl.read_parquet(path, hive_partitioning=False, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise VardeError(f"cannot read {path}: {str(error).partition(chr(10))[0]}. It may have been merged meanwhile: try again.") from error
    whole = stored.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in schema_of(table).items() if name not in stored.columns)
    return whole.select(pl.col(name).cast(dtype) for name, dtype in schema_of(table).items())
