"""The HTTP API of the link graph: laid out for the page, and as files."""

import time
from dataclasses import dataclass
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from varde.app.commands.linkgraph import FORMATS, LinkgraphOptions, folded, written
from varde.app.commands.tunnels import Asked, before_of, earlier, filtered, title_of
from varde.app.station import Station
from varde.app.web.api import MEDIA, engine_of, station_of, window_of, zone_of
from varde.model import VardeError
from varde.query import Engine, Window
from varde.query.graph import checked
from varde.query.tunnels import triples
from varde.views.graph import as_page

router = APIRouter(prefix="/api")

MEMBERS_MAX = 1000
"""Members of a fold that one answer names: more is a list nobody reads, and `only` finds the others."""

FILTERS_MAX = 16
_FILTER = Annotated[str, Query(min_length=1, max_length=300)]

_MORE_MEDIA = {"dot": "text/vnd.graphviz; charset=utf-8", "gdf": "text/plain; charset=utf-8", "graphml": "application/xml; charset=utf-8", "graphson": "application/json"}


@dataclass(frozen=True, slots=True)
class _Requests:
    """What a question found: requests, those of the period to compare with, and of when they are."""

    frame: pl.DataFrame
    before: pl.DataFrame | None
    window: Window


def requests_of(
    engine: Annotated[Engine, Depends(engine_of)], station: Annotated[Station, Depends(station_of)], window: Annotated[Window, Depends(window_of)],
    only: Annotated[list[_FILTER] | None, Query(max_length=FILTERS_MAX)] = None,
    without: Annotated[list[_FILTER] | None, Query(alias="except", max_length=FILTERS_MAX)] = None,
    compare: Annotated[str, Query(max_length=20)] = "",
) -> _Requests:  # fmt: skip
    """The requests of a period and the filters, in the words of the command line."""
    whole = Window(window.first, window.last, "all", window.sensor, window.src)
    asked = Asked(only=tuple(only or ()), without=tuple(without or ()))
    before = earlier(engine, before_of(station.context, whole, compare), asked) if compare else None
    return _Requests(checked(filtered(triples(engine, whole), asked)), before, whole)


def options_of(
    station: Annotated[Station, Depends(station_of)], width: Annotated[int, Query(ge=400, le=8000)] = 1600,
    height: Annotated[int, Query(ge=300, le=6000)] = 1000, group_sources: Annotated[str, Query(max_length=20)] = "",
    group_targets: Annotated[str, Query(max_length=20)] = "", scheme: Annotated[str, Query(max_length=20)] = "dark",
    enlarged: Annotated[float, Query(ge=1, le=2)] = 1.0,
) -> LinkgraphOptions:  # fmt: skip
    """How to draw. `enlarged`: letters and objects by so much, where the picture will be shown smaller than it is."""
    note = station.context.config.view.note
    return LinkgraphOptions(width, height, scheme, "", note, group_sources, group_targets, head=False, enlarged=enlarged)


@router.get("/linkgraph")
def graph(found: Annotated[_Requests, Depends(requests_of)], options: Annotated[LinkgraphOptions, Depends(options_of)]) -> dict[str, Any]:
    """The document of `varde linkgraph --json`, with what it takes to draw it (`drawing`) and at most MEMBERS_MAX members of a node.

    `compared`: whether there was anything to compare with."""
    started = time.perf_counter()
    made, style = folded(found.frame, options, "svg", found.before)
    return as_page(made, style, started, MEMBERS_MAX) | {"compared": made.compared}


@router.get("/linkgraph.{kind}")
def download(
    kind: str, found: Annotated[_Requests, Depends(requests_of)], options: Annotated[LinkgraphOptions, Depends(options_of)],
    zone: Annotated[Any, Depends(zone_of)],
) -> Response:  # fmt: skip
    """The graph as a file."""
    if kind not in FORMATS:
        raise VardeError(f"no such format: {kind}. There are {', '.join(FORMATS)}.")
    titled = options.titled(title_of(zone, found.window))
    made, style = folded(found.frame, titled, kind, found.before)
    name = f"linkgraph-{found.window.first.astimezone(zone):%Y-%m-%d}.{kind}"
    return Response(written(kind, made, found.frame, style), media_type=(MEDIA | _MORE_MEDIA)[kind],
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip
