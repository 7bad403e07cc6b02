"""The HTTP API of panels, and their badges: what monitoring reads, from the file that the station writes for it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response

from varde.app.panels import SCHEMES, badge_of, panels_document
from varde.app.station import Station
from varde.app.web.api import station_of
from varde.faces import SPAN_SECONDS, STEP_SECONDS, Board, board_of, read_board
from varde.model import VardeError
from varde.model.panels import BY_ID
from varde.views.badge import SCALES, badge_png, badge_svg

router = APIRouter()

STEPS_MAX = SPAN_SECONDS // STEP_SECONDS
_STEPS = 360
"""Of a minute each: what is drawn where nobody says."""

_Station = Annotated[Station, Depends(station_of)]
_Steps = Annotated[int, Query(ge=0, le=STEPS_MAX)]


def board_in(station: _Station) -> Board:
    return read_board(board_of(station.context.store.path))


_Board = Annotated[Board, Depends(board_in)]


@router.get("/api/panels")
def panels(board: _Board, points: _Steps = 0) -> dict[str, Any]:
    """Every panel, its lines with what they have now, and the names by which Munin, checks and Prometheus know them.

    `now` and `points` are in what comes a minute where `rate` is true; null is what is not known. `points` are of equal steps from `from` to `to`."""
    return panels_document(board, points)


@router.get("/api/panels/{name}")
def panel(board: _Board, name: str, points: _Steps = _STEPS) -> dict[str, Any]:
    """One panel with its curves."""
    if name not in BY_ID:
        raise HTTPException(404, f"there is no panel {name!r}. Known: {', '.join(BY_ID)}.")
    return panels_document(board, points, (BY_ID[name],))


@router.get("/badge/{name}")
def badge(board: _Board, name: str, scheme: str = "dark", scale: Annotated[int, Query(ge=SCALES[0], le=SCALES[1])] = 1) -> Response:
    """PANEL.svg, PANEL.png or PANEL.LINE.svg: a small picture for wikis and alerts."""
    what, _, suffix = name.rpartition(".")
    if suffix not in ("svg", "png") or scheme not in SCHEMES:
        raise HTTPException(404, f"write badge/PANEL.svg or badge/PANEL.png, with scheme={' or '.join(SCHEMES)}")
    try:
        made = badge_of(board, what)
    except VardeError as error:
        raise HTTPException(404, str(error)) from None
    content = badge_svg(made, scheme) if suffix == "svg" else badge_png(made, scheme, scale)
    return Response(content, media_type="image/svg+xml" if suffix == "svg" else "image/png", headers={"Cache-Control": f"max-age={STEP_SECONDS}"})
