"""The HTTP API of drawings: what a period has, and each as a small picture of its own packets."""

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from varde.app.aside import look
from varde.app.finding import BEHIND_MAX, too_much
from varde.app.station import Station
from varde.app.web.api import engine_of, station_of, window_of, zone_of
from varde.app.web.findings import SOURCES_MAX
from varde.decode.addresses import octets_of
from varde.decode.rows import iso
from varde.detect import Campaign
from varde.model import VardeError
from varde.query import Engine, Window, fireplot
from varde.query.drawings import Gallery, frame_of
from varde.query.fireplot import PORT_TOP
from varde.views import SCHEMES
from varde.views.campaigns import document, source_text
from varde.views.density import picture, png_of
from varde.views.gallery import THUMB

router = APIRouter(prefix="/api")

SENT_MAX = 100
"""Sources of one drawing that its picture is made of."""

_LONG = ("port_list", "target_list", "outline", "source_list")
_KEPT_SECONDS = 600
"""How long a browser keeps the picture of a drawing, which is over."""

_Engine = Annotated[Engine, Depends(engine_of)]
_Window = Annotated[Window, Depends(window_of)]


@router.get("/gallery")
def drawings(
    request: Request, engine: _Engine, window: _Window, station: Annotated[Station, Depends(station_of)], zone: Annotated[ZoneInfo, Depends(zone_of)],
) -> dict[str, Any]:  # fmt: skip
    """Pictures that somebody drew, the last first. `ready` is false while they are looked for: ask again. `picture` is what `drawing.png` is asked."""
    whole = Window(window.first, window.last, "all", window.sensor)

    def seek() -> tuple[Gallery | None, str]:
        much = too_much(engine, whole, BEHIND_MAX)
        if much:
            return None, f"Drawings are not looked for here: {much}. A shorter period, or `varde gallery`, has them."
        return look("gallery", station.context, engine, whole), ""

    goes_on = whole.last > datetime.now(timezone.utc) - timedelta(minutes=1)
    found, note = request.app.state.drawings.ask(whole, seek, goes_on=goes_on) or (None, "")
    shown = found.campaigns if found else ()
    return {"from": iso(window.first), "to": iso(window.last), "ready": found is not None or bool(note), "note": note or None, "left_out": found.left_out if found else 0,
            "events": found.events if found else 0, "width": THUMB[0], "height": THUMB[1], "drawings": [_document(one, zone) for one in shown]}  # fmt: skip


def _document(campaign: Campaign, zone: ZoneInfo) -> dict[str, Any]:
    window, low, high = frame_of(campaign)
    asked = {"from": iso(window.first), "to": iso(window.last), "port_min": low, "port_max": high, "action": "all", "source": [source_text(one) for one in campaign.sources[:SENT_MAX]]}
    said = {key: value for key, value in document(campaign, zone).items() if key not in _LONG}
    return said | {"source_list": [source_text(one) for one in campaign.sources[:SOURCES_MAX]], "picture": asked}


@router.get("/drawing.png")
def drawn(
    engine: _Engine, window: _Window, source: Annotated[list[str], Query(min_length=1, max_length=SENT_MAX)], scheme: str = "dark"
) -> Response:
    """What some sources sent in a period between two ports, without axes."""
    if scheme not in SCHEMES:
        raise VardeError(f"no such scheme: {scheme}. There are {', '.join(SCHEMES)}.")
    low, high = max(1, window.port_min or 1), PORT_TOP if window.port_max is None else window.port_max
    if low >= high:
        raise VardeError("port_min must be below port_max")
    answer = fireplot(engine, window, width=THUMB[0], height=THUMB[1], port_min=low, port_max=high, sources=[_octets(text) for text in source])
    return Response(png_of(picture(answer, SCHEMES[scheme])), media_type="image/png", headers={"Cache-Control": f"private, max-age={_KEPT_SECONDS}"})


def _octets(text: str) -> bytes:
    """Of an address, or of the /64 that one of IPv6 is named by."""
    octets = octets_of(text.removesuffix("/64"))
    if octets is None:
        raise VardeError(f"source={text!r} is no address; write 203.0.113.5 or 2001:db8::/64")
    return octets
