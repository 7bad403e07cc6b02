"""A drawing in the firewall log: a longship under sail, as strokes in a unit box (x to the right, y up).

The hull is knocked in TCP, sail and sea in UDP, so that the plot shows it in two colours.
"""

import numpy as np
from numpy.typing import NDArray

Stroke = tuple[tuple[float, float], ...]
Points = NDArray[np.float64]  # rows of (x, y)

ASPECT = 3.0  # width through height of the box on the plot, to space the points evenly to the eye
STEP = 0.009  # distance of two points, in widths of the box; two pixels at 1040 x 417


def _arc(start: float, end: float, ends_y: float, middle_y: float) -> Stroke:
    """A parabola between two x with the given heights at the ends and in the middle."""
    xs = np.linspace(start, end, 25)
    bend = 4 * (xs - start) * (end - xs) / (end - start) ** 2
    return tuple(zip(xs.tolist(), (ends_y + (middle_y - ends_y) * bend).tolist(), strict=True))


HULL: tuple[Stroke, ...] = (
    _arc(0.14, 0.84, 0.40, 0.26),  # gunwale
    *(
        _arc(0.155 + 0.015 * strake, 0.825 - 0.015 * strake, 0.37 - 0.04 * strake, 0.21 - 0.05 * strake)
        for strake in range(4)
    ),  # strakes, the keel last
    (
        (0.84, 0.40),
        (0.885, 0.55),
        (0.895, 0.70),
        (0.88, 0.84),
        (0.91, 0.94),
        (0.97, 0.84),
        (0.93, 0.82),
        (0.915, 0.72),
        (0.915, 0.55),
        (0.87, 0.38),
        (0.78, 0.25),
    ),  # stem with the dragon's head
    ((0.14, 0.40), (0.10, 0.52), (0.085, 0.66), (0.10, 0.75), (0.125, 0.70), (0.115, 0.64)),  # curled stern
    ((0.20, 0.25), (0.11, 0.40), (0.085, 0.52)),
    ((0.49, 0.25), (0.49, 1.0)),  # mast
)
SAIL: tuple[Stroke, ...] = (
    ((0.27, 0.95), (0.71, 0.95)),  # yard
    *(_arc(0.27 - 0.01 * fall, 0.71 - 0.01 * fall, 0.95 - 0.1 * fall, 0.95 - 0.12 * fall) for fall in (4, 5)),
    *(
        ((0.27 + 0.088 * stripe, 0.95), (0.255 + 0.088 * stripe, 0.72), (0.222 + 0.088 * stripe, 0.45 - sag))
        for stripe, sag in enumerate((0, 0.065, 0.095, 0.095, 0.065, 0))
    ),
)
SEA: tuple[Stroke, ...] = (
    tuple((x, 0.015 + 0.03 * float(np.sin(x * 44))) for x in np.linspace(0, 1, 120).tolist()),
)


def points(strokes: tuple[Stroke, ...]) -> Points:
    """Evenly spaced points along strokes, in drawing order, (x, y) in the unit box."""
    return np.concatenate([_along(np.array(stroke)) for stroke in strokes])


def _along(stroke: Points) -> Points:
    steps = np.hypot(np.diff(stroke[:, 0]), np.diff(stroke[:, 1]) / ASPECT)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    marks = np.linspace(0, reached[-1], max(2, round(reached[-1] / STEP)))
    return np.column_stack([np.interp(marks, reached, stroke[:, axis]) for axis in (0, 1)])
