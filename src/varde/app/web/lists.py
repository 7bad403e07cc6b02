"""The HTTP API of lists: how they fare, what is published with them, and rehearsing, publishing and taking back."""

import threading
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from varde.app.commands.intel import readable
from varde.app.commands.intel_publish import publish_now, publisher_of, rehearsal, roll_back
from varde.app.output import say
from varde.app.station import Station
from varde.app.web.api import station_of
from varde.app.web.writing import require_own_page
from varde.deliver.generations import Generation
from varde.model import VardeError

router = APIRouter(prefix="/api")

_Station = Annotated[Station, Depends(station_of)]

GENERATIONS_MAX = 20

_ONE = threading.Lock()
"""One publication, or look at the past, at a time: each takes memory for all lists."""


@router.get("/lists")
def lists(station: _Station) -> dict[str, Any]:
    """How each list fares, as `varde intel status --json` says it; `outputs` as they were published last, `generations` the newest first;
    `publishing` as `varde status --json` says it of a station."""
    context = station.context
    told = context.lists.status()
    generations = publisher_of(context).generations.all()
    newest = {stored.name: stored for stored in (generations[-1].outputs if generations else ())}
    outputs = [
        {"name": section.name, "format": section.format, "path": str(section.path), "lists": list(section.lists),
         "entries": newest[section.name].entries if section.name in newest else None}
        for section in context.config.publish
    ]  # fmt: skip
    return {
        "indicators": told["indicators"], "lists": [readable(one) for one in told["lists"]], "outputs": outputs,
        "generations": [_generation(one) for one in reversed(generations[-GENERATIONS_MAX:])], "may_write": context.config.web.write,
        "publishing": station.publishing.document(),
    }  # fmt: skip


def _generation(one: Generation) -> dict[str, Any]:
    return {"number": one.number, "made": one.made, "of": one.of, "outputs": {stored.name: stored.entries for stored in one.outputs}}


@router.get("/lists/rehearsal")
def rehearsed(station: _Station) -> dict[str, Any]:
    """What all lists would have hit in the stored past, as `varde intel rehearse --json` says it."""
    with _ONE:
        return rehearsal(station.context)


class Publication(BaseModel):
    """What the page asks for."""

    model_config = ConfigDict(extra="forbid")

    dry: bool = False
    force: bool = False


@router.post("/lists/publish")
def publish(request: Request, station: _Station, asked: Publication) -> dict[str, Any]:
    """Publish all outputs, or say what would be. Answers as `varde intel publish --json`, with a `sentence`."""
    require_own_page(request, station, "`varde intel publish`")
    with _ONE:
        outcome = publish_now(station.context, dry=asked.dry, force=asked.force)
    return _answered(outcome.document(), f"{outcome.ending}{_failures(outcome.done.failures)}", loud=not asked.dry)


class WayBack(BaseModel):
    """The generation whose outputs are wanted; without one that before the last."""

    model_config = ConfigDict(extra="forbid")

    number: int | None = Field(None, ge=0)


@router.post("/lists/rollback")
def back(request: Request, station: _Station, asked: WayBack) -> dict[str, Any]:
    """Put the outputs of an earlier generation back. Answers as `publish`."""
    require_own_page(request, station, "`varde intel rollback`")
    with _ONE:
        outcome, sentence = roll_back(station.context, asked.number)
    return _answered(outcome.document(), f"{sentence}{_failures(outcome.done.failures)}", loud=True)


class Refresh(BaseModel):
    """A list to be read or fetched now; `force` takes what is held back."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64)
    force: bool = False


@router.post("/lists/update")
def update(request: Request, station: _Station, asked: Refresh) -> dict[str, Any]:
    """Read or fetch a configured list. Answers its state and a `sentence`."""
    require_own_page(request, station, "`varde intel update`")
    (told,) = station.context.lists.update([asked.name], force=asked.force)
    state = readable(told)
    if state["error"]:
        raise VardeError(f"{asked.name}: {state['error']}")
    return _answered({"list": state}, f"list {asked.name}: {state['indicators']:,} indicators", loud=True)


def _failures(failures: list[str]) -> str:
    return f"; the files are in place, but {'; '.join(failures)}" if failures else ""


def _answered(document: dict[str, Any], sentence: str, *, loud: bool) -> dict[str, Any]:
    if loud:
        say(f"from the page: {sentence}")
    return document | {"sentence": sentence}
