"""What stands where on a map, before anybody draws it: the same for every format, and for the page."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from varde.model import counted, octets
from varde.query.places import Places
from varde.views.palette import MAP_COLOURS, SCHEMES, MapColours, Scheme, rgb
from varde.views.world import World

BIGGEST = 0.055
"""Radius of the largest bubble, as a share of the map's height: two neighbours in Europe stay apart."""

SMALLEST = 0.006
"""Of the smallest: it is to be seen at all."""

ARCS_MAX = 60
"""Countries that arcs lead to, the largest: more are a ball of wool."""

THICKEST = 0.0028
THINNEST = 0.0004
"""Widths of arcs, as shares of the map's width."""

RISE = 0.22
"""How far an arc rises over the straight line, as a share of that: between neighbours it is still seen as one."""

ARC_OPACITY = 0.6
HOME_RADIUS = 0.008
"""Of the mark of home, as a share of the map's height."""

LEAST_SAID = 0.001
"""The smallest share that is said as a number, and the distance that what is not all keeps from it."""

STYLES = ("bubbles", "choropleth", "both")


@dataclass(frozen=True, slots=True)
class Mark:
    """One country: its amounts, where its bubble stands and how large it is, in units of the map, and its colour."""

    code: str
    name: str
    value: int
    records: int
    addresses: int
    of_known: float
    of_all: float
    x: int | None
    y: int | None
    radius: float
    colour: str


@dataclass(frozen=True, slots=True)
class Arc:
    """From home to a country: both ends, the point that pulls the curve up (a quadratic one), and its width, in units of the map."""

    code: str
    start: tuple[int, int]
    pull: tuple[int, int]
    end: tuple[int, int]
    width: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map with its words. `marks` are in order of amount, the largest first."""

    world: World
    marks: list[Mark]
    style: str
    scheme: Scheme
    colours: MapColours
    title: str
    totals: str
    note: str
    amounts: str
    "What is summed, in words."
    places: Places
    rests: dict[str, object]
    "What the answer rests on: the loss ledger of flows, for programs; empty where there are none."
    arcs: list[Arc]
    "The largest last, so that they lie on top; empty where none are asked for."


_WORDS = {
    ("in", "flows"): "Where flows come from", ("out", "flows"): "Where flows go", ("both", "flows"): "Who flows are exchanged with",
    ("in", "probes"): "Where probes come from", ("out", "probes"): "What probes are aimed at", ("both", "probes"): "Both ends of probes",
    ("in", "logins"): "Where logins come from", ("out", "logins"): "Where logins come from", ("both", "logins"): "Where logins come from",
    ("in", "tunnels"): "Where requests come from", ("out", "tunnels"): "Where requests want to go", ("both", "tunnels"): "Both ends of requests",
}  # fmt: skip


def drawing_of(
    found: Places, world: World, *, period: tuple[datetime, datetime] | None, zone: ZoneInfo, scheme: str, style: str, note: str = "", rests: dict[str, object] | None = None,
    home: tuple[int, int] | None = None, credit: str = "",
) -> Drawing:  # fmt: skip
    """Lay a map out. `rests`: as `seen_document` has it, where the map is of flows. `home`: where arcs begin; None draws none. `credit`: by which
    table places are known, of when and whose it is."""
    colours = MAP_COLOURS[scheme]
    most = max((row.value for row in found.rows), default=0)
    marks = [_mark(row, found, world, most, colours) for row in found.rows]
    when = ""
    if period:
        first, last = (moment.astimezone(zone) for moment in period)
        when = f", {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({zone.key})"
    return Drawing(
        world, marks, style, SCHEMES[scheme], colours, f"{_WORDS[found.direction, found.table]}{when}", totals(found) + _unplaced(marks),
        "; ".join(part for part in (note, str((rests or {}).get("flows_seen", "")), credit, f"Borders: {world.attribution}" if world.attribution else "") if part),
        "octets" if found.by == "octets" else found.by if found.by != "events" else found.table, found, rests or {},
        arcs_of(marks, home, world) if home else [],
    )  # fmt: skip


def _unplaced(marks: list[Mark]) -> str:
    """What is said of countries that the map does not have, as those that a country map of one's own invents: the list has them alone."""
    missing = sum(mark.x is None and mark.value > 0 for mark in marks)
    return f"; {counted(missing, 'country', 'countries')} {'is' if missing == 1 else 'are'} not on the map" if missing else ""


def arcs_of(marks: list[Mark], home: tuple[int, int], world: World) -> list[Arc]:
    """Arcs to the largest countries."""
    most = max((mark.value for mark in marks), default=0)
    found = []
    for mark in marks[:ARCS_MAX]:
        if mark.x is None or mark.y is None or not mark.value or (mark.x, mark.y) == home:
            continue
        width = max(THINNEST, THICKEST * math.sqrt(mark.value / most)) * world.width
        found.append(Arc(mark.code, home, _pull(home, (mark.x, mark.y)), (mark.x, mark.y), round(width, 1)))
    return found[::-1]


def _pull(start: tuple[int, int], end: tuple[int, int]) -> tuple[int, int]:
    """Above the middle by twice the rise: a quadratic curve comes half as high; not beyond the upper edge."""
    length = math.dist(start, end)
    return round((start[0] + end[0]) / 2), max(0, round((start[1] + end[1]) / 2 - 2 * RISE * length))


def _mark(row: Any, found: Places, world: World, most: int, colours: MapColours) -> Mark:
    share = row.value / most if most else 0.0
    x, y = world.places.get(row.key, (None, None))
    radius = max(SMALLEST, BIGGEST * math.sqrt(share)) * world.height if row.value else 0.0
    return Mark(
        row.key, world.name(row.key), row.value, row.records, row.addresses, row.value / found.known if found.known else 0.0,
        row.value / found.total if found.total else 0.0, x, y, radius, shade(share, colours),
    )  # fmt: skip


def shade(share: float, colours: MapColours) -> str:
    """The colour of an amount, by its square root: the many small ones differ too. #RRGGBB."""
    part = math.sqrt(min(1.0, max(0.0, share)))
    mixed = (round(low + (high - low) * part) for low, high in zip(rgb(colours.low), rgb(colours.high), strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def totals(found: Places) -> str:
    """One sentence: how much, of how many addresses, in how many countries, and how much has no place."""
    if not found.total:
        return "Nothing to locate in this period"
    words = amount(found.total, found.by, found.table)
    whose = f" of {counted(found.addresses, 'address', 'addresses')}" if found.addresses else ""
    unknown = found.total - found.known
    of_unknown = f"; {share_said(unknown, found.total)} has no known place" if unknown else ""
    return f"{words}{whose} in {counted(found.keys, 'country', 'countries')}{of_unknown}"


def share_said(part: int, whole: int) -> str:
    """A part in per cent that never rounds to all or nothing where it is neither: `99.9%`, `less than 0.1%`."""
    share = part / whole
    if 0 < share < LEAST_SAID:
        return f"less than {LEAST_SAID:.1%}"
    return f"{min(share, 1 - LEAST_SAID) if part < whole else share:.1%}"


def amount(value: int, by: str, table: str) -> str:
    """`1.5 GB`, `12 packets`, `3 probes`."""
    if by == "octets":
        return octets(value)
    return counted(value, {"packets": "packet", "flows": "flow"}.get(by, table.removesuffix("s")))


def figure(value: int, by: str) -> str:
    """The same without its unit, where a heading has it."""
    return octets(value) if by == "octets" else f"{value:,}"
