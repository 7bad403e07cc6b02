"""The HTTP API of the map: the world once, amounts by place as often as the page asks, and files."""

import dataclasses
import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from varde.app.station import Station
from varde.app.web.api import MEDIA, engine_of, station_of, window_of, zone_of
from varde.decode.rows import iso
from varde.model import TABLES, VardeError
from varde.query import Engine, Window
from varde.query.ledger import accounts
from varde.query.places import ENDS, Place, Places, Within, check, over_time, places, usual_table
from varde.views import SCHEMES
from varde.views.ledger import seen_document
from varde.views.world import NO_PLACE
from varde.views.worldmap import FORMATS, draw_map, drawing_of
from varde.views.worldmap.drawing import STYLES

router = APIRouter(prefix="/api")

_NOT_CHANGED = 304


BUCKETS_MAX = 400
"""Bars below a map: more are thinner than a finger's step."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """Whose amounts, in the words of the command line; within a country, a system or an address, of what lies in it."""

    table: str
    by: str
    direction: str
    within: Within
    window: Window


def asked_of(
    engine: Annotated[Engine, Depends(engine_of)], window: Annotated[Window, Depends(window_of)], table: Annotated[str, Query(max_length=20)] = "",
    by: Annotated[str, Query(max_length=20)] = "", direction: Annotated[str, Query(max_length=8)] = "in",
    cc: Annotated[str | None, Query(min_length=2, max_length=2)] = None, system: Annotated[int | None, Query(alias="as", ge=0, le=2**32 - 1)] = None,
    address: Annotated[str | None, Query(max_length=60)] = None,
) -> Asked:  # fmt: skip
    chosen = table or usual_table(engine, window).name
    measure = by or ("octets" if chosen == "flows" else "events")
    check(chosen, measure, direction)
    whole = dataclasses.replace(window, action="all") if chosen != "probes" else window
    return Asked(chosen, measure, direction, Within(cc, system, address), whole)


_Asked = Annotated[Asked, Depends(asked_of)]


def found_of(engine: Annotated[Engine, Depends(engine_of)], asked: _Asked, top: Annotated[int, Query(ge=1, le=1000)] = 300) -> Places:
    """Amounts by place, the largest first."""
    return places(engine, asked.window, TABLES[asked.table], by=asked.by, direction=asked.direction, within=asked.within, top=top)


_Found = Annotated[Places, Depends(found_of)]


def rests_of(
    found: _Found, engine: Annotated[Engine, Depends(engine_of)], window: Annotated[Window, Depends(window_of)]
) -> dict[str, object]:
    """What a map of flows rests on."""
    return seen_document(accounts(engine, window)) if found.table == "flows" else {}


@router.get("/world")
def world(station: Annotated[Station, Depends(station_of)], request: Request) -> Response:
    """Size, outline, shapes (rings of x0, y0, x1, y1 and so on), places and names of countries; where `home` is, or how to say it."""
    made = station.context.world
    document = {
        "size": [made.width, made.height], "outline": _flat(made.outline), "shapes": {code: [_flat(ring) for ring in rings] for code, rings in made.shapes.items()},
        "places": made.places, "names": made.names, "attribution": made.attribution,
        **_home(station),
    }  # fmt: skip
    return _tagged(document, request)


def _home(station: Station) -> dict[str, Any]:
    """Where arcs begin, or why there is no such place: a map without arcs is one too."""
    try:
        home = station.context.home_place
    except VardeError as error:
        return {"home": None, "home_advice": f"no arcs are drawn: [view] place {error}"}
    return {"home": home, "home_advice": None if home else NO_PLACE}


def _flat(ring: list[tuple[int, int]]) -> list[int]:
    return [number for point in ring for number in point]


@router.get("/map")
def amounts(
    found: _Found, station: Annotated[Station, Depends(station_of)], request: Request, rests: Annotated[dict[str, object], Depends(rests_of)],
) -> Response:  # fmt: skip
    """`rows` with `key`, `name`, `value`, `records`, `addresses`, the largest first; sums of all; what may be asked of each table."""
    document = {
        "table": found.table, "by": found.by, "direction": found.direction, "level": found.level, "total": found.total, "known": found.known,
        "keys": found.keys, "addresses": found.addresses, "rows": [_row(place, found.level, station) for place in found.rows],
        "tables": [name for name in ENDS if name == found.table or station.context.store.days(name)], **rests,
    }  # fmt: skip
    return _tagged(document, request)


@router.get("/map/curve")
def curve(
    asked: _Asked, engine: Annotated[Engine, Depends(engine_of)], request: Request, buckets: Annotated[int, Query(ge=1, le=BUCKETS_MAX)] = 96,
) -> Response:  # fmt: skip
    """`values`: what the map adds up, for each of `buckets` equal parts of the period."""
    values = over_time(engine, asked.window, TABLES[asked.table], by=asked.by, direction=asked.direction, within=asked.within, buckets=buckets)
    ends = {"from": iso(asked.window.first), "to": iso(asked.window.last)}
    return _tagged({"table": asked.table, "by": asked.by, **ends, "values": values}, request)


def _row(place: Place, level: str, station: Station) -> dict[str, Any]:
    names = {"country": lambda: station.context.world.name(place.key), "as": lambda: station.context.geography.as_name(place.key)}
    name = names[level]() if level in names else ""
    return {"key": place.key, "name": name, "value": place.value, "records": place.records, "addresses": place.addresses}


def _tagged(document: dict[str, Any], request: Request) -> Response:
    """An answer that is sent once: who has it already is told so (RFC 9110 section 13.1.2)."""
    content = json.dumps(document).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=_NOT_CHANGED, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


@router.get("/map.{kind}")
def download(
    kind: str, found: _Found, station: Annotated[Station, Depends(station_of)], window: Annotated[Window, Depends(window_of)],
    zone: Annotated[Any, Depends(zone_of)], rests: Annotated[dict[str, object], Depends(rests_of)], scheme: Annotated[str, Query(max_length=20)] = "dark", style: Annotated[str, Query(max_length=20)] = "bubbles",
    arcs: bool = False,
) -> Response:  # fmt: skip
    """The map as a file, of countries only."""
    for name, value, known in (("format", kind, FORMATS), ("scheme", scheme, SCHEMES), ("style", style, STYLES)):
        if value not in known:
            raise VardeError(f"no such {name}: {value}. There are {', '.join(known)}.")
    if found.level != "country":
        raise VardeError("a file has countries; leave cc, as and address out")
    made = drawing_of(
        found, station.context.world, period=(window.first, window.last), zone=zone, scheme=scheme, style=style, note=station.context.config.view.note, rests=rests,
        home=station.context.home_place if arcs else None, credit=station.context.places_credit,
    )  # fmt: skip
    name = f"map-{window.first.astimezone(zone):%Y-%m-%d}.{kind}"
    return Response(draw_map(made, kind), media_type=MEDIA[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})
