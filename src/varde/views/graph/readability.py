"""What a picture says about its own readability, measured on where things stand in the end."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.views.graph.geometry import Box, Picture

_TOUCH = 1e-6  # pixels; two that only touch do not overlap


@dataclass(frozen=True, slots=True)
class Readability:
    """Pairs that cover each other. A label may stand on its own object, on no other and on no label."""

    node_overlaps: int
    label_overlaps: int
    labels_shown: int


def measure(picture: Picture) -> Readability:
    """Compare every object and label with every other; what leaves the picture overlaps its frame."""
    objects = _array([placed.box for placed in picture.objects])
    labels = _array([label.box for label in picture.labels])
    covering = _overlaps(labels, objects)
    at = {placed.node.number: place for place, placed in enumerate(picture.objects)}
    covering[np.arange(len(labels)), [at[label.node] for label in picture.labels]] = False
    return Readability(
        node_overlaps=_pairs(objects) + _outside(objects, picture),
        label_overlaps=_pairs(labels) + int(covering.sum()) + _outside(labels, picture),
        labels_shown=len(picture.labels),
    )


def _array(boxes: list[Box]) -> NDArray[np.float64]:
    return np.array([(box.left, box.top, box.right, box.bottom) for box in boxes], dtype=np.float64).reshape(-1, 4)


def _overlaps(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    a, b = some[:, None, :], others[None, :, :]
    apart = (a[..., 2] <= b[..., 0] + _TOUCH) | (b[..., 2] <= a[..., 0] + _TOUCH) | (a[..., 3] <= b[..., 1] + _TOUCH) | (b[..., 3] <= a[..., 1] + _TOUCH)
    result: NDArray[np.bool_] = ~apart
    return result


def _pairs(boxes: NDArray[np.float64]) -> int:
    return int(np.triu(_overlaps(boxes, boxes), 1).sum())


def _outside(boxes: NDArray[np.float64], picture: Picture) -> int:
    out = (boxes[:, :2] < -_TOUCH).any(axis=1) | (boxes[:, 2] > picture.width + _TOUCH) | (boxes[:, 3] > picture.height + _TOUCH)
    return int(out.sum())
