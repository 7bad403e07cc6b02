"""The world as it is drawn: outlines, places and names of countries, in units from its upper left corner."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
