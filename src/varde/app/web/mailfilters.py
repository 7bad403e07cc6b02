"""The HTTP API of mail filters: what each told last, and what the last day had."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from varde.app.station import Station
from varde.app.web.api import engine_of, station_of
from varde.decode.rows import iso
from varde.query import Engine, Window
from varde.query.readings import growth

router = APIRouter(prefix="/api")

HOURS = 24
SHOWN = {
    "received": ("inMsgs",), "spam": ("contentSpamMsgs", "contentSpammyMsgs"), "virus": ("contentVirusMsgs",), "banned": ("contentBannedMsgs",),
    "bad_header": ("contentBadHdrMsgs",), "bounces": ("inMsgsBounce",), "open_relay": ("inMsgsOpenRelay",),
}  # fmt: skip


@router.get("/amavis")
def amavis(engine: Annotated[Engine, Depends(engine_of)], station: Annotated[Station, Depends(station_of)]) -> dict[str, Any]:
    """`hosts`: each mail filter that is read, or has stored readings of the last HOURS hours, with `hours`: messages of each hour, oldest first."""
    now = station.context.now()
    window = Window(now - timedelta(hours=HOURS), now, action="all")
    grown = growth(engine, window, [name for names in SHOWN.values() for name in names], HOURS)
    told = {one["host"]: one for one in station.mail.documents()}
    hosts = [{**told.get(host, _only_stored(host)), "hours": _hours(grown.get(host, {}))} for host in dict.fromkeys((*told, *sorted(grown)))]
    return {"from": iso(window.first), "to": iso(window.last), "hosts": hosts}


def _only_stored(host: str) -> dict[str, Any]:
    """One that this station does not read any more."""
    return {"host": host, "error": None, "time": None, "uptime_seconds": None, "description": None, "values": {}, "ratios": {}}


def _hours(grown: dict[str, list[int]]) -> dict[str, list[int]]:
    none = [0] * HOURS
    return {key: [sum(each) for each in zip(*(grown.get(name, none) for name in names), strict=True)] for key, names in SHOWN.items()}
