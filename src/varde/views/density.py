"""Counts in cells to pixels: histogram-equalised per plane, and a lone point never disappears."""

import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from varde.query import Answer
from varde.views.palette import Scheme, rgb

FAINTEST = 0.7
"""Opacity of a cell with the fewest events: still plain to see beside a full one."""

DOTS = ((0.0005, 4), (0.005, 3), (0.08, 2))
"""Below this share of cells taken each is drawn so many pixels wide and high: a quiet day is not a picture of dust."""

Pixels = NDArray[np.uint8]
"""(height, width, 3), the top row first."""


def picture(answer: Answer, scheme: Scheme) -> Pixels:
    """The port area of a Fireplot. Planes with fewer events lie on top of those with more."""
    canvas = np.empty((answer.height, answer.width, 3), dtype=np.float32)
    canvas[:] = rgb(scheme.ground)
    size = dot_size(answer)
    for key in sorted(answer.cells, key=lambda key: -answer.events[key]):
        x, y, n = answer.cells[key].T
        _blend(canvas, answer.height - 1 - y, x, equalised(n), rgb(scheme.planes[key]), size)
    return canvas.round().astype(np.uint8)


def dot_size(answer: Answer) -> int:
    """Pixels that each cell is wide and high, upwards and to the right."""
    share = sum(len(cells) for cells in answer.cells.values()) / (answer.width * answer.height)
    return next((pixels for most, pixels in DOTS if share < most), 1)


def strip(counts: dict[str, NDArray[np.int64]], width: int, height: int, scheme: Scheme) -> Pixels:
    """A band for what has no place on the port axis: (n, 2) arrays of column and events, by plane."""
    canvas = np.empty((height, width, 3), dtype=np.float32)
    canvas[:] = rgb(scheme.ground)
    for key, values in counts.items():
        if len(values):
            alpha = equalised(values[:, 1])
            for row in range(height):
                _blend(canvas, np.full(len(values), row), values[:, 0], alpha, rgb(scheme.planes[key]), 1)
    return canvas.round().astype(np.uint8)


def coarser(answer: Answer, width: int, height: int) -> Answer:
    """The same answer in fewer cells, as a narrow screen needs it; no smaller one is made larger."""
    width, height = min(width, answer.width), min(height, answer.height)
    scale = np.array([width, height]), np.array([answer.width, answer.height])
    narrow = np.array([width]), np.array([answer.width])
    return replace(
        answer, width=width, height=height, cells={key: _merged(value, *scale) for key, value in answer.cells.items()},
        port0={key: _merged(value, *narrow) for key, value in answer.port0.items()},
        bare={key: _merged(value, *narrow) for key, value in answer.bare.items()},
    )  # fmt: skip


def _merged(counts: NDArray[np.int64], to: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of places and events, the places scaled down, events at the same place added up."""
    places, where = np.unique(counts[:, :-1] * to // of, axis=0, return_inverse=True)
    events = np.bincount(where.ravel(), weights=counts[:, -1], minlength=len(places)).astype(np.int64)
    return np.column_stack([places, events])


def png_of(pixels: Pixels) -> bytes:
    """Pixels without axes or words, as PNG."""
    from matplotlib.image import imsave  # pictures alone need it

    out = io.BytesIO()
    imsave(out, pixels, format="png", metadata={"Software": "Varde"})
    return out.getvalue()


def equalised(counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Opacity by rank among the distinct counts of one plane: FAINTEST for the fewest, 1 for the most."""
    if len(counts) == 0:
        return np.zeros(0, dtype=np.float32)
    values, place, times = np.unique(counts, return_inverse=True, return_counts=True)
    below = np.cumsum(times) - times
    share = below[place] / max(1, len(counts) - int(times[-1]))
    if len(values) == 1:
        share = np.ones(len(counts))
    return (FAINTEST + (1 - FAINTEST) * np.minimum(share, 1)).astype(np.float32)


def _blend(
    canvas: NDArray[np.float32], row: NDArray[np.int64], column: NDArray[np.int64], alpha: NDArray[np.float32],
    colour: tuple[int, int, int], size: int,
) -> None:  # fmt: skip
    width = canvas.shape[1]
    order = np.argsort(alpha, kind="stable")  # where dots touch, the denser one stays
    for up in range(size):
        for right in range(size):
            at = np.maximum(row[order] - up, 0), np.minimum(column[order] + right, width - 1)
            weight = alpha[order][:, None]
            canvas[at] = canvas[at] * (1 - weight) + np.array(colour, dtype=np.float32) * weight
