"""The HTTP API of findings: what a period has, where its outlines and captions go in a picture of it, and the gallery of drawings."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request

from varde.app.finding import marks
from varde.app.station import Station
from varde.app.web.api import engine_of, moment, station_of, tile_of, window_of, zone_of
from varde.app.web.looked import found_in
from varde.decode.rows import iso
from varde.query import Engine, Window
from varde.views.outlines import Group, Mark, grouped
from varde.views.placing import Letters, Placed, placed_in

router = APIRouter(prefix="/api")

SOURCES_MAX = 20
"""Of a finding that the page names; the command beside them shows all."""

_LONG = ("port_list", "target_list", "outline", "curve", "payloads")
"""Of a document what the page does not show."""


@router.get("/findings")
def findings(
    request: Request, engine: Annotated[Engine, Depends(engine_of)], station: Annotated[Station, Depends(station_of)],
    window: Annotated[Window, Depends(window_of)], zone: Annotated[ZoneInfo, Depends(zone_of)],
    view_from: str | None = None, view_to: str | None = None,
    width: Annotated[int | None, Query(ge=16, le=8192)] = None, height: Annotated[int, Query(ge=16, le=4096)] = 417,
    letter: Annotated[float, Query(ge=2, le=40)] = 7.0, line: Annotated[float, Query(ge=6, le=80)] = 14.0,
    above: Annotated[int, Query(ge=0, le=100)] = 0, beside: Annotated[int, Query(ge=0, le=100)] = 0,
) -> dict[str, Any]:  # fmt: skip
    """Scans, surges and drawings of a period. `ready` is false while they are looked for: ask again.

    With `width` and `height`, also where outlines and captions go in a picture of that size, of the period or of `view_from` to `view_to`,
    between the two ports: in pixels from the left and the top of its port area. `letter` is how wide a letter is at most on average, `line` how
    high a line, and `beside` and `above` how many pixels around the picture are free for numbers. `note` says why a period is not looked through."""
    wide = window.without_ports()
    found, note = found_in(request.app.state.findings, engine, station, wide, zone)
    shown = marks(found, wide, zone) if found else []
    document: dict[str, Any] = {"from": iso(window.first), "to": iso(window.last), "ready": found is not None or bool(note), "note": note or None,
                                "left_out": found.left_out if found else 0, "findings": [_document(mark) for mark in shown], "places": None}  # fmt: skip
    if width is not None and shown:
        view = replace(window, first=_moment(view_from, "view_from", window.first), last=_moment(view_to, "view_to", window.last))
        answer = tile_of(request, engine, view, width, height)
        groups, left_out = grouped(shown, answer)
        letters = Letters(lambda words: letter * len(words) + line / 2, line, beside=beside, above=above)
        placed = placed_in(answer, groups, left_out, letters)
        document["places"] = {"left_out": placed.left_out, "shown": [_place(one) for one in placed.placed]}
    return document


def _moment(text: str | None, name: str, otherwise: datetime) -> datetime:
    return moment(text, name) if text else otherwise


def _document(mark: Mark) -> dict[str, Any]:
    """What the page shows of a finding."""
    said = {key: value for key, value in mark.document.items() if key not in _LONG}
    times, ports = zip(*mark.corners, strict=True)
    place = {"first": min(times) // 1000, "last": -(-max(times) // 1000), "low": min(ports), "high": max(ports)}
    return said | place | {"caption": mark.caption, "planes": list(mark.planes), "source_list": (said.get("source_list") or [])[:SOURCES_MAX]}


def _place(placed: Placed) -> dict[str, Any]:
    box, group = placed.box, placed.group
    return {"id": group.mark.id, "number": group.number, "alike": _ids(group), "outline": [[round(x, 1), round(y, 1)] for x, y in placed.outline],
            "words": list(placed.words), "box": [round(value, 1) for value in (box.left, box.top, box.width, box.height)], "told": placed.told, "is_left": placed.is_left,
            "leader": placed.leader and [[round(x, 1), round(y, 1)] for x, y in placed.leader]}  # fmt: skip


def _ids(group: Group) -> list[str]:
    return [mark.id for mark in group.alike]
