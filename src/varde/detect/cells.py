"""Which source tried which port of which target, when first and how often, in bounded memory.

    packets --knocked--> one row each --> cells of HORIZON

Three bounds, and what each leaves out is counted. A source keeps SOURCE_CELLS cells: beyond that those whose hash ends in enough zeros
(as `crowds` samples), so that ports and targets are still told in number. All together keep CELLS_MAX: sources with the fewest cells go
first, and among those it is drawn by the key who goes, so that a flood of invented sources pushes out its own. Cells that nobody tried
for HORIZON are forgotten."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from varde.detect.knocked import SCHEMA, Key

DAY_US = 86_400_000_000

HORIZON = 7 * DAY_US
"""A scan that takes longer between two ports is not told from chance."""

CELLS_MAX = 1_000_000
"""Cells of all sources, 70 MB: a week of a busy edge has 200,000."""

SOURCE_CELLS = 4_096
"""Cells of one source, beyond which it keeps a half of those it has, and again: enough for any shape that a picture can show."""

SOURCE_CELLS_MIN = 1_024
"""How many are left of a source at least when it is halved until it fits."""

FILLED = 0.75
"""Share of CELLS_MAX that is kept where there was more, so that not every packet of a flood makes all be looked through."""

BUFFER_ROWS = 250_000
"""Packets that are put together before they are made cells."""


@dataclass(slots=True)
class Left:
    """Packets, and cells, that are counted and no longer kept one by one."""

    sampled: int = 0
    "Packets to cells that the sample of their source leaves out: their source is told all the same."
    crowded: int = 0
    "Cells of sources that had the fewest when there were too many."
    late: int = 0
    "Packets older than HORIZON when they came."


class Cells:
    """Takes rows of `knocked`, in any order within HORIZON."""

    def __init__(self, key: Key, cells_max: int = CELLS_MAX, source_cells: int = SOURCE_CELLS) -> None:
        self._key = key
        self._cells_max, self._source_cells = cells_max, source_cells
        self._kept = pl.DataFrame(schema=SCHEMA)
        self._fresh: list[pl.DataFrame] = []
        self._fresh_rows = 0
        self._raw: list[pl.DataFrame] = []
        self._raw_rows = 0
        self._levels: dict[int, int] = {}
        self._newest = 0
        self.left = Left()

    def __len__(self) -> int:
        return len(self._kept) + self._fresh_rows + self._raw_rows

    def add(self, rows: pl.DataFrame) -> None:
        self._raw.append(rows)
        self._raw_rows += len(rows)
        if self._raw_rows >= BUFFER_ROWS:
            self._fold()

    def settle(self) -> pl.DataFrame:
        """All cells, each once. SCHEMA."""
        self._fold()
        self._merge()
        return self._kept

    def scale(self, src: int) -> int:
        """How many cells of a source each of those that are kept stands for."""
        return 1 << self._levels.get(src, 0)

    def _fold(self) -> None:
        if not self._raw:
            return
        rows = together(self._within(pl.concat(self._raw)))
        self._raw, self._raw_rows = [], 0
        self._fresh.append(rows)
        self._fresh_rows += len(rows)
        if self._fresh_rows >= max(BUFFER_ROWS, len(self._kept) // 2):
            self._merge()

    def _within(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that are not too old, nor left out of the sample of their source."""
        self._newest = max(self._newest, int(rows["first"].to_numpy().max(initial=0)))
        young = rows.filter(pl.col("last") > self._newest - HORIZON)
        self.left.late += len(rows) - len(young)
        return self._sampled(young) if self._levels else young

    def _sampled(self, rows: pl.DataFrame) -> pl.DataFrame:
        keys = list(self._levels)
        levels = rows["src"].replace_strict(keys, [self._levels[src] for src in keys], default=0, return_dtype=pl.UInt64).to_numpy()
        keep = (rows["cell"].to_numpy() & ((np.uint64(1) << levels) - np.uint64(1))) == 0
        self.left.sampled += int(rows["count"].to_numpy()[~keep].sum())
        return rows.filter(keep)

    def _merge(self) -> None:
        if not self._fresh:
            return
        rows = together(pl.concat([self._kept, *self._fresh]))
        self._fresh, self._fresh_rows = [], 0
        rows = rows.filter(pl.col("last") > self._newest - HORIZON)
        rows = self._halved(rows)
        self._kept = self._thinned(rows) if len(rows) > self._cells_max else rows
        self._levels = {src: level for src, level in self._levels.items() if level} if len(self._levels) < 10_000 else self._known_levels()

    def _known_levels(self) -> dict[int, int]:
        there = set(self._kept["src"].unique().to_list())
        return {src: level for src, level in self._levels.items() if src in there}

    def _halved(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Sources with too many cells lose those whose hash does not end in so many zeros."""
        many = rows.group_by("src").len().filter(pl.col("len") > self._source_cells)
        for src, count in many.iter_rows():
            level = self._levels.get(src, 0)
            self._levels[src] = level + max(1, (count // self._source_cells).bit_length())
        return self._sampled(rows) if len(many) else rows

    def _thinned(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Whole sources go, those with the fewest cells first, until FILLED."""
        sources = rows.group_by("src").len()
        drawn = self._key.mixed(sources["src"].to_numpy())
        order = np.lexsort((drawn, sources["len"].to_numpy()))[::-1]
        kept = np.cumsum(sources["len"].to_numpy()[order]) <= self._cells_max * FILLED
        stay = sources["src"].gather(pl.Series(order[kept]))
        left = rows.filter(pl.col("src").is_in(stay.implode()))
        self.left.crowded += len(rows) - len(left)
        return left


def together(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of SCHEMA with each cell once."""
    return rows.group_by("cell").agg(
        pl.col("src", "dst_high", "dst_low", "what").first(), pl.col("first").min(), pl.col("last").max(), pl.col("count", "allowed").sum(), pl.col("mark").first(),
    ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())  # fmt: skip
