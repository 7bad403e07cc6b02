"""Outlines of findings on a Fireplot: a polygon with air around what each did, and where its caption stands.

    findings -> Mark (corners in time and port, words) -> mark_out(marks, answer, letters) -> Marked (polygons, captions, leaders, in pixels)

Pictures draw what `mark_out` answers and decide nothing: the same for PNG, SVG, HTML and the page."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from varde.query import Answer
from varde.query.engine import microseconds
from varde.query.fireplot import PORT_TOP
from varde.views.axes import port_share
from varde.views.density import dot_size

AIR = 5.0
"""Pixels between an outline and its data."""

OUTLINED_MAX = 12
"""In one picture: of more, the outlines hide each other, and what hides them."""

ALIKE = 0.8
"""Share of what two outlines enclose together that both enclose, from which on one stands for both: twenty that share a scan are one shape."""

SPREAD = 0.1
"""Share of a day's picture that an outline must enclose to be looked at for what is in it."""

CELL = 150
"""Square pixels that one packet fills at most: what has fewer in a large outline is spread among all others, and its outline would be around these."""

_USUAL = 1040, 417, 86_400_000_000  # width, height and microseconds of a day's picture: a zoom makes nothing more or less of a shape

Point = tuple[float, float]
Polygon = tuple[Point, ...]
"""Corners in pixels from the left and the top of the port area, in order, convex."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding as pictures need it."""

    id: str
    kind: str
    "One of model.findings.KINDS, or surge."
    title: str
    "The kind in words."
    caption: str
    corners: tuple[tuple[int, int], ...]
    "Time in us since 1970 UTC, and port, of points around its data."
    planes: tuple[str, ...] = ()
    "The planes it is of."
    events: int = 0
    "Packets that it has, at least."
    document: dict[str, Any] = field(default_factory=dict, compare=False)
    "All that is known of it, as JSON has it."


@dataclass(frozen=True, slots=True)
class Group:
    """What one outline stands for: a mark, and others of its kind at the same place."""

    number: int
    mark: Mark
    alike: tuple[Mark, ...] = ()

    @property
    def caption(self) -> str:
        return f"{self.mark.caption}, and {len(self.alike)} alike" if self.alike else self.mark.caption


@dataclass(frozen=True, slots=True)
class Sheet:
    """The port area of a picture: its size in pixels, and what time and ports it shows."""

    width: int
    height: int
    first: int
    last: int
    port_min: int
    port_max: int

    @classmethod
    def of(cls, answer: Answer) -> "Sheet":
        ends = microseconds(answer.window.first), microseconds(answer.window.last)
        return cls(answer.width, answer.height, *ends, answer.port_min, answer.port_max)

    def point(self, time: int, port: int) -> Point:
        """The middle of where a probe is drawn."""
        right = (time - self.first) / (self.last - self.first) * self.width
        up = port_share(port, self.port_min, self.port_max) * (self.height - 1) + 0.5
        return right, self.height - up


def taken_of(answer: Answer) -> NDArray[np.bool_]:
    """(height, width), the top row first: where the picture shows data."""
    taken = np.zeros((answer.height, answer.width), dtype=bool)
    size = dot_size(answer)
    for cells in answer.cells.values():
        x, y, _ = cells.T
        for up in range(size):
            for right in range(size):
                taken[np.maximum(answer.height - 1 - y - up, 0), np.minimum(x + right, answer.width - 1)] = True
    return taken


def outline_of(mark: Mark, sheet: Sheet) -> Polygon:
    """The polygon of a mark, cut at the edges of the picture; empty where nothing of its data is in it."""
    points = [sheet.point(time, port) for time, port in mark.corners]
    bare = cut(hull(points), 0.0, 0.0, sheet.width, sheet.height)
    return cut(hull(list(_grown(points))), -AIR, -AIR, sheet.width + AIR, sheet.height + AIR) if bare else ()


def grouped(marks: Sequence[Mark], answer: Answer) -> tuple[list[Group], int]:
    """The first OUTLINED_MAX outlines that a picture shows, numbered from 1, and how many marks of it no outline stands for: what is
    spread over the picture has none."""
    sheet = Sheet.of(answer)
    leaders: list[tuple[Mark, Box]] = []
    alike: dict[str, list[Mark]] = {}
    left_out = 0
    for mark in marks if answer.total else ():
        outline = outline_of(mark, sheet)
        like = next((one for one, box in leaders if outline and one.kind == mark.kind and _shared(box, _around(outline)) >= ALIKE), None)
        if like:
            alike[like.id].append(mark)
        elif outline and len(leaders) < OUTLINED_MAX and not _is_spread(mark):
            leaders.append((mark, _around(outline)))
            alike[mark.id] = []
        elif outline:
            left_out += 1
    return [Group(number, mark, tuple(alike[mark.id])) for number, (mark, _) in enumerate(leaders, 1)], left_out


def _is_spread(mark: Mark) -> bool:
    """Whether so few packets are in an outline that nobody sees a shape in it."""
    (width, height, day), begin = _USUAL, min(time for time, _ in mark.corners)
    sheet = Sheet(width, height, begin, begin + day, 1, PORT_TOP)
    area = _enclosed(hull([sheet.point(time, port) for time, port in mark.corners]))
    return area > SPREAD * width * height and area > CELL * mark.events


def _enclosed(polygon: Polygon) -> float:
    """Square pixels, by the shoelace formula."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, (*polygon[1:], *polygon[:1]), strict=True))) / 2


Box = tuple[float, float, float, float]
"""Left, top, right, foot."""


def _around(polygon: Polygon) -> Box:
    x, y = zip(*polygon, strict=True)
    return min(x), min(y), max(x), max(y)


def _shared(one: Box, other: Box) -> float:
    """The intersection of two boxes over their union."""
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, width) * max(0.0, height)
    return both / (_area(one) + _area(other) - both)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _grown(points: Sequence[Point]) -> Iterator[Point]:
    """Eight points around each, so that the hull of all is AIR away from the hull of these."""
    near = AIR * math.tan(math.pi / 8)
    around = [(sx * dx, sy * dy) for dx, dy in ((AIR, near), (near, AIR)) for sx in (-1, 1) for sy in (-1, 1)]
    return ((x + dx, y + dy) for x, y in points for dx, dy in around)


def hull(points: Sequence[Point]) -> Polygon:
    """The convex hull (Andrew's monotone chain, 1979). Of one point or a line it is these."""
    ordered = sorted(set(points))
    return tuple(dict.fromkeys([*_chain(ordered), *_chain(ordered[::-1])]))


def _chain(ordered: Sequence[Point]) -> list[Point]:
    """One side of the hull."""
    side: list[Point] = []
    for point in ordered:
        while len(side) > 1 and _turn(side[-2], side[-1], point) <= 0:
            side.pop()
        side.append(point)
    return side


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def cut(polygon: Polygon, left: float, top: float, right: float, foot: float) -> Polygon:
    """The part of a convex polygon within a rectangle (Sutherland and Hodgman, 1974)."""
    for axis, limit, sign in ((0, left, 1), (1, top, 1), (0, right, -1), (1, foot, -1)):
        polygon = tuple(dict.fromkeys(_kept(polygon, axis, limit, sign)))
    return polygon


def _kept(polygon: Polygon, axis: int, limit: float, sign: int) -> Iterator[Point]:
    """Corners on one side of a line, and where edges cross it."""
    for before, here in zip((*polygon[-1:], *polygon[:-1]), polygon, strict=True):
        inside, was = (sign * (point[axis] - limit) >= 0 for point in (here, before))
        if inside != was:
            share = (limit - before[axis]) / (here[axis] - before[axis])
            crossing = [before[other] + share * (here[other] - before[other]) for other in (0, 1)]
            crossing[axis] = limit
            yield crossing[0], crossing[1]
        if inside:
            yield here


def edge_points(polygon: Polygon, step: float) -> NDArray[np.float64]:
    """(n, 2): points along the edge, at most `step` pixels from one to the next."""
    out = [np.array(polygon[:1])]
    for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        count = max(1, math.ceil(math.dist(a, b) / step))
        out.append(np.linspace(a, b, count + 1)[1:])
    return np.concatenate(out)


Width = Callable[[str], float]
"""Pixels that a line of text takes, at least."""
