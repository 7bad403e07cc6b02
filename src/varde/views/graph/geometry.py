"""Where everything stands: what the renderers draw and what readability is measured on."""

from dataclasses import dataclass

from varde.query.graph import Edge, Node
from varde.views.graph.shapes import Points


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Text:
    """One run of letters in one colour. `x` is its left end."""

    x: float
    baseline: float
    size: float
    text: str
    colour: str
    width: float
    bold: bool = False
    halo: str = ""
    "Colour of a rim around the letters, for those that stand on bundles."


@dataclass(frozen=True, slots=True)
class Label:
    """What stands beside or on an object."""

    node: int
    box: Box
    runs: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """An object: `points` is its outline, `area` in square pixels."""

    node: Node
    x: float
    y: float
    area: float
    box: Box
    points: Points
    fill: str
    edge: str
    hollow: bool
    "Several are folded into it."


@dataclass(frozen=True, slots=True)
class Flow:
    """Requests between two objects: two curves from left to right, as (x, y) of start, two controls and end."""

    edge: Edge
    upper: Points
    lower: Points
    colour: str
    opacity: float


@dataclass(frozen=True, slots=True)
class Mark:
    """An object of the legend, or a panel: points, fill (empty: none), outline."""

    points: Points
    fill: str
    edge: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Picture:
    """The final geometry, in drawing order: flows, objects, labels; marks and captions around them."""

    width: int
    height: int
    letters: float
    objects: tuple[Placed, ...]
    labels: tuple[Label, ...]
    flows: tuple[Flow, ...]
    marks: tuple[Mark, ...]
    captions: tuple[Text, ...]
    area_per_request: float
    "Square pixels; objects below `smallest` requests are drawn as large as those."
    smallest: float
