"""What a dialect of sightings is: a function from lines to what another program found on a list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.lines import Lines

ROW = "row"
"""The place of a sighting's line in the block."""

SCHEMA: dict[str, pl.DataType] = {
    ROW: pl.Int64(),
    **dict.fromkeys(
        ("stamp", "kind", "src", "src_port", "dst", "dst_port", "proto", "name", "asked", "indicator", "seen", "outcome", "lists", "community_id"),
        pl.String(),
    ),
}
"""Columns of a sighting, all text as it was written. `kind` is that of the stamp (see `varde.decode.stamps`); `proto` is a
protocol's name or number."""


def sightings(rows: Iterator[dict[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """Rows with all columns of SCHEMA: those they lack are null, others go."""
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows), schema=SCHEMA)
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in SCHEMA.items()
    )


def _no_rows() -> NDArray[np.intp]:
    return np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Found:
    """What a dialect made of lines: sightings, and by reason the rows of lines that are its own and cannot be read."""

    sightings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    damaged: dict[str, NDArray[np.intp]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format of sightings. One of `pivots` stands in each line that has one, and in few others."""

    name: str
    title: str
    manual: str
    pivots: tuple[str, ...]
    read: Callable[[Lines], Found]
    example: str
    fix: str = ""
    "What to set so that it is written."
    clock: str = ""
    "What to set so that its stamps have year and zone."
