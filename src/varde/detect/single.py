"""What one source did, by the shape of its cells: many ports of a target, many targets, both; at once, or slowly and in order."""

from collections.abc import Iterator

import numpy as np

from varde.detect.campaign import Campaign
from varde.detect.popularity import Popularity
from varde.detect.ranks import tau
from varde.detect.shape import Array, Cells, campaign

MINUTE_US = 60_000_000

AT_ONCE = 30 * MINUTE_US
"""Cells within such a time of each other are one go."""

PORTS_MIN = TARGETS_MIN = 8
"""Ports, or targets, below which nothing is a scan: so many are tried by chance, and by clients that look for a service."""

MOST = 0.9
"""Share of a fast scan's cells that its fullest window of AT_ONCE has: another scan is a slow one."""

FEW_PORTS = 5
"""Ports of a sweep at most: of more it is a block."""

WEIGHT_MIN = 4.0
"""What ports that were tried at once must weigh together: four that hardly anybody tries, or more that some do."""

TAU_MIN = 0.5
LOG_P_ORDER = np.log(1e-4)
SLOW_MIN = 30 * MINUTE_US


def judged(cells: Cells, popularity: Popularity, scale: int = 1) -> Iterator[Campaign]:
    """Campaigns of one source and protocol; cells in order of time, those alone that were refused."""
    at_once = _at_once(cells, popularity)
    for go in np.unique(at_once[at_once > 0]):
        found = _fast(cells.take(at_once == go), scale)
        if found is not None:
            yield found
        else:
            at_once[at_once == go] = 0
    slow = _slow(cells.take(at_once == 0), scale)
    if slow is not None:
        yield slow


def _at_once(cells: Cells, popularity: Popularity) -> Array:
    """Number of the go that each cell belongs to, 0 of none: runs of windows of AT_ONCE that have enough cells that weigh enough."""
    ends = np.searchsorted(cells.first, cells.first + AT_ONCE, side="right")
    places = np.arange(len(cells))
    dense = ends - places >= PORTS_MIN
    covered = np.zeros(len(cells) + 1, dtype=np.int64)
    np.add.at(covered, places[dense], 1)
    np.add.at(covered, ends[dense], -1)
    inside = np.cumsum(covered[:-1]) > 0
    begins = inside & ~np.concatenate([[False], inside[:-1]])
    return np.asarray(np.cumsum(begins) * inside)


def _fast(cells: Cells, scale: int) -> Campaign | None:
    if _densest(cells) < MOST * len(cells):
        return None
    ports, targets = len(np.unique(cells.port)), len(np.unique(cells.target))
    if ports > FEW_PORTS and targets >= TARGETS_MIN:
        return campaign("block", cells, scale)
    if ports >= PORTS_MIN:
        return campaign("vertical", cells, scale)
    if targets >= TARGETS_MIN and ports <= FEW_PORTS:
        return campaign("horizontal", cells, scale)
    return None


def _densest(cells: Cells) -> int:
    """How many cells are in the fullest window of AT_ONCE."""
    return int((np.searchsorted(cells.first, cells.first + AT_ONCE, side="right") - np.arange(len(cells))).max())


def first_touches(cells: Cells) -> Cells:
    """The first cell of each port, in order of time."""
    return cells.take(np.sort(np.unique(cells.port, return_index=True)[1]))


def _slow(cells: Cells, scale: int) -> Campaign | None:
    ports = first_touches(cells)
    if len(ports) < PORTS_MIN or ports.first[-1] - ports.first[0] < SLOW_MIN:
        return None
    found, log_p = tau(ports.port)
    if abs(found) > TAU_MIN and log_p < LOG_P_ORDER:
        return campaign("diagonal", cells, scale, log_p=log_p, tau=found, order="up" if found > 0 else "down")
    return None

