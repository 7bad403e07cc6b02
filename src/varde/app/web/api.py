"""The HTTP API, one function an address. Answers are JSON; errors are {"detail": a sentence}."""

import asyncio
import dataclasses
import json
import os
import queue
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from varde import __version__
from varde.app.commands.store import status_document
from varde.app.commands.why import listed, mentioned, subject_of
from varde.app.finding import marks
from varde.app.station import Station
from varde.app.web.looked import found_in
from varde.app.web.tiles import Tiles
from varde.decode.rows import iso
from varde.model import LOSSES, PLANES, PROBES, RECORDS, WARNINGS, Table, VardeError
from varde.query import (
    Answer,
    Engine,
    PortCount,
    Question,
    Window,
    day_counts,
    differences,
    extent,
    fireplot,
    port_counts,
    port_total,
    records,
    reject_samples,
    source_total,
    top_destinations,
    top_sources,
    total,
    understand,
)  # fmt: skip
from varde.query.beside import Compared, beside
from varde.query.life import HONEYPOTS, life
from varde.views import FORMATS, SCHEMES, SHOWS_FINDINGS, Style, draw_fireplot
from varde.views.axes import day_window
from varde.views.brief import Words, totals
from varde.views.calendar import draw_calendar, thumbnail
from varde.views.captions import probes_from
from varde.views.sentences import card, headline

router = APIRouter(prefix="/api")

MEDIA = {"png": "image/png", "svg": "image/svg+xml", "html": "text/html; charset=utf-8", "json": "application/json", "csv": "text/csv; charset=utf-8"}
KEEP_ALIVE_SECONDS = 15.0
_DOWNLOAD_SECONDS = 30.0  # a file cannot be asked for again while it comes


def station_of(request: Request) -> Station:
    station = request.app.state.station
    assert isinstance(station, Station)
    return station


def engine_of(request: Request) -> Engine:
    engine = request.app.state.engine
    assert isinstance(engine, Engine)
    return engine


def zone_of(request: Request, tz: str | None = None) -> ZoneInfo:
    try:
        return ZoneInfo(tz) if tz else station_of(request).context.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise VardeError(f"{tz!r} is no time zone; write one such as Europe/Oslo") from None


def moment(text: str, name: str) -> datetime:
    """ISO 8601 or epoch seconds. Raises VardeError for anything else."""
    try:
        if text.replace(".", "", 1).removeprefix("-").isdigit():
            return datetime.fromtimestamp(float(text), timezone.utc)
        value = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise VardeError(f"{name}={text!r} is no time; write 2026-11-20T00:00:00Z or seconds since 1970") from None
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def window_of(
    from_: Annotated[str, Query(alias="from")], to: str, action: str = "refused", sensor: str | None = None, src: str | None = None,
    dst: str | None = None, plane: Annotated[list[str] | None, Query()] = None, port_min: Annotated[int | None, Query(ge=0, le=65535)] = None,
    port_max: Annotated[int | None, Query(ge=0, le=65535)] = None, country: Annotated[str | None, Query(max_length=2)] = None,
    portless: bool = False,
) -> Window:  # fmt: skip
    unknown = set(plane or ()) - {p.key for p in PLANES}
    if unknown:
        raise VardeError(f"no such plane: {', '.join(sorted(unknown))}. There are {', '.join(p.key for p in PLANES)}.")
    return Window(moment(from_, "from"), moment(to, "to"), action, sensor, src, dst, tuple(plane or ()), port_min, port_max, country, portless)


_Window = Annotated[Window, Depends(window_of)]
_Engine = Annotated[Engine, Depends(engine_of)]
_Station = Annotated[Station, Depends(station_of)]
_Zone = Annotated[ZoneInfo, Depends(zone_of)]
_Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/about")
def about(engine: _Engine, station: _Station) -> dict[str, Any]:
    """Version, period stored, databases, listeners, and the switches by which a command asks the same store.

    `first` and `last` are of probes; `tables` has the same of other tables that have a section of the page."""
    first, last = extent(engine, (PROBES,))
    return {
        "version": __version__, "synthetic": station.synthetic, "tz": station.context.zone.key, "now": iso(station.context.now()),
        "first": iso(first) if first else None, "last": iso(last) if last else None, "switches": switches_of(station),
        "tables": {table.name: _extent(engine, table) for table in (*RECORDS, WARNINGS, LOSSES) if table is not PROBES},
        "databases": [dataclasses.asdict(database) for database in station.context.geography.databases],
        "notices": station.context.notices(),
        "listeners": [dataclasses.asdict(entry) for entry in station.ports.entries.values()],
    }  # fmt: skip


def _extent(engine: Engine, table: Table) -> dict[str, str | None]:
    first, last = extent(engine, (table,))
    return {"first": iso(first) if first else None, "last": iso(last) if last else None}


def switches_of(station: Station) -> list[str]:
    """What the station was told about its store, configuration and zone, so that a command finds the same."""
    context = station.context
    store = context.store_path or os.environ.get("VARDE_STORE")
    named = (("--store", store), ("--config", context.config_path), ("--tz", context.tz))
    return [word for switch, value in named if value is not None for word in (switch, str(value))]


@router.get("/days")
def days(engine: _Engine, zone: _Zone, year: Annotated[int, Query(ge=1970, le=2200)]) -> dict[str, Any]:
    """Counts of the local days of a year that have probes."""
    window = Window(day_window(date(year, 1, 1), zone)[0], day_window(date(year + 1, 1, 1), zone)[0])
    return {"year": year, "tz": zone.key, "days": day_counts(engine, window, zone)}


@router.get("/fireplot")
def tile(
    request: Request, engine: _Engine, window: _Window, zone: _Zone, width: Annotated[int, Query(ge=16, le=8192)] = 1040,
    height: Annotated[int, Query(ge=16, le=4096)] = 417,
) -> dict[str, Any]:  # fmt: skip
    """Cells of the picture between two ports; never raw points.

    `events` and `sources` are of what lies between the ports, `outside` is how many records of the period do not; of all ports,
    they are of the whole period. `strips` have what has no place on the port axis, of the whole period: port 0, TCP and UDP
    without a port (fragments; `no_port`), both by plane, ICMP and other protocols; [column, events, ...] each."""
    answer = request.app.state.tiles.keep((window, width, height), _draw(engine, window, width, height))
    planes = {key: {"events": answer.events[key], "cells": cells.ravel().tolist()} for key, cells in answer.cells.items()}
    strips: dict[str, Any] = {
        name: {key: values.ravel().tolist() for key, values in by_plane.items()} for name, by_plane in answer.strips().items()
    }
    strips |= {name: strips[name][name] for name in ("icmp", "other")}  # of one plane each
    return {
        "from": iso(window.first), "to": iso(window.last), "tz": zone.key, "width": width, "height": height,
        "port_min": answer.port_min, "port_max": answer.port_max, "events": answer.total, "sources": answer.sources,
        "outside": answer.outside, "planes": planes, "strips": strips,
    }  # fmt: skip


def _draw(engine: Engine, window: Window, width: int, height: int, ports: int = 0) -> Answer:
    low, high = max(1, window.port_min or 1), 65535 if window.port_max is None else window.port_max
    if low >= high:
        raise VardeError("port_min must be below port_max")
    return fireplot(engine, window, width=width, height=height, port_min=low, port_max=high, ports=ports, explain=ports > 0)


def tile_of(request: Request, engine: Engine, window: Window, width: int, height: int) -> Answer:
    """The cells of a picture, which mostly were asked for a moment ago."""
    key, tiles = (window, width, height), request.app.state.tiles
    assert isinstance(tiles, Tiles)
    return tiles.known(key) or tiles.keep(key, _draw(engine, window, width, height))


@router.get("/fireplot/at")
def under_pointer(engine: _Engine, window: _Window) -> dict[str, Any]:
    """What lies in a small rectangle: events, ports, sources with country."""
    sums = total(engine, window)
    return {"events": sums.events, "sources": sums.sources, "ports": [_port(p) for p in port_counts(engine, window, 5)],
            "top_sources": top_sources(engine, window, 5)}  # fmt: skip


def _port(count: PortCount) -> dict[str, Any]:
    return {name: getattr(count, name) for name in ("plane", "proto", "port", "service", "events", "sources")}


@router.get("/ports")
def ports(engine: _Engine, window: _Window, limit: _Limit = 100) -> dict[str, Any]:
    """The table behind the picture."""
    return {"ports": [_port(p) for p in port_counts(engine, window, limit)], "total_ports": port_total(engine, window)}


@router.get("/sources")
def sources(engine: _Engine, window: _Window, station: _Station, limit: _Limit = 100) -> dict[str, Any]:
    """Who knocked, by events."""
    return {"sources": _named(top_sources(engine, window, limit), station), "total_sources": source_total(engine, window)}


def _named(rows: list[dict[str, Any]], station: Station) -> list[dict[str, Any]]:
    return [{**row, "src_as_name": station.context.geography.as_name(row["src_as"])} for row in rows]


@router.get("/records")
def record_page(engine: _Engine, window: _Window, limit: _Limit = 100, after: str | None = None) -> dict[str, Any]:
    """The records themselves, in order of time, with the lines they came from."""
    page = records(engine, window, limit=limit, after=after)
    return {"records": page.records, "next": page.next}


@router.get("/today")
def today(engine: _Engine, window: _Window, zone: _Zone) -> dict[str, Any]:
    """What is different in a period, in sentences. `days_before`: how many earlier days there are to compare with. The totals are those
    of `varde brief`, beside the day before alone: the weeks before take longer than a page should."""
    sums = total(engine, window)
    times = beside(engine, window, zone, weeks_max=0)
    past = total(engine, times.before) if times.before else None
    compared = differences(engine, window)
    filtered = window != Window(window.first, window.last, window.action)
    return {
        "headline": headline(compared, sums.events, window.action, filtered=filtered),
        "totals": totals(Compared(sums.events, past.events), Compared(sums.sources, past.sources), Words.of(times, zone), window) if past
        else probes_from(sums.events, sums.sources, window) + ".",
        "days_before": compared.days, "cards": [card(d, compared.days, zone) for d in compared.found],
    }  # fmt: skip


WHY_ROWS = 20  # of each table: what fits beside the picture


@router.get("/why")
def why(engine: _Engine, station: _Station, q: Annotated[str, Query(max_length=200)]) -> dict[str, Any]:
    """What is known about an address, network, name, port, AS or country, in all that is stored. `aimed`: the same for probes at an
    address or network; null where nothing can be aimed at it. `honeypot`: what it did at honeypots; null where that is nothing. `listed`: what
    lists, rules and outputs have of it; `seen`: where the store has a name, which sends no probes."""
    subject = subject_of(q)
    known: dict[str, Any] = {"listed": listed(station.context, subject), "seen": []}
    if subject.kind == "name":
        known["seen"] = mentioned(engine, subject)
        return {"q": q, "kind": "name", "title": subject.title, "facts": [], "from": None, "to": None, "aimed": None, "honeypot": None} | _NO_SIDE | known
    question = understand(q)
    first, last = extent(engine, (PROBES,))
    now = station.context.now()
    begin, end = first or now, datetime.fromtimestamp((last or now).timestamp() + 1, timezone.utc)
    whole = Window(begin, end, action="all")
    answer = _side(engine, station, replace(whole, **question.filters))
    aimed = _side(engine, station, replace(whole, **question.aimed)) if question.aimed else None
    facts = _facts(question, answer, station)
    return {"q": q, "kind": question.kind, "title": question.title, "facts": facts, "from": iso(begin), "to": iso(end), "aimed": aimed,
            "honeypot": _honeypot_life(engine, station, question)} | answer | known  # fmt: skip


def _honeypot_life(engine: Engine, station: Station, question: Question) -> dict[str, Any] | None:
    """What an address or network did at honeypots, at any time; None for other questions, and where it did nothing."""
    if "src" not in question.filters:
        return None
    first, last = extent(engine, HONEYPOTS)
    if first is None or last is None:
        return None
    return located_life(engine, station, Window(first, last + timedelta(seconds=1), "all", src=question.filters["src"]))


def located_life(engine: Engine, station: Station, window: Window) -> dict[str, Any] | None:
    """A life, with the name of its autonomous system."""
    found = life(engine, window)
    return found and found | {"as_name": station.context.geography.as_name(found["as"])}


_NO_SIDE: dict[str, Any] = {"events": 0, "total_sources": 0, "first": None, "last": None, "ports": [], "sources": [], "destinations": []}


def _side(engine: Engine, station: Station, window: Window) -> dict[str, Any]:
    """Sums and tables of one side: events, total_sources, first, last, ports, sources, destinations."""
    sums = total(engine, window)
    if sums.first is None or sums.last is None:
        return dict(_NO_SIDE)
    return {
        "events": sums.events, "total_sources": sums.sources, "first": iso(sums.first), "last": iso(sums.last),
        "ports": [_port(p) for p in port_counts(engine, window, WHY_ROWS)],
        "sources": _named(top_sources(engine, window, WHY_ROWS), station), "destinations": top_destinations(engine, window, WHY_ROWS),
    }  # fmt: skip


def _facts(question: Question, answer: dict[str, Any], station: Station) -> list[dict[str, str]]:
    """Kind, name and place, as label and value."""
    facts = [("Kind", "autonomous system" if question.kind == "as" else question.kind)]
    rows = answer["sources"]
    if question.kind == "as":
        facts.append(("Name", station.context.geography.as_name(question.filters["src_as"]) or "unknown"))
    if question.kind == "address" and rows:
        facts.append(("Country", _country(rows[0]["src_cc"])))
        facts.append(("AS", f"AS{rows[0]['src_as']} {rows[0]['src_as_name']}".strip() if rows[0]["src_as"] else "unknown"))
    elif question.kind in ("as", "network") and rows:
        facts.append(("Countries", ", ".join(sorted({_country(row["src_cc"]) for row in rows}))))
    if rows:
        facts += [("First seen", answer["first"]), ("Last seen", answer["last"])]
    if question.kind == "address" and station.suspects is not None:
        facts += _dnsbl_facts(question.title, station)
    return [{"label": label, "value": value} for label, value in facts]


def _dnsbl_facts(address: str, station: Station) -> list[tuple[str, str]]:
    """What DNS block lists said of an address; whoever asks why makes it suspect, and finds the answer the next time."""
    if station.suspects is None or station.context.dnsbl is None:
        return []
    station.suspects.suspect([address])
    known = station.context.dnsbl.known(address)
    return [(f"DNS block list {one.zone}", one.said()) for one in known]


def _country(code: str | None) -> str:
    return {None: "unknown", "--": "home"}.get(code, str(code))


@router.get("/status")
def status(engine: _Engine, station: _Station) -> dict[str, Any]:
    """Sensors, rejects, store: what Varde knows and what it does not."""
    document = status_document(station.context)
    problems = station.problems()
    rejects = reject_samples(engine)
    return document | {"rejects": rejects, "notes": problems, "waiting": station.waiting(),
                       "listeners": [dataclasses.asdict(entry) for entry in station.ports.entries.values()]}  # fmt: skip


@router.get("/live")
async def live(request: Request, station: _Station) -> StreamingResponse:
    """Server-sent events: what arrives, aggregated."""
    return StreamingResponse(_events_of(request, station), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events_of(request: Request, station: Station) -> AsyncIterator[str]:
    mine = station.hub.subscribe()
    stopping: asyncio.Event = request.app.state.stop
    quiet = 0.0
    try:
        yield ": connected\n\n"
        while not stopping.is_set():
            try:
                event, data = mine.get_nowait()
            except queue.Empty:
                await asyncio.sleep(0.1)
                quiet += 0.1
                if quiet >= KEEP_ALIVE_SECONDS:
                    quiet = 0.0
                    yield ": still here\n\n"
                continue
            yield f"event: {event}\ndata: {json.dumps(data)}\n\n"
    finally:
        station.hub.leave(mine)


@router.get("/fireplot.{kind}")
def download(
    request: Request, kind: str, engine: _Engine, window: _Window, zone: _Zone, station: _Station, scheme: str = "dark",
    width: Annotated[int, Query(ge=64, le=8192)] = 1040, height: Annotated[int, Query(ge=64, le=4096)] = 417, findings: bool = True,
) -> Response:  # fmt: skip
    """The picture as a file, with findings outlined unless they are not wanted, or take longer than half a minute to find."""
    if kind not in FORMATS:
        raise VardeError(f"no such format: {kind}. There are {', '.join(FORMATS)}.")
    answer = _draw(engine, window, width, height, ports=50)
    wanted = findings and kind in SHOWS_FINDINGS and answer.total
    found = found_in(request.app.state.findings, engine, station, window, zone, _DOWNLOAD_SECONDS)[0] if wanted else None
    content = draw_fireplot(answer, kind, _style(station, zone, scheme), marks(found, window, zone) if found else ())
    name = f"fireplot-{window.first.astimezone(zone):%Y-%m-%d}.{kind}"
    return Response(content, media_type=MEDIA[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/calendar.png")
def calendar(engine: _Engine, station: _Station, zone: _Zone, year: Annotated[int, Query(ge=1970, le=2200)], scheme: str = "dark") -> Response:
    """A year of thumbnails in one picture."""
    return Response(draw_calendar(engine, year, _style(station, zone, scheme)), media_type="image/png")


@router.get("/thumbnail.png")
def small(
    engine: _Engine, station: _Station, zone: _Zone, day: date, scheme: str = "dark",
    width: Annotated[int, Query(ge=16, le=1040)] = 260, height: Annotated[int, Query(ge=16, le=417)] = 104,
) -> Response:  # fmt: skip
    """One day without axes."""
    return Response(thumbnail(engine, day, _style(station, zone, scheme), width, height), media_type="image/png")


def _style(station: Station, zone: ZoneInfo, scheme: str) -> Style:
    if scheme not in SCHEMES:
        raise VardeError(f"no such scheme: {scheme}. There are {', '.join(SCHEMES)}.")
    return Style(SCHEMES[scheme], zone, note=station.context.config.view.note)
