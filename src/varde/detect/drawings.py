"""Drawings in the log: ports chosen and moments paced so that the Fireplot shows strokes.

A stroke goes on as it went: after a move up to the nearest point that follows comes another one up. Of a shuffled scan it does not, and a
scan in order goes one way; what goes up and down along smooth paths, maybe several at once, is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.detect.habits import HOUR_US
from varde.detect.ranks import tau

Array = NDArray[np.int64]
Floats = NDArray[np.float64]

POINTS_MIN = 40
"""Of fewer nobody sees a picture."""

POINTS_MAX = 4_000
"""Of more, so many of them evenly."""

PORTS_MIN, PORTS_MAX = 8, 2_000
"""Different ports: who tries more than that scans, whatever it looks like."""

SPAN_MIN, SPAN_MAX = HOUR_US // 2, 48 * HOUR_US
"""Of the picture: less is a line on the plot of a day, more no picture."""

AHEADS = (1, 4, 8, 12)
"""Points that follow, the nearest of which goes on with a stroke: as many strokes may be drawn at once."""

GOES_ON, BY_CHANCE = 0.74, 0.65
"""Share of moves after which the stroke goes on in the same direction: what is drawn has more, what is shuffled, even block by block, at
most about the second."""

SIGMAS = 3.0

BOTH_WAYS = 0.2
"""Share of moves up, and of moves down, at least: a scan in order, again and again, goes one way."""

ONE_WAY = 0.5
"""tau from which on it is a scan in order."""

FRIENDS_MAX = 8
"""Sources of one drawing at most."""

TOGETHER, TURNS = 0.1, 4.0
"""Share of its span by which the sources of one drawing may begin, and end, apart; and how many pauses of one that drew little: it waits until it is
its turn."""

ALIKE = 2.0
"""Times as much as another that one drew at most, where both took turns."""

EVEN_SHARE = 0.5
"""Share of distances between neighbouring ports that are the same: who goes through a range has them all, who draws takes the port that a line meets."""

STROKE_MAX = 40
"""Ports in a row up, or down, by one pen, on the average, from which on it is a scan back and forth."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What one source and protocol tried, every time: moments and ports in order of time. `rows` are where its cells are."""

    rows: Array
    time: Array
    port: Array


def drawn(sketches: list[Sketch]) -> Iterator[list[Sketch]]:
    """Sketches that are drawings: those of friends together, then each by itself. A scan in order is nobody's friend: two at once are two."""
    left = [sketch for sketch in sketches if len(sketch.time) and not _in_order(sketch.port)]
    for friends in _friends(left):
        together = _of_friends(friends)
        if together:
            yield together
        yield from ([one] for one in friends if not any(one is other for other in together) and is_drawn(one))


def is_scan_too(sketches: list[Sketch]) -> bool:
    """Whether a drawing goes through a range of ports, back and forth: who scans must not hide in the gallery."""
    port = _thinned(_joined(sketches))[1]
    gaps = np.diff(np.unique(port))
    turns = int((np.diff(np.sign(np.diff(port))) != 0).sum())
    return bool(np.unique(gaps, return_counts=True)[1].max() >= EVEN_SHARE * len(gaps)) or len(port) >= STROKE_MAX * (turns + 1)


def _in_order(ports: Array) -> bool:
    return abs(tau(ports)[0]) > ONE_WAY


def _friends(sketches: list[Sketch]) -> list[list[Sketch]]:
    """Sketches that begin and end at nearly the same time, each with those that it is nearest to."""
    groups: list[list[Sketch]] = []
    for one in sorted(sketches, key=lambda one: -len(one.time)):
        near = [(_apart(group[0], one), group) for group in groups if len(group) < FRIENDS_MAX]
        own = min((each for each in near if each[0] <= _together(each[1][0], one)), key=lambda each: each[0], default=None)
        if own is None:
            groups.append([one])
        else:
            own[1].append(one)
    return groups


def _apart(one: Sketch, other: Sketch) -> float:
    span = max(1, int(one.time[-1] - one.time[0]))
    return max(abs(int(one.time[0] - other.time[0])), abs(int(one.time[-1] - other.time[-1]))) / span


def _together(one: Sketch, other: Sketch) -> float:
    """How far apart two may be: who drew as little as the other waited for his turn."""
    alike = len(one.time) <= ALIKE * len(other.time)
    return max(TOGETHER, TURNS / len(other.time)) if alike else TOGETHER


def _of_friends(friends: list[Sketch]) -> list[Sketch]:
    """Those of them that drew together: all, or all but one who came by at the time; nobody where there is no picture."""
    whole = (friends, *([one for one in friends if one is not other] for other in friends if len(friends) > 2))
    return next((each for each in whole if len(each) > 1 and is_drawn(_joined(each))), [])


def _joined(sketches: list[Sketch]) -> Sketch:
    time, port = (np.concatenate([getattr(one, name) for one in sketches]) for name in ("time", "port"))
    order = np.argsort(time, kind="stable")
    return Sketch(np.concatenate([one.rows for one in sketches]), time[order], port[order])


def is_drawn(sketch: Sketch) -> bool:
    """Whether its points are strokes."""
    time, port = _thinned(sketch)
    ports = len(np.unique(port))
    if len(time) < POINTS_MIN or not SPAN_MIN <= time[-1] - time[0] <= SPAN_MAX or not PORTS_MIN <= ports <= PORTS_MAX:
        return False
    if _in_order(port):
        return False
    height = np.log(np.maximum(1, port).astype(np.float64))
    return any(_goes_on(height, ahead) for ahead in AHEADS)


def _goes_on(height: Floats, ahead: int) -> bool:
    """Whether moves to the nearest of so many following points mostly go on as they went, and both up and down."""
    windows = np.lib.stride_tricks.sliding_window_view(height, ahead + 1)
    ways = windows[:, 1:] - windows[:, :1]
    nearest = np.where(ways == 0, np.inf, np.abs(ways)).argmin(axis=1)
    moves = ways[np.arange(len(ways)), nearest]
    after = np.arange(len(ways)) + 1 + nearest
    here, then = moves[after < len(moves)], moves[after[after < len(moves)]]
    known = (here != 0) & (then != 0)
    count = int(known.sum())
    if count < POINTS_MIN / 2 or min((here[known] > 0).mean(), (here[known] < 0).mean()) < BOTH_WAYS:
        return False
    share = float((np.sign(here[known]) == np.sign(then[known])).mean())
    return share >= GOES_ON and (share - BY_CHANCE) > SIGMAS * float(np.sqrt(BY_CHANCE * (1 - BY_CHANCE) / count))


def _thinned(sketch: Sketch) -> tuple[Array, Array]:
    """Points without what was asked again at once, at most POINTS_MAX."""
    again = np.concatenate([[False], np.diff(sketch.port) == 0])
    time, port = sketch.time[~again], sketch.port[~again]
    if len(time) > POINTS_MAX:
        kept = np.linspace(0, len(time) - 1, POINTS_MAX).astype(np.int64)
        time, port = time[kept], port[kept]
    return time, port

