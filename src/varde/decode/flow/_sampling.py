"""One packet of how many was looked at: as configured, as the record says, or as options data and header say."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.flow._records import Records, values
from varde.decode.flow._rows import Rows

RATE_MAX = 2**32
"""Sampling that nobody does is damage."""


def sampling_of(records: Records, rows: Rows) -> Any:
    """One number for all rows, a series, or None where nobody says.

    An interval of 0 is no answer: taken as one it would make every counter 0."""
    fixed = rows.of_sets("sampling")
    own = _own(records)
    if own is None and not (set(records.layout.slots) & {"selector", "in_if", "out_if"} and _varies(rows)):
        told = np.array([facts.rate(None, None) or 0 for facts in rows.facts], np.int64)
        return _column(rows, np.where(fixed > 0, fixed, told[rows.of_sets("facts")]))
    found = rows.spread(fixed)
    if own is not None:
        found = np.where(found > 0, found, own)
    return _series(np.where(found > 0, found, _by_record(records, rows)))


def _varies(rows: Rows) -> bool:
    """Whether any exporter's sampling depends on more than its domain."""
    return any(facts.selectors or facts.by_interface for facts in rows.facts)


def _own(records: Records) -> NDArray[np.int64] | None:
    """As the record says: an interval, or packets taken and packets passed over (RFC 7012: elements 305 and 306)."""
    slots = records.layout.slots
    if "interval" in slots:
        return values(records, slots["interval"])
    if "sampled" in slots and "passed_over" in slots:
        taken = values(records, slots["sampled"])
        return np.where(taken > 0, (taken + values(records, slots["passed_over"])) // np.maximum(taken, 1), 0)
    return None


def _by_record(records: Records, rows: Rows) -> NDArray[np.int64]:
    """By the selector that a record names, or its interface; each distinct combination is looked up once."""
    slots = records.layout.slots
    keys = {"facts": rows.each("facts")}
    keys |= {name: values(records, slots[name]) for name in ("selector", "in_if") if name in slots}
    frame = pl.DataFrame(keys)
    distinct = frame.unique()
    rates = [rows.facts[row["facts"]].rate(row.get("selector"), row.get("in_if")) or 0 for row in distinct.iter_rows(named=True)]
    joined = frame.join(distinct.with_columns(pl.Series("rate", rates, dtype=pl.Int64)), on=list(keys), how="left", maintain_order="left")
    return joined["rate"].to_numpy()


def _column(rows: Rows, of_sets: NDArray[np.int64]) -> Any:
    only = rows.only(of_sets)
    if only is not None:
        return int(only) if 0 < only <= RATE_MAX else None
    return _series(rows.spread(of_sets))


def _series(rates: NDArray[np.int64]) -> pl.Series:
    made = pl.Series(rates)
    return made.set((made <= 0) | (made > RATE_MAX), None)
