"""Build step: outlines, places and names of countries, from two npm packages: what a map of the world is drawn from."""

import importlib.util
import json
import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any


def _projection() -> Any:
    """The package's own file, which places at run time are projected by: the package itself cannot be imported before it is built."""
    path = Path(__file__).resolve().parents[1] / "src" / "varde" / "views" / "projection.py"
    spec = importlib.util.spec_from_file_location("projection", path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


_made = _projection()
WIDTH, HEIGHT, project, _unit = _made.WIDTH, _made.HEIGHT, _made.project, _made.unit

_WITHOUT_CODE = {"Kosovo": "XK"}
"""What the tables of addresses call a place that ISO 3166 gives no code."""

Point = tuple[float, float]


def convert(modules: Path, folder: Path) -> None:
    """Write `world.json` into `folder`: size, outline of the whole, shapes, places and names by country code, and what must be said."""
    codes = {number: code for code, _, number, _ in json.loads((modules / "i18n-iso-countries" / "codes.json").read_text())}
    english = json.loads((modules / "i18n-iso-countries" / "langs" / "en.json").read_text(encoding="utf-8"))["countries"]
    atlas = modules / "world-atlas"
    coarse, fine = (dict(_countries(atlas / f"countries-{size}.json", codes)) for size in ("110m", "50m"))
    world = {
        "size": [WIDTH, HEIGHT], "outline": _flat(_outline()),
        "shapes": {code: _shape(rings) for code, rings in sorted(coarse.items())},
        "places": {code: list(_unit(*_middle(rings))) for code, rings in sorted((fine | coarse).items()) if rings},
        "names": _names(english | {"XK": "Kosovo"}),
        "attribution": "Natural Earth (naturalearthdata.com)",
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "new-world.json"
    new.write_text(json.dumps(world, separators=(",", ":")))
    new.replace(folder / "world.json")


def _countries(path: Path, codes: dict[str, str]) -> Iterator[tuple[str, list[list[Point]]]]:
    """Code and rings of each country of a TopoJSON file, in degrees (the TopoJSON format specification, 2.1.4 arcs)."""
    topology = json.loads(path.read_text())
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    found: dict[str, list[list[Point]]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = codes.get(str(geometry.get("id", "")).zfill(3)) or _WITHOUT_CODE.get(name)
        if code:
            found.setdefault(code, []).extend(part for ring in _rings(geometry) for part in _cut(_ring(arcs, ring)))
    yield from found.items()


def _arc(arc: list[list[int]], transform: dict[str, list[float]]) -> list[Point]:
    points, x, y = [], 0, 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * transform["scale"][0] + transform["translate"][0], y * transform["scale"][1] + transform["translate"][1]))
    return points


def _rings(geometry: dict[str, Any]) -> list[list[int]]:
    if geometry["type"] == "Polygon":
        return list(geometry["arcs"])
    return [ring for polygon in geometry["arcs"] for ring in polygon] if geometry["type"] == "MultiPolygon" else []


def _ring(arcs: list[list[Point]], numbers: list[int]) -> list[Point]:
    """Arcs joined; a negative number is one the other way round. Each begins where the one before ended."""
    points: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def _cut(ring: list[Point]) -> Iterator[list[Point]]:
    """A ring as rings of a plane: where it crosses the date line it is cut there, where it goes around a pole that becomes its edge."""
    whole = [ring[0]]
    for longitude, latitude in ring[1:]:
        turns = round((whole[-1][0] - longitude) / 360)
        whole.append((longitude + 360 * turns, latitude))
    if abs(whole[-1][0] - whole[0][0]) > 180:
        pole = math.copysign(90, whole[0][1])
        whole += [(whole[-1][0], pole), (whole[0][0], pole), whole[0]]
    for shift in (-360, 0, 360):
        part = [(longitude + shift, latitude) for longitude, latitude in whole]
        for side in (-1, 1):
            part = _clipped(part, side)
        if len(part) > 3:
            yield part


def _clipped(ring: list[Point], side: int) -> list[Point]:
    """The part of a closed ring on our side of the date line (Sutherland and Hodgman, 1974)."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(ring):
        inside = x0 * side <= 180, x1 * side <= 180
        if inside[0] != inside[1]:
            share = (180 * side - x0) / (x1 - x0)
            edge = (180.0 * side, y0 + share * (y1 - y0))
            kept += [edge, (x1, y1)] if inside[1] else [edge]
        elif inside[1]:
            kept.append((x1, y1))
    return [*kept, kept[0]] if kept else []


def _middle(rings: list[list[Point]]) -> Point:
    """The centre of the largest ring, where a mark for the country stands."""
    return max((_centre(ring) for ring in rings), key=lambda found: found[0])[1]


def _centre(ring: list[Point]) -> tuple[float, Point]:
    """Area and centre of a ring, by the shoelace formula."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    if area == 0:
        return 0.0, ring[0]
    return abs(area), (x / (3 * area), y / (3 * area))


def _outline() -> list[tuple[int, int]]:
    """The edge of the world: up the date line on one side, down on the other."""
    degrees = range(-90, 91, 3)
    return [_unit(180, latitude) for latitude in degrees] + [_unit(-180, latitude) for latitude in reversed(degrees)]


def _names(english: dict[str, str | list[str]]) -> dict[str, str]:
    """The shortest form of each country's first name that no other has: China, United States, but Democratic Republic of the Congo."""
    known = {code: [name] if isinstance(name, str) else name for code, name in sorted(english.items())}
    short = {code: min((each for each in names if each in names[0]), key=len) for code, names in known.items()}
    taken = Counter(short.values())
    return {code: name if taken[name] == 1 and any(letter.islower() for letter in name) else known[code][0] for code, name in short.items()}


def _shape(rings: list[list[Point]]) -> list[list[int]]:
    """Without the islets that are a point or a line at this size."""
    flat = [_flat([_unit(*point) for point in ring]) for ring in rings]
    return [ring for ring in flat if len(ring) >= 2 * _TRIANGLE]


_TRIANGLE = 4
"""Points of the least ring, whose last is its first."""


def _flat(points: list[tuple[int, int]]) -> list[int]:
    """x0, y0, x1, y1 and so on; a point that repeats the one before is left out."""
    kept = [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]
    return [number for point in kept for number in point]
