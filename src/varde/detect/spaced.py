"""Groups of sources that each did little, and whose ports, or addresses, together lie at equal distances."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from varde.detect.evidence import log_even, together
from varde.detect.progressions import Progression, progressions
from varde.detect.ranks import tau
from varde.detect.shared import (
    CELLS_EACH,
    OWN_MIN,
    PLACES_MIN,
    SPANS,
    TWICE,
    Array,
    Group,
    Points,
    window_of,
    windows_known,
    windows_of,
)

LOOKED_MAX = 512
"""Protocols (of addresses ports) and windows that are looked through of each length, those with the fewest tries: a flood makes no more of them."""


CROWDED = 0.25
"""Share of all ports, or targets, that are tried in a window, from which on some lie at equal distances by chance."""


def spaced(points: Points, log_p_max: float, since: int = 0) -> list[Group]:
    """Groups of which chance has at most exp(`log_p_max`). `since`: windows that ended before it are not looked at again."""
    tries = _Tries(points)
    found = (group for span, shifted in itertools.product(SPANS, (False, True)) for group in _of_windows(points, tries, span, shifted, since))
    return [group for group in found if group.log_p < log_p_max]


def _of_windows(points: Points, known_tries: "_Tries", span: int, shifted: bool, since: int) -> Iterator[Group]:
    at = windows_of(points.time, span, shifted)
    order = np.lexsort((points.source, at, points.unit))
    parts = _runs(points.unit[order], at[order])
    each = _runs(points.unit[order], at[order], points.source[order])
    tries = np.bincount(each)[each]
    little = (tries >= CELLS_EACH) & (known_tries.of_source[order] < OWN_MIN) & (at[order] >= window_of(since, span, shifted))
    counts = np.bincount(parts, little)
    enough = np.flatnonzero(counts >= PLACES_MIN)
    known = windows_known(points, span, shifted)
    for part in np.sort(enough[np.argsort(counts[enough], kind="stable")[:LOOKED_MAX]]):  # unit by unit
        begin, end = np.searchsorted(parts, (part, part + 1))
        found = _of_part(points, known_tries, order[begin:end][little[begin:end]], known)
        if found is not None:
            yield found


class _Tries:
    """How often each port, or target, is tried at all, by unit; and how many each row's source tries of its unit."""

    def __init__(self, points: Points) -> None:
        order = np.argsort(points.unit, kind="stable")
        self._units, self._numbers = points.unit[order], points.number[order]
        order = np.lexsort((points.source, points.unit))
        each = _runs(points.unit[order], points.source[order])
        self.of_source = np.zeros(len(order), dtype=np.int64)
        self.of_source[order] = np.bincount(each)[each] if len(each) else 0
        self._extent = int(points.number.max(initial=0)) + 1
        self._last: tuple[int, Array] = (-1, np.zeros(0, dtype=np.int64))

    def of(self, unit: int) -> Array:
        if self._last[0] != unit:
            begin, end = np.searchsorted(self._units, unit), np.searchsorted(self._units, unit, side="right")
            self._last = unit, np.bincount(self._numbers[begin:end], minlength=self._extent)
        return self._last[1]


def _runs(*columns: Array) -> Array:
    """Of rows in order of columns, the number of the run of equal ones that each is in."""
    new = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        new[1:] |= np.diff(column) != 0
    return np.cumsum(new)


def _of_part(points: Points, tries: _Tries, own: Array, known: int) -> Group | None:
    """Of the rows of one window and unit the least likely group."""
    inside, counts = np.unique(points.number[own], return_counts=True)
    every = tries.of(int(points.unit[own[0]]))
    if len(inside) < PLACES_MIN or len(inside) > CROWDED * len(every):
        return None
    others = every.astype(np.float64)
    others[inside] -= counts
    for one in progressions(inside, others / max(1, known - 1), points.step_max):
        rows = own[np.isin(points.number[own], one.places)]
        found = _group(points, rows[_several(points.source[rows])], one, math.log(known * len(SPANS) * 2))
        if found is not None:
            return found
    return None


def _several(sources: Array) -> NDArray[np.bool_]:
    """Whether each row's source has enough of the rows."""
    _, which, counts = np.unique(sources, return_inverse=True, return_counts=True)
    return np.asarray((counts >= CELLS_EACH)[which])


def _group(points: Points, rows: Array, one: Progression, log_tests: float) -> Group | None:
    """The rows as a group, if they are most of the progression, of several sources, and hardly anything twice."""
    rows = rows[np.argsort(points.time[rows], kind="stable")]
    places, firsts = np.unique(points.number[rows], return_index=True)
    several = len(np.unique(points.source[rows])) > 1
    if not several or len(places) < max(PLACES_MIN, (1 - TWICE) * one.length) or len(rows) - len(places) > TWICE * len(rows):
        return None
    union = rows[np.sort(firsts)]
    found, log_order = tau(points.number[union])
    return Group(rows, together([one.log_p, log_order, log_even(points.time[union])]) + log_tests, found, log_order)
