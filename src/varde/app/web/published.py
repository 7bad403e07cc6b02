"""Published files over HTTP, for firewalls and routers that fetch their lists: read-only, with an ETag, and only what is meant for others."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import PlainTextResponse, Response

from varde.app.station import Station
from varde.app.web.api import station_of
from varde.deliver.generations import Generations
from varde.export.intel import FORMATS

router = APIRouter(prefix="/published")

_Station = Annotated[Station, Depends(station_of)]

SECONDS = 300
"""How long a fetcher may keep what it has without asking: firewalls ask every five minutes at most."""


@router.get("/{name}", response_class=PlainTextResponse)
def published(station: _Station, name: str, part: str = "", if_none_match: Annotated[str, Header()] = "") -> Response:
    """The file of an output of [[publish]] that others fetch, as it was last published; `part` names one of those beside it. 304
    where the asker has it already, 404 where there is no such output."""
    section = next((one for one in station.context.config.publish if one.name == name and one.for_others), None)
    parts = ("", *FORMATS[section.format].parts) if section else ()
    generation = Generations(station.context.store.path / "published").newest()
    stored = next((one for one in generation.outputs if section and one.shared and (one.name, one.format) == (name, section.format)), None) if generation else None
    if generation is None or stored is None or part not in parts:
        return PlainTextResponse("nothing that others may fetch was published under this name\n", 404)
    at = parts.index(part)
    headers = {"ETag": f'"{stored.sums[at]}"', "Cache-Control": f"private, max-age={SECONDS}"}
    if stored.sums[at] in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(generation.content(stored)[at], media_type="text/plain; charset=utf-8", headers=headers)
