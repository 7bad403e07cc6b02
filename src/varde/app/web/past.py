"""The HTTP API of the live view's past: what it would have shown, and how busy a period was."""

from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Depends, Query

from varde.app.web.api import engine_of, window_of
from varde.decode.events import KINDS, SECOND_MS, cells, chosen
from varde.decode.rows import iso
from varde.model import VardeError
from varde.query import Engine, Window
from varde.query.replay import curve, parts

router = APIRouter(prefix="/api")

_Window = Annotated[Window, Depends(window_of)]
_Engine = Annotated[Engine, Depends(engine_of)]
_Kinds = Annotated[list[str] | None, Query(max_length=len(KINDS))]

EVENTS_MAX = 200_000
"""Events after which an answer ends: the page goes on where it ended, and no question costs more than about a second."""

SLICE_SECONDS = 60
SLICE_LONGEST = 86_400
GRAINS = 60
"""What happens within a sixtieth of a slice is one moment; no moment is shorter than a second, as stamps of logs are."""

BUCKETS_MAX = 2000
"""More than a screen is wide."""


@router.get("/replay")
def past(
    engine: _Engine, window: _Window, kind: _Kinds = None, step: Annotated[int, Query(ge=SLICE_SECONDS, le=SLICE_LONGEST)] = SLICE_SECONDS,
) -> dict[str, Any]:  # fmt: skip
    """What the live view would have shown: `slices`, one every `step` seconds, of {events, probes, balls}; see `varde.decode.events.balls`.

    `probes`: how many of the events are probes; the others are logins.

    An answer that has EVENTS_MAX events ends early: `to` is up to when it tells everything."""
    grain = max(SECOND_MS, step * SECOND_MS // GRAINS)
    gathered: dict[int, list[pl.DataFrame]] = {}
    events, end = 0, window.last
    for told, part in parts(engine, window, tuple(kind or KINDS)):
        for number, found in _by_slice(cells(part, grain), step):
            gathered.setdefault(number, []).append(found)
        events += len(part)
        if events >= EVENTS_MAX:
            end = min(told, window.last)
            break
    slices = [_slice(pl.concat(gathered[number])) for number in sorted(gathered)]
    return {"from": iso(window.first), "to": iso(end), "step": step, "events": events, "slices": slices}


def _by_slice(found: pl.DataFrame, step: int) -> list[tuple[int, pl.DataFrame]]:
    numbered = found.with_columns((pl.col("ms") // (step * SECOND_MS)).alias("slice"))
    return [(int(part["slice"][0]), part.drop("slice")) for part in numbered.partition_by("slice")]


def _slice(found: pl.DataFrame) -> dict[str, Any]:
    probes = found.filter(pl.col("kind") == "firewall")["count"].sum()
    return {"events": int(found["count"].sum()), "probes": int(probes), "balls": chosen(found)}


@router.get("/replay/curve")
def busy(engine: _Engine, window: _Window, kind: _Kinds = None, buckets: Annotated[int, Query(ge=1, le=BUCKETS_MAX)] = 240) -> dict[str, Any]:
    """How many `probes` were refused and logins `failed` and were `accepted` in each of `buckets` equal parts of the period."""
    kinds = tuple(kind or KINDS)
    if unknown := set(kinds) - set(KINDS):
        raise VardeError(f"no such kind: {', '.join(sorted(unknown))}. There are {', '.join(KINDS)}.")
    found = curve(engine, window, buckets, kinds)
    return {"from": iso(window.first), "to": iso(window.last), "probes": found.probes, "failed": found.failed, "accepted": found.accepted}
