"""Outlines of objects, each around the origin with an area of 1, so that the same count has the same area in any of them."""

import math

Points = tuple[tuple[float, float], ...]


def _regular(corners: int, turn: float = 0.0) -> Points:
    """A regular polygon; `turn` in corners."""
    radius = math.sqrt(2 / (corners * math.sin(2 * math.pi / corners)))
    angles = [2 * math.pi * (corner + turn) / corners - math.pi / 2 for corner in range(corners)]
    return tuple((radius * math.cos(angle), radius * math.sin(angle)) for angle in angles)


_SIDE = math.sqrt(2)  # of a triangle as high as it is wide, with an area of 1
_TRIANGLE = ((0.0, -_SIDE / 2), (_SIDE / 2, _SIDE / 2), (-_SIDE / 2, _SIDE / 2))

SHAPES: dict[str, Points] = {
    "circle": _regular(48),
    "box": ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)),
    "triangle": _TRIANGLE,
    "invtriangle": tuple((x, -y) for x, y in _TRIANGLE),
    "diamond": _regular(4),
    "pentagon": _regular(5),
    "octagon": _regular(8, 0.5),
}
"""y grows downwards, as on a screen."""

ALIASES = {"ellipse": "circle", "point": "circle", "plaintext": "box", "mrecord": "box", "record": "box", "polygon": "box", "square": "box"}
"""Shapes of Graphviz that are drawn as another here."""

OF_ROLE = {"source": "circle", "port": "box", "target": "triangle"}


def extent(shape: str) -> tuple[float, float]:
    """Width and height of the outline with area 1."""
    xs, ys = zip(*SHAPES[shape], strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


def outline(shape: str, x: float, y: float, area: float) -> Points:
    """The outline with its bounding box centred on (x, y)."""
    points = SHAPES[shape]
    xs, ys = zip(*points, strict=True)
    middle_x, middle_y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    scale = math.sqrt(area)
    return tuple((x + (px - middle_x) * scale, y + (py - middle_y) * scale) for px, py in points)
