"""The HTTP API of what honeypots saw, and of the live view's past."""

from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Depends, Query

from varde.app.commands.honeypot import NAMES, HoneypotOptions, answer
from varde.app.station import Station
from varde.app.web.api import engine_of, station_of, window_of
from varde.decode.events import KINDS, balls
from varde.model import VardeError
from varde.query import Engine, Window
from varde.query.replay import replay
from varde.query.sessions import storyboard

router = APIRouter(prefix="/api")

_Window = Annotated[Window, Depends(window_of)]
_Engine = Annotated[Engine, Depends(engine_of)]
_Station = Annotated[Station, Depends(station_of)]
_Limit = Annotated[int, Query(ge=1, le=1000)]

REPLAY_EVENTS_MAX = 2_000_000
"""Events of one question for the past: more are a question about less time."""


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


@router.get("/replay")
def past(engine: _Engine, window: _Window, kind: Annotated[list[str] | None, Query()] = None) -> dict[str, Any]:
    """What the live view would have shown: `slices`, one a minute, of {events, balls}; see `varde.decode.events.balls`."""
    slices, events = [], 0
    for part in replay(engine, window, tuple(kind or KINDS)):
        minutes = part.with_columns(pl.col("time").dt.truncate("1m").alias("minute")).partition_by("minute", maintain_order=True)
        for minute in minutes:
            count, shown = balls(minute.drop("minute"))
            slices.append({"events": count, "balls": shown})
            events += count
        if events > REPLAY_EVENTS_MAX:
            raise VardeError(f"more than {REPLAY_EVENTS_MAX:,} events in that period: ask about less time")
    return {"events": events, "slices": slices}
