"""Where captions of findings stand: close to what they name, on nothing that was drawn.

A caption that finds no free place near its outline leaves its number there and is told beside the picture."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.query import Answer
from varde.views.outlines import (
    Group,
    Mark,
    Point,
    Polygon,
    Sheet,
    Width,
    cut,
    edge_points,
    grouped,
    outline_of,
    taken_of,
)

LINES_MAX = 3
"""Of a caption in the picture: more than that is a paragraph among dots."""

PAD = 3
"""Free pixels around words."""

CLOSE = 12.0
"""Pixels from an outline within which words are plainly its own; further away a line leads to them."""

REACH = 110.0
"""Pixels that a caption may be away: along a longer line the eye is lost among the dots, and the number serves better."""

NUMBER_REACH = 400.0
"""Pixels that a number may be away."""

GRID_MAX = 1_000_000
"""Cells in which free places are looked for: of a larger picture each stands for several pixels, taken where one of them is."""

_STEP = 8.0  # pixels between points of an edge that distances are measured to
_STRIDE = 2  # cells from one candidate to the next, both ways

Taken = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Letters:
    """How large words are in pixels: of a line the width at least, and the height."""

    width: Width
    line: float
    captions: bool = True
    "Or numbers alone, where the picture is small."
    beside: int = 0
    "Pixels right of the picture that are free, for numbers."
    above: int = 0
    "Pixels above it."


@dataclass(frozen=True, slots=True)
class Box:
    """From the left and the top of the port area."""

    left: float
    top: float
    width: float
    height: float

    def nearest(self, point: Point) -> Point:
        return min(max(point[0], self.left), self.left + self.width), min(max(point[1], self.top), self.top + self.height)


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding in a picture: its outline, and its caption or number there."""

    group: Group
    outline: Polygon
    words: tuple[str, ...]
    "Lines, the first of which begins with the number."
    box: Box
    leader: tuple[Point, Point] | None
    "From the words to the outline, where they are not beside it."
    is_left: bool
    "Whether the words stand left of the outline, so that they end at the right of their box."
    told: bool
    "Whether the words are the caption; otherwise they are the number alone."

    @property
    def number(self) -> int:
        return self.group.number

    @property
    def mark(self) -> Mark:
        return self.group.mark


@dataclass(frozen=True, slots=True)
class Marked:
    """The findings of a picture; `left_out` are those that it has and does not show."""

    placed: tuple[Placed, ...] = ()
    left_out: int = 0

    @property
    def untold(self) -> tuple[Placed, ...]:
        """Those whose captions must stand elsewhere."""
        return tuple(one for one in self.placed if not one.told)


NOTHING = Marked()


def mark_out(marks: Sequence[Mark], answer: Answer, letters: Letters) -> Marked:
    """Outline and caption the first of the marks that lie in a picture. The same marks and answer give the same places."""
    return placed_in(answer, *grouped(marks, answer), letters)


def placed_in(answer: Answer, groups: Sequence[Group], left_out: int, letters: Letters) -> Marked:
    """The same for marks that are grouped already, perhaps by a larger picture of the same."""
    sheet = Sheet.of(answer)
    outlines = [outline_of(group.mark, sheet) for group in groups]
    table = _Table(taken_of(answer), letters, [outline for outline in outlines if outline])
    found = [_placed(group, outline, table, letters) if outline else None for group, outline in zip(groups, outlines, strict=True)]
    missed = [1 + len(group.alike) for group, one in zip(groups, found, strict=True) if one is None]
    return Marked(tuple(one for one in found if one is not None), left_out + sum(missed))


def _placed(group: Group, outline: Polygon, table: "_Table", letters: Letters) -> Placed | None:
    edge, number = edge_points(outline, _STEP), (str(group.number),)
    spot = _caption_spot(group, edge, table, letters) if letters.captions else None
    told = spot is not None
    spot = spot or _spot(number, edge, table, letters, NUMBER_REACH) or _spot(number, edge, table.wider(), letters, math.inf)
    if spot is None:
        return None
    near = edge[int(np.argmin([math.dist(spot.box.nearest((x, y)), (x, y)) for x, y in edge]))]
    end = (float(near[0]), float(near[1]))
    start = spot.box.nearest(end)
    leader = (start, end) if math.dist(start, end) > CLOSE else None
    table.take(spot.box, leader)
    return Placed(group, outline, spot.words, spot.box, leader, end[0] > spot.box.left + spot.box.width / 2, told)


@dataclass(frozen=True, slots=True)
class _Spot:
    words: tuple[str, ...]
    box: Box
    away: float


def _caption_spot(group: Group, edge: NDArray[np.float64], table: "_Table", letters: Letters) -> _Spot | None:
    """In few lines beside the outline, or in the number of lines that brings it closest."""
    best: _Spot | None = None
    for words in _broken(f"{group.number} {group.caption}"):
        spot = _spot(words, edge, table, letters, REACH)
        if spot and (best is None or spot.away < best.away):
            best = spot
        if best and best.away <= CLOSE:
            break
    return best


def _broken(words: str) -> Iterator[tuple[str, ...]]:
    """In one line, in two, in three; as even as words are."""
    for lines in range(1, LINES_MAX + 1):
        broken = tuple(textwrap.wrap(words, math.ceil(len(words) / lines) + 3 * (lines > 1)))
        if len(broken) == lines:
            yield broken


def _spot(words: tuple[str, ...], edge: NDArray[np.float64], table: "_Table", letters: Letters, reach: float) -> _Spot | None:
    width, height = max(letters.width(line) for line in words) + 2 * PAD, letters.line * len(words) + 2 * PAD
    found = table.nearest(width, height, edge, reach)
    return found and _Spot(words, Box(found[0] + PAD, found[1] + PAD, width - 2 * PAD, height - 2 * PAD), found[2])


class _Table:
    """What of a picture and its margins is taken: by data, outlines and what is in them, words, leaders."""

    def __init__(self, data: Taken, letters: Letters, outlines: Sequence[Polygon]) -> None:
        self._above = letters.above
        drawn = np.pad(data, ((letters.above, 0), (0, letters.beside)))
        self._cell = max(1, math.ceil(math.sqrt(drawn.size / GRID_MAX)))
        self._limits = drawn.shape[1], drawn.shape[0]
        lowered = [tuple((x, y + self._above) for x, y in outline) for outline in outlines]
        for outline in lowered:
            _draw(drawn, edge_points(outline, 0.5))
        inside = drawn.copy()
        for outline in lowered:
            _fill(inside, outline)
        self._strict, self._drawn = _coarse(inside, self._cell), _coarse(drawn, self._cell)
        self._taken = self._strict

    def wider(self) -> "_Table":
        """The same, where words may stand in outlines too: for what found no place else."""
        self._taken = self._drawn
        return self

    def nearest(self, width: float, height: float, edge: NDArray[np.float64], reach: float) -> tuple[float, float, float] | None:
        """Left and top of the free box nearest to an edge, and how far it is; None where none is within reach."""
        cells = math.ceil(width / self._cell), math.ceil(height / self._cell)
        edge = edge + np.array([0.0, self._above])
        rows, columns = _free(self._taken, *cells)
        left, top = (cells_at.astype(np.float64) * self._cell for cells_at in (columns, rows))
        near = _reachable(left, top, cells[0] * self._cell, cells[1] * self._cell, edge, reach)
        near &= (left + width <= self._limits[0]) & (top + height <= self._limits[1])
        left, top = left[near], top[near]
        if not len(left):
            return None
        away = _away(left, top, width, height, edge)
        best = int(np.lexsort((left, top, away.round(1)))[0])
        return (float(left[best]), float(top[best]) - self._above, float(away[best])) if away[best] <= reach else None

    def take(self, box: Box, leader: tuple[Point, Point] | None) -> None:
        """What stands there now is in the way of what comes after."""
        top = box.top + self._above
        rows = slice(int(top // self._cell), math.ceil((top + box.height) / self._cell))
        columns = slice(int(box.left // self._cell), math.ceil((box.left + box.width) / self._cell))
        for grid in (self._strict, self._drawn):
            grid[rows, columns] = True
            if leader:
                _draw(grid, (np.linspace(*leader, 2 + int(math.dist(*leader))) + np.array([0.0, self._above])) / self._cell)
        self._taken = self._strict


def _draw(grid: Taken, points: NDArray[np.float64]) -> None:
    """Take the cells of points, and those that a line of a pixel touches beside them."""
    for beside in (-0.5, 0.5):
        column, row = np.floor(points + beside).astype(np.int64).T
        inside = (row >= 0) & (column >= 0) & (row < grid.shape[0]) & (column < grid.shape[1])
        grid[row[inside], column[inside]] = True


def _fill(grid: Taken, outline: Polygon) -> None:
    """Take the rows of a convex polygon between its edges."""
    for row in range(max(0, math.floor(min(y for _, y in outline))), min(grid.shape[0], math.ceil(max(y for _, y in outline)))):
        crossed = [x for x, _ in cut(outline, -math.inf, row, math.inf, row + 1)]
        if crossed:
            grid[row, max(0, math.floor(min(crossed))) : max(0, math.ceil(max(crossed)))] = True


def _coarse(grid: Taken, cell: int) -> Taken:
    """Cells of several pixels: taken where one of them is."""
    if cell == 1:
        return grid.copy()
    rows, columns = (-(-size // cell) for size in grid.shape)
    whole = np.ones((rows * cell, columns * cell), dtype=bool)
    whole[: grid.shape[0], : grid.shape[1]] = grid
    return np.asarray(whole.reshape(rows, cell, columns, cell).any(axis=(1, 3)))


def _free(taken: Taken, width: int, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns where a box of so many cells can begin, by the sums of the table above and left of each cell."""
    if width > taken.shape[1] or height > taken.shape[0]:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    sums = np.pad(taken.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32), ((1, 0), (1, 0)))
    within = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    rows, columns = np.nonzero(within[::_STRIDE, ::_STRIDE] == 0)
    return rows * _STRIDE, columns * _STRIDE


def _reachable(left: NDArray[np.float64], top: NDArray[np.float64], width: float, height: float, edge: NDArray[np.float64], reach: float) -> Taken:
    """Boxes that can be within reach, by what encloses the edge."""
    (x0, y0), (x1, y1) = edge.min(axis=0), edge.max(axis=0)
    near: Taken = (left <= x1 + reach) & (left + width >= x0 - reach) & (top <= y1 + reach) & (top + height >= y0 - reach)
    return near


def _away(left: NDArray[np.float64], top: NDArray[np.float64], width: float, height: float, edge: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each box is from the nearest point of an edge."""
    best = np.full(len(left), np.inf)
    for x, y in edge:
        dx = np.maximum(np.maximum(left - x, x - left - width), 0)
        dy = np.maximum(np.maximum(top - y, y - top - height), 0)
        np.minimum(best, dx * dx + dy * dy, out=best)
    return np.asarray(np.sqrt(best))
