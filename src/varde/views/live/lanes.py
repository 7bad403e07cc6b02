"""Rows at both ends of the court, as on the page (`web/src/lanes.ts`): a name keeps its row while it is in use."""

import math
from dataclasses import dataclass, field

from varde.views.live.ball import GROUPS, Ball, share

IDLE = 1.6  # s after which a name gives its row to another
FADE = 6.0  # s after which nothing is left of a name
_WEIGHTS = {"logins": (0.42, 3), "tcp": (0.34, 3), "udp": (0.16, 2), "other": (0.08, 2)}
"""Share of the rows of each group, and how many it has at least."""

_PORTS_LOG = math.log(65536)
_V4 = 0.75  # of the height is for IPv4


@dataclass(slots=True)
class Lane:
    """A name in a row: when it was last used, how often since it has the row, and whether somebody was let in."""

    name: str
    used: float = -FADE
    count: int = 0
    accepted: bool = False


@dataclass(slots=True)
class Lanes:
    """A run of rows that names move into and out of; the last one is for all that found none."""

    size: int
    rows: list[Lane | None] = field(init=False)
    others: Lane = field(default_factory=lambda: Lane("others"))

    def __post_init__(self) -> None:
        self.rows = [None] * max(0, self.size - 1)

    def place(self, ball: Ball, name: str | None, wish: float, now: float) -> int:
        """The row of a name, the one at `wish` (0 to 1) or the nearest free one; the last where all are in use. None: of several."""
        at = len(self.rows) if name is None else self._find(name, wish, now)
        if at == len(self.rows) and name is not None and ball.accepted:
            at = self._evicted()
        if at < len(self.rows):
            lane = self.rows[at] or Lane(name or "")
            self.rows[at] = lane
        else:
            lane = self.others
        lane.used, lane.count, lane.accepted = max(lane.used, now), lane.count + ball.count, lane.accepted or ball.accepted
        return at

    def _find(self, name: str, wish: float, now: float) -> int:
        known = next((at for at, lane in enumerate(self.rows) if lane is not None and lane.name == name), None)
        if known is not None:
            return known
        middle = min(len(self.rows) - 1, max(0, int(wish * len(self.rows))))
        free = [at for at, lane in enumerate(self.rows) if lane is None or now - lane.used > IDLE * (2 if lane.accepted else 1)]
        if not free:
            return len(self.rows)
        at = min(free, key=lambda at: abs(at - middle))
        self.rows[at] = None
        return at

    def _evicted(self) -> int:
        """The row that was longest unused: who is let in always has a name."""
        if not self.rows:
            return 0
        at = min(range(len(self.rows)), key=lambda at: lane.used if (lane := self.rows[at]) is not None else -FADE)
        self.rows[at] = None
        return at


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of a group; the row above the first holds its title."""

    group: str
    first: int
    size: int


def bands_of(rows: int, groups: tuple[str, ...] = GROUPS) -> list[Band]:
    """How so many rows are shared by the groups shown."""
    free = rows - len(groups)
    whole = sum(_WEIGHTS[group][0] for group in groups)
    sizes = [max(_WEIGHTS[group][1], int(free * _WEIGHTS[group][0] / whole)) for group in groups]
    sizes[0] = max(_WEIGHTS[groups[0]][1], sizes[0] + free - sum(sizes))
    bands, row = [], 0
    for group, size in zip(groups, sizes, strict=True):
        bands.append(Band(group, row + 1, size))
        row += size + 1
    return bands


def wish_of_source(source: str | None) -> float:
    """Where in a column a source likes to be: neighbours in the Internet are neighbours here."""
    if source is None:
        return 1.0
    if ":" in source:
        return _V4 + share(source) * (1 - _V4)
    first, second = (int(part) for part in source.split(".")[:2])
    return (first * 256 + second) / 65536 * _V4


def wish_of_path(ball: Ball) -> float:
    """A port as on the Fireplot, low ones at the bottom; a user name anywhere, but always there."""
    port = ball.path.partition(":")[2]
    if ball.group in ("tcp", "udp") and port.isdigit():
        return 1 - math.log(int(port) + 1) / _PORTS_LOG
    return share(ball.path)


class Ends:
    """Both columns."""

    def __init__(self, rows: int, groups: tuple[str, ...] = GROUPS) -> None:
        self.sources = Lanes(rows)
        self.bands = bands_of(rows, groups)
        self.targets = {band.group: Lanes(band.size) for band in self.bands}

    def aim(self, ball: Ball, now: float) -> tuple[int, int]:
        """Rows of a ball's source and of what it is aimed at."""
        source = self.sources.place(ball, None if ball.sources > 1 else ball.source or "unknown", wish_of_source(ball.source), now)
        band = next((one for one in self.bands if one.group == ball.group), self.bands[0])
        row = self.targets[band.group].place(ball, None if ball.paths > 1 else ball.path, wish_of_path(ball), now)
        return source, band.first + row
