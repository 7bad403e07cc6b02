"""The HTTP API of what honeypots saw."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from varde.app.commands.honeypot import NAMES, HoneypotOptions, answer, columns_of
from varde.app.recordings import recording
from varde.app.station import Station
from varde.app.web.api import engine_of, located_life, station_of, window_of
from varde.decode.rows import iso, json_row
from varde.decode.ttylog import Recording
from varde.model import PAYLOADS, VardeError
from varde.query import Engine, Window, extent
from varde.query.captures import Wanted, capture, captures, sightings
from varde.query.life import HONEYPOTS
from varde.query.novelty import novelty
from varde.query.payloads import payload
from varde.query.sessions import recordings, storyboard
from varde.views.captures import GLIMPSE, csv_text, documents, glimpse
from varde.views.dissection import dissected
from varde.views.honeypot_sentences import honeypot_headline, honeypot_totals
from varde.views.listing import csv_of

router = APIRouter(prefix="/api")

_Window = Annotated[Window, Depends(window_of)]
_Engine = Annotated[Engine, Depends(engine_of)]
_Station = Annotated[Station, Depends(station_of)]
_Limit = Annotated[int, Query(ge=1, le=1000)]

CURVE_DAYS = 14
"""Days of the small curves beside a name."""


@router.get("/honeypot")
def honeypot(engine: _Engine, window: _Window) -> dict[str, Any]:
    """What is new in a period, in a sentence; totals, how many rows each table has in it, and where nothing is in it: when the
    last of all was seen (null where nothing is stored)."""
    found = novelty(engine, window)
    last = None if any(found.counts.values()) else extent(engine, HONEYPOTS)[1]
    filtered = window != Window(window.first, window.last, window.action)
    return {
        "headline": honeypot_headline(found, filtered=filtered), "totals": honeypot_totals(found), "days_before": found.days,
        "counts": found.counts, "last": iso(last) if last else None,
    }  # fmt: skip


def _options(
    top: _Limit = 20, order: str = "frequency", user: Annotated[str | None, Query(max_length=1000)] = None, accepted: bool = False,
    form: Annotated[str | None, Query(max_length=20)] = None,
) -> HoneypotOptions:  # fmt: skip
    return HoneypotOptions(user=user, top=top, order=order, accepted=accepted, form=form, curve_days=CURVE_DAYS)


_Options = Annotated[HoneypotOptions, Depends(_options)]


@router.get("/honeypot/{table}.csv")
def table_file(table: str, engine: _Engine, station: _Station, window: _Window, options: _Options) -> Response:
    """One of the honeypot's tables, as `varde honeypot TABLE --csv` has it."""
    rows = _table(table, engine, station, window, options)["rows"]
    name = f"honeypot-{table}-{window.first.astimezone(station.context.zone):%Y-%m-%d}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(rows, columns_of(rows) if rows else []), media_type="text/csv; charset=utf-8", headers=disposition)


@router.get("/honeypot/{table}")
def table(table: str, engine: _Engine, station: _Station, window: _Window, options: _Options) -> dict[str, Any]:
    """One of the honeypot's tables, as `varde honeypot TABLE --json` has it; with names of systems, and curves of two weeks."""
    found = _table(table, engine, station, window, options)
    for row in found["rows"]:
        number = row.get("as", row.get("src_as"))
        if number is not None:
            row["as_name"] = station.context.geography.as_name(number)
    return found


def _table(table: str, engine: Engine, station: Station, window: Window, options: HoneypotOptions) -> dict[str, Any]:
    if table not in NAMES:
        raise VardeError(f"no such table: {table}. There are {', '.join(sorted(NAMES))}.")
    return answer(station.context, engine, window, table, options)


@router.get("/payload")
def one_payload(engine: _Engine, window: _Window, example: Annotated[str, Query(max_length=300)]) -> dict[str, Any]:
    """One payload whole: who sent it where, all headers in order, strings, URLs that are no links, and its octets."""
    row = payload(engine, window, example)
    if row is None:
        raise VardeError("there is no such payload in this period")
    data = bytes(row["data"] or b"")
    about = json_row({name: value for name, value in row.items() if name not in ("data", "raw", "headers")}, PAYLOADS)
    return about | {"payload": dissected(data, int(row["length"] or len(data)))}


@router.get("/captures")
def caught(engine: _Engine, window: _Window, port: Annotated[int | None, Query(ge=0, le=65535)] = None, top: _Limit = 100) -> dict[str, Any]:
    """What was sent to ports that `varde catch` listens on, newest first."""
    rows, total = captures(engine, Wanted(window.first, window.last, port, window.src), top)
    short = [row | {"data": bytes(row["data"])[:GLIMPSE]} for row in reversed(rows)]
    told = [document | {"glimpse": glimpse(row["data"])} for document, row in zip(documents(short), short, strict=True)]
    return {"total": total, "captures": [{name: value for name, value in row.items() if name != "data"} for row in told]}


@router.get("/captures.csv")
def captures_file(engine: _Engine, window: _Window, port: Annotated[int | None, Query(ge=0, le=65535)] = None, top: _Limit = 100) -> Response:
    """The same as `varde captures --csv` has it."""
    rows, _ = captures(engine, Wanted(window.first, window.last, port, window.src), top)
    return Response(csv_text(rows), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="captures.csv"'})


_ID = re.compile("[0-9a-f]{1,15}")
"""A capture's number in hexadecimal; more digits do not fit the column."""


@router.get("/captures/{name}")
def one_capture(name: str, engine: _Engine) -> dict[str, Any]:
    """One capture, by the `id` of the list: as the list has it, its payload taken apart, and where the same was seen."""
    row = capture(engine, int(name, 16)) if re.fullmatch(_ID, name) else None
    if row is None:
        raise VardeError("there is no such capture in the store")
    seen, data = sightings(engine, row["sha256"]), bytes(row["data"])
    about = {key: value for key, value in documents([row | {"data": b""}])[0].items() if key != "data"}
    return about | {
        "payload": dissected(data, int(row["length"])),
        "seen": {"captures": seen.captures, "sources": seen.sources, "first": iso(seen.first), "last": iso(seen.last), "ports": list(seen.ports)},
    }  # fmt: skip


@router.get("/life")
def one_life(engine: _Engine, station: _Station, window: _Window) -> dict[str, Any]:
    """What a source (`src`) did at honeypots in a period: counts, what it tried most, and its chain of names, hosts and paths."""
    if window.src is None:
        raise VardeError("a life is of a source: say src=...")
    return {"life": located_life(engine, station, window)}


@router.get("/storyboard")
def story(engine: _Engine, window: _Window, session: Annotated[str | None, Query(max_length=200)] = None) -> dict[str, Any]:
    """What a session did, or what all sessions of a source did (`src`), in order of time."""
    if session is None and window.src is None:
        raise VardeError("a storyboard is of a session or of a source: say session=... or src=...")
    return {"events": storyboard(engine, window, session)}


@router.get("/recording")
def recorded(engine: _Engine, station: _Station, window: _Window, session: Annotated[str, Query(max_length=200)]) -> dict[str, Any]:
    """The recorded terminals of a session: when each began, how long it lasted, and [ms, what was shown] in order. The text is as
    it came, control sequences and all."""
    found = recordings(engine, window, session)
    if not found:
        raise VardeError("the log tells of no recorded terminal of this session")
    config = station.context.config
    return {"recordings": [_recording(recording(config, row["sensor"], row["recording"])) | row for row in found]}


def _recording(found: Recording) -> dict[str, Any]:
    return {"began": iso(found.began), "lasted_ms": found.lasted_ms, "events": found.events, "is_cut": found.is_cut}
