"""The HTTP API of what honeypots saw."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from varde.app.commands.honeypot import NAMES, HoneypotOptions, answer
from varde.app.station import Station
from varde.app.web.api import engine_of, station_of, window_of
from varde.model import VardeError
from varde.query import Engine, Window
from varde.query.sessions import storyboard

router = APIRouter(prefix="/api")

_Window = Annotated[Window, Depends(window_of)]
_Engine = Annotated[Engine, Depends(engine_of)]
_Station = Annotated[Station, Depends(station_of)]
_Limit = Annotated[int, Query(ge=1, le=1000)]

@router.get("/honeypot/{table}")
def table(
    table: str, engine: _Engine, station: _Station, window: _Window, top: _Limit = 20, order: str = "frequency",
    user: Annotated[str | None, Query(max_length=1000)] = None, accepted: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """One of the honeypot's tables, as `varde honeypot TABLE --json` has it."""
    if table not in NAMES:
        raise VardeError(f"no such table: {table}. There are {', '.join(sorted(NAMES))}.")
    return answer(station.context, engine, window, table, HoneypotOptions(user=user, top=top, order=order, accepted=accepted))


@router.get("/storyboard")
def story(engine: _Engine, window: _Window, session: Annotated[str | None, Query(max_length=200)] = None) -> dict[str, Any]:
    """What a session did, or what all sessions of a source did (`src`), in order of time."""
    if session is None and window.src is None:
        raise VardeError("a storyboard is of a session or of a source: say session=... or src=...")
    return {"events": storyboard(engine, window, session)}
