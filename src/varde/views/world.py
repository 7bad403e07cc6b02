"""The world as it is drawn: outlines, places and names of countries, in units from its upper left corner."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from varde.model import VardeError
from varde.views.projection import unit

Ring = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class World:
    """`shapes` are rings of each country (holes too: even-odd), `places` where a mark for it stands."""

    width: int
    height: int
    outline: Ring
    shapes: dict[str, list[Ring]]
    places: dict[str, tuple[int, int]]
    names: dict[str, str]
    attribution: str

    def name(self, code: str) -> str:
        """A country's name in English; the code where it has none."""
        return self.names.get(code, code)

    def place_of(self, text: str) -> tuple[int, int]:
        """Where `59.91, 10.75` (degrees north and east) or the country `NO` lies. Raises VardeError for anything else."""
        found = _DEGREES.fullmatch(text.strip())
        if found and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180:
            return unit(float(found[2]), float(found[1]))
        if text.strip().upper() in self.places:
            return self.places[text.strip().upper()]
        raise VardeError(f"{text[:40]!r} is no place: write degrees north and east such as 59.91, 10.75, or the code of a country such as NO")


_DEGREES = re.compile(r"(-?[0-9]{1,2}(?:\.[0-9]{1,8})?)\s*[, ]\s*(-?[0-9]{1,3}(?:\.[0-9]{1,8})?)", re.ASCII)

NO_PLACE = 'no arcs are drawn, because the map is not told where home is: write [view] place = "59.91, 10.75" (degrees north and east) or place = "NO" into the configuration'
"""What is said where arcs are asked for and have no beginning."""


@cache
def load_world(folder: Path) -> World:
    """What the build made; an empty world where it made none."""
    path = folder / "world.json"
    if not path.exists():
        return World(10_000, 4_867, [], {}, {}, {}, "")
    made = json.loads(path.read_text(encoding="utf-8"))
    width, height = made["size"]
    shapes = {code: [_ring(flat) for flat in rings] for code, rings in made["shapes"].items()}
    places = {code: (x, y) for code, (x, y) in made["places"].items()}
    return World(width, height, _ring(made["outline"]), shapes, places, made["names"], made["attribution"])


def _ring(flat: list[int]) -> Ring:
    return list(zip(flat[::2], flat[1::2], strict=True))
