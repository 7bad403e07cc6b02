"""How a link graph is to look: size, colours, title, and what a property file says of single objects."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from varde.views.palette import LINK_COLOURS, SCHEMES, LinkColours, Scheme

WIDTH, HEIGHT = 1600, 1000
SMALLEST, LARGEST = (400, 300), (8000, 6000)
"""Pixels between which a picture keeps its promises."""

LETTERS_MIN = 9.0  # pixels; smaller ones are not read
NODE_MIN = 8.0  # pixels across


@dataclass(frozen=True, slots=True)
class Look:
    """What a property file says of one source, port or target; what it leaves open is None."""

    fill: str | None = None
    "#rrggbb"
    shape: str | None = None
    "A name of `shapes.SHAPES`."
    size: float | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class GraphStyle:
    """Size in pixels, scheme, and the words around the picture."""

    width: int = WIDTH
    height: int = HEIGHT
    scheme: Scheme = SCHEMES["dark"]
    title: str = "Who asked for what"
    note: str = ""
    looks: Mapping[tuple[str, str], Look] = field(default_factory=dict)
    "By (role, name)."

    head: bool = True
    "Whether title and totals stand in the picture."
    enlarged: float = 1.0
    "Letters and objects by so much, for a picture that will be shown smaller."

    @property
    def colours(self) -> LinkColours:
        return LINK_COLOURS[self.scheme.name]

    @property
    def letters(self) -> float:
        """Height of the letters in pixels: they grow with the fourth root of the area, so a large picture also shows more;
        no faster than the width allows, because three columns of names stand side by side."""
        return self.enlarged * max(LETTERS_MIN, 11.0 * math.sqrt(min(self.width / WIDTH, math.sqrt(self.width * self.height / (WIDTH * HEIGHT)))))
