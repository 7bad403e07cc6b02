"""Scans by flags that no connection begins with: by one source, or by several that each sent some within hours."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from varde.detect.campaign import Campaign
from varde.detect.habits import HOUR_US
from varde.detect.oddness import NAMES, NULL, ONLY_FIN, SYN_FIN, XMAS
from varde.detect.shape import Array, Cells, campaign, cells_of
from varde.detect.single import confidence

CELLS_MIN = 8
"""Ports of targets that were tried so, at least; of fewer somebody's network stack is broken."""

PAUSE_US = 12 * HOUR_US
"""What comes so long after the last of its kind is something else."""

EACH_MIN = 2
"""Of each of several sources: one packet accuses nobody."""

MEANT = (XMAS, NULL, ONLY_FIN, SYN_FIN)
"""That only a program made for it sends: those of several sources within hours are of one scan."""


def of_flags(cells: pl.DataFrame, since: int = 0) -> Iterator[Campaign]:
    """Campaigns of kind flags to which something came after `since`. `cells`: rows of knocked.SCHEMA."""
    odd = cells.filter(pl.col("what") >= 2**24).sort("first")
    if odd.is_empty():
        return
    columns = cells_of(odd)
    done = np.zeros(len(columns), dtype=bool)
    for src in np.unique(columns.src):
        for rows in _goes(columns.first, np.flatnonzero(columns.src == src)):
            if len(rows) < CELLS_MIN:
                continue
            done[rows] = True
            if columns.last[rows].max() > since:
                yield _named(columns.take(rows))
    for flags in MEANT:
        for rows in _goes(columns.first, np.flatnonzero(~done & (columns.odd == flags))):
            own = rows[_counts(columns.src[rows]) >= EACH_MIN]
            if len(own) >= CELLS_MIN and len(own) > len(rows) / 2 and columns.last[own].max() > since:
                yield _named(columns.take(own))


def _goes(times: Array, rows: Array) -> list[Array]:
    """Rows in order of time, parted where nothing came for PAUSE_US."""
    return np.split(rows, np.flatnonzero(np.diff(times[rows]) > PAUSE_US) + 1)


def _counts(values: np.ndarray) -> Array:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(counts[which])


def _named(cells: Cells) -> Campaign:
    name = NAMES[int(np.bincount(cells.odd).argmax())]
    return campaign("flags", cells, flags=name, confidence=confidence(cells, -np.inf))
