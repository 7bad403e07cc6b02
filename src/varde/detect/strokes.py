"""What sources tried lately, every time: points of which drawings are told. Cells keep the first and the last alone.

Bounded by POINTS_KEPT and POINTS_FOR. In a flood the oldest go: then a drawing is not seen, and is told as what else it looks like."""

from collections import deque

import numpy as np
import polars as pl

from varde.detect.drawings import SPAN_MAX, SPAN_MIN, Sketch, drawn, is_scan_too
from varde.detect.shape import Array, Cells, cells_of

POINTS_KEPT = 1_000_000
"""20 MB."""

POINTS_FOR = SPAN_MAX + SPAN_MIN
"""us: as long as a picture may take, and what a judgement comes late by."""

PORTS_MIN, PACKETS_MIN = 6, 10
"""Different ports, and packets, of a source that may draw."""

SOURCES_MAX = 128
"""Sources of which points are looked through in a judgement, the busiest."""


class Strokes:
    """Takes rows of `knocked` as they come."""

    def __init__(self, most: int = POINTS_KEPT) -> None:
        self._frames: deque[pl.DataFrame] = deque()
        self._most = most
        self._rows = 0
        self._newest = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        kept = rows.select("src", "what", "first").tail(self._most)
        self._newest = max(self._newest, int(kept["first"].to_numpy().max()))
        self._frames.append(kept)
        self._rows += len(kept)
        while len(self._frames) > 1 and (self._rows > self._most or int(self._frames[0]["first"].to_numpy()[-1]) < self._newest - POINTS_FOR):
            self._rows -= len(self._frames.popleft())

    def drawings(self, grouped: pl.DataFrame, since: int) -> list[tuple[Cells, Array]]:
        """Cells of each drawing that went on after `since`, and those rows of `grouped`, cells by source and protocol, that are nothing else: none
        where it is a scan too."""
        many = grouped.group_by("group").agg(
            pl.col("src", "proto").first(), ports=pl.col("what").n_unique(), packets=pl.col("count").sum(), begin=pl.col("first").min(), end=pl.col("last").max()
        )  # fmt: skip
        lively = many.filter(pl.col("ports") >= PORTS_MIN, pl.col("packets") >= PACKETS_MIN, pl.col("end") > since, pl.col("end") - pl.col("begin") >= SPAN_MIN)
        chosen = lively.sort("packets", "group", descending=[True, False]).head(SOURCES_MAX)
        if chosen.is_empty() or not self._frames:
            return []
        sketches = self._sketches(chosen)
        group = grouped["group"].to_numpy()
        cells = cells_of(grouped)
        return [_of_cells(cells, group, friends) for friends in drawn(sketches)]

    def _sketches(self, chosen: pl.DataFrame) -> list[Sketch]:
        points = pl.concat(list(self._frames)).with_columns(proto=pl.col("what") & 0xFF0000)
        own = points.join(chosen.select("src", "proto", "group"), on=["src", "proto"], how="inner").sort("group", "first")
        parts = own.partition_by("group", maintain_order=True)
        return [Sketch(part["group"].to_numpy()[:1], part["first"].to_numpy(), (part["what"].to_numpy() & 0xFFFF).astype(np.int64)) for part in parts]


def _of_cells(cells: Cells, group: Array, friends: list[Sketch]) -> tuple[Cells, Array]:
    groups = np.concatenate([one.rows for one in friends])
    begin, end = min(int(one.time[0]) for one in friends), max(int(one.time[-1]) for one in friends)
    rows = np.flatnonzero(np.isin(group, groups) & (cells.last >= begin) & (cells.first <= end))
    rows = rows[np.argsort(cells.first[rows], kind="stable")]
    return cells.take(rows), rows[:0] if is_scan_too(friends) else rows
