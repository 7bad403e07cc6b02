"""The HTTP API of the beacon: what is matched, and which warnings nobody has acknowledged yet."""

from datetime import timedelta, timezone
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from varde.app.beacon import ACKNOWLEDGED
from varde.app.station import Station
from varde.app.web.api import engine_of, station_of
from varde.model import acknowledgements
from varde.query import Engine, Window
from varde.query.ledger import accounts
from varde.query.warnings import stored, unacknowledged
from varde.views.ledger import seen_document

router = APIRouter(prefix="/api")

_Engine = Annotated[Engine, Depends(engine_of)]
_Station = Annotated[Station, Depends(station_of)]

DAYS = 30
"""How far back the beacon looks."""

LOOKED_AT_MAX = 5_000
"""Warnings of these days that are looked at, the newest: who has more has no use for a number."""

SHOWN_MAX = 50


@router.get("/beacon")
def beacon(engine: _Engine, station: _Station) -> dict[str, Any]:
    """`indicators` and `lists` that are matched; `unacknowledged` warnings of the last DAYS days (`more` where there may be others),
    and the newest of them as rows with their `line`; `share_seen` and `flows_seen`: what of the exported flows of these days they rest on."""
    context = station.context
    now = context.now().astimezone(timezone.utc)
    window = Window(now - timedelta(days=DAYS), now + timedelta(days=1), action="all")
    rows = stored(engine, window, limit=LOOKED_AT_MAX) + list(station.beacon.recent)
    loud = unacknowledged(rows, acknowledgements(context.store.facts.get(ACKNOWLEDGED)))
    told = context.lists.status()
    return {
        "indicators": told["indicators"], "lists": [{"name": one["name"], "error": one["error"]} for one in told["lists"]], "days": DAYS,
        **seen_document(accounts(engine, window)), "unacknowledged": len(loud), "more": len(rows) >= LOOKED_AT_MAX, "warnings": loud[: -SHOWN_MAX - 1 : -1],
    }  # fmt: skip
