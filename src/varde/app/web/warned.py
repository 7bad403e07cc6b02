"""The HTTP API of warnings: counts of a period and the newest rows; what people say of them, where the page may write."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from varde.app.acknowledging import said, say_it, take_back
from varde.app.output import say
from varde.app.station import Station
from varde.app.web.api import engine_of, moment, station_of, zone_of
from varde.app.web.writing import require_own_page
from varde.decode.rows import iso
from varde.model import MUTE
from varde.model.acknowledged import WHAT_MAX
from varde.query import Engine, Window
from varde.query.ledger import accounts
from varde.query.warnings import BY, Counted, statistics, stored, unacknowledged
from varde.views.ledger import seen_document

router = APIRouter(prefix="/api")

_Engine = Annotated[Engine, Depends(engine_of)]
_Station = Annotated[Station, Depends(station_of)]

CURVE_DAYS = 30
"""Days up to the period's end that are counted by day: one day alone says nothing of what is usual."""

LOOKED_AT_MAX = 5_000
"""Warnings of a period that are compared with what was said, the newest."""

GROUPS_MAX = 200
"""Groups of one key that are told, the most frequent: `groups` is how many there are."""

SHOWN = 100
SHOWN_MAX = 1_000


def period_of(from_: Annotated[str, Query(alias="from")], to: str) -> Window:
    return Window(moment(from_, "from"), moment(to, "to"), action="all")


@router.get("/warnings")
def warnings(
    engine: _Engine, station: _Station, window: Annotated[Window, Depends(period_of)], zone: Annotated[Any, Depends(zone_of)],
    limit: Annotated[int, Query(ge=1, le=SHOWN_MAX)] = SHOWN,
) -> dict[str, Any]:  # fmt: skip
    """`by` list, country and host of the period, and by day of the CURVE_DAYS days up to its end, as `varde warn --stats` counts them;
    `warnings`, the newest, each with whether it is `open`; `said`; `may_write`: whether POST /api/warnings/said is allowed."""
    rows = stored(engine, window, limit=LOOKED_AT_MAX)
    words = said(station.context)
    loud = unacknowledged(rows, words)
    is_open = {id(row) for row in loud}
    days = Window(window.last - timedelta(days=CURVE_DAYS), window.last, action="all")
    groups = {by: statistics(engine, days if by == "day" else window, by, zone) for by in BY}
    return {
        "from": iso(window.first), "to": iso(window.last), "tz": zone.key, **seen_document(accounts(engine, window)),
        "by": {by: [_group(by, one) for one in found[:GROUPS_MAX]] for by, found in groups.items()},
        "groups": {by: len(found) for by, found in groups.items()}, "total": _total(engine, window, zone),
        "days": CURVE_DAYS, "unacknowledged": len(loud), "more": len(rows) >= LOOKED_AT_MAX,
        "warnings": [row | {"open": id(row) in is_open} for row in rows[: -limit - 1 : -1]],
        "said": [each.as_fact() | {"in_force": each.kind != MUTE or each.is_in_force(iso(station.context.now()))} for each in reversed(words)],
        "may_write": station.context.config.web.write,
    }  # fmt: skip


def _group(by: str, group: Counted) -> dict[str, Any]:
    row = asdict(group)
    return {by: row.pop("key")} | row


def _total(engine: Engine, window: Window, zone: Any) -> dict[str, int]:
    """Of the period: by day each warning counts once."""
    found = statistics(engine, window, "day", zone)
    return {name: sum(getattr(one, name) for one in found) for name in ("count", "warnings", "packets", "octets")}


class Said(BaseModel):
    """An acknowledgement or a mute as the page asks for it."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["ack", "mute"]
    what: str = Field(max_length=WHAT_MAX)
    until: str | None = Field(None, max_length=40)
    why: str = Field("", max_length=WHAT_MAX)
    undo: bool = False


@router.post("/warnings/said")
def say_of_warnings(request: Request, station: _Station, asked: Said) -> dict[str, str]:
    """Acknowledge, mute, or take either back. Answers a `sentence`, which the station's log has too."""
    require_own_page(request, station, "`varde warn ack` and `varde warn mute`")
    if asked.undo:
        sentence = take_back(station.context, asked.kind, asked.what)
    else:
        sentence = say_it(station.context, asked.kind, asked.what, asked.until or None, asked.why)
    say(f"from the page: {sentence}")
    return {"sentence": sentence}
