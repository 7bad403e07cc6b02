"""The HTTP API of the section Ask: what can be asked, what a text means while it is written, and answers that can be ended.

An answer is a stream of lines of JSON: {"progress", "seconds"} now and then, and at last {"answer"} or {"error"}. Who leaves ends the question."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from varde.app import answers
from varde.app.engine import engine_of
from varde.app.station import Station
from varde.app.web.api import moment, station_of, switches_of, zone_of
from varde.app.web.writing import require_page
from varde.decode.rows import iso
from varde.model import TABLES, VardeError
from varde.model.filters import OF_FILE, SIGNS, SIGNS_OF, VALUES
from varde.query.filters import FilterError, suggestions
from varde.query.filters.completion import keys_of
from varde.query.filters.language import TEXT_MAX
from varde.query.hold import Hold
from varde.query.sql import ADVICE
from varde.query.sql import QUESTION_MAX as SQL_MAX

router = APIRouter(prefix="/api")

_Station = Annotated[Station, Depends(station_of)]
_Zone = Annotated[ZoneInfo, Depends(zone_of)]

AT_ONCE = 2
"""Questions that are answered at a time: each takes a core and up to answers.MEMORY."""

TELL_SECONDS = 0.25
"""How often a question that takes its time says how far it is, and looks whether anybody still waits."""

EXAMPLES = (
    {"words": "src in DE and dport 22 and octets > 1M since yesterday", "table": "flows", "show": "records"},
    {"words": "inbound and not src home", "table": "flows", "show": "top", "fields": "scc", "value": "bytes"},
    {"words": "tcp and flags S/SA and packets 1-3", "table": "flows", "show": "top", "fields": "dport", "value": "sip-distinct"},
    {"words": "dport 53", "table": "flows", "show": "time"},
    {"words": "dport telnet,2323", "table": "probes", "show": "top", "fields": "sas", "value": "sip-distinct"},
    {"words": "user root and src not in home", "table": "logins", "show": "top", "fields": "password", "value": "records"},
)
"""For who sees the language for the first time; the page shows those of tables that have something."""

SQL_EXAMPLES = (
    "select src_cc, count(*) as flows, sum(octets) as octets from flows group by 1 order by 3 desc limit 10",
    "select dst_service, count(distinct src_addr) as sources from probes group by 1 order by 2 desc limit 20",
    "select date_trunc('hour', time) as hour, count(*) as probes from probes group by 1 order by 1",
)

_SLOTS = threading.BoundedSemaphore(AT_ONCE)


@router.get("/ask/known")
def known(station: _Station) -> dict[str, Any]:
    """Tables with what each can be asked by, shown and counted; signs; examples. Of tables those first that hold something."""
    filled = [name for name in TABLES if station.context.store.days(name)]
    names = [*filled, *(name for name in TABLES if name not in filled)]
    return {
        "tables": [{"name": name, "stored": name in filled, "meaning": TABLES[name].meaning, **_words_of(name)} for name in names],
        "signs": SIGNS, "examples": [each for each in EXAMPLES if each["table"] in filled] or list(EXAMPLES[:1]), "sql": SQL_EXAMPLES,
        "bins": answers.BIN_SECONDS, "rows_max": answers.ROWS_MAX, "seconds": answers.SECONDS, "may_ask": AT_ONCE,
    }  # fmt: skip


def _words_of(table: str) -> dict[str, Any]:
    columns = [field.name for field in TABLES[table].fields]
    keys = [
        {"name": key.name, "words": key.words, "meaning": key.meaning, "values": VALUES[key.kind].removesuffix(OF_FILE), "signs": SIGNS_OF[key.kind]}
        for key in keys_of(columns, files=False)
    ]  # fmt: skip
    fields = [{"name": field.name, "title": field.title, "meaning": field.meaning} for field in answers.fields_in(table)]
    values = [{"name": value.words[0], "title": value.title, "meaning": value.meaning} for value in answers.values_in(table)]
    return {"keys": keys, "fields": fields, "values": values}


@router.get("/ask/read")
def read(
    station: _Station, zone: _Zone, from_: Annotated[str, Query(alias="from")], to: str, table: Annotated[str, Query(max_length=20)] = "flows",
    q: Annotated[str, Query(max_length=TEXT_MAX)] = "", at: Annotated[int | None, Query(ge=0, le=TEXT_MAX)] = None,
) -> dict[str, Any]:  # fmt: skip
    """What a text asks for, in a `sentence`, or its `error` with the place; what may follow at a place of it. For who is writing: always 200."""
    if table not in TABLES:
        raise VardeError(f"no such table: {table}. There are {', '.join(TABLES)}.")
    columns = [field.name for field in TABLES[table].fields]
    following = [] if at is None else [asdict(each) for each in suggestions(q, at, columns, files=False)]
    wanted = answers.Wanted(table, q, moment(from_, "from"), moment(to, "to"), zone)
    try:
        meaning = answers.meaning_of(wanted, station.context.now())
    except VardeError as error:
        return {"sentence": None, "error": _told(error), "completions": following}
    ends = {"from": iso(meaning.window.first), "to": iso(meaning.window.last), "names_period": meaning.names_period}
    return {"sentence": meaning.sentence, **ends, "error": None, "completions": following}


def _told(error: VardeError) -> dict[str, Any]:
    """A mistake; of a word that is not understood with its place."""
    if isinstance(error, FilterError):
        return {"detail": str(error), "what": error.what, "begin": error.begin, "end": error.end, "near": error.near}
    return {"detail": str(error)}


class Asked(BaseModel):
    """A question in the filter language."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from", max_length=40)
    to: str = Field(max_length=40)
    day: str | None = Field(None, max_length=10, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    tz: str | None = Field(None, max_length=64)
    table: str = Field("flows", max_length=20)
    q: str = Field("", max_length=TEXT_MAX)
    show: str = Field("records", max_length=20)
    fields: str = Field("", max_length=400)
    value: str = Field("records", max_length=40)
    count: int = Field(100, ge=1, le=answers.ROWS_MAX)
    seconds: int | None = Field(None, ge=1, le=31_622_400)


@router.post("/ask")
async def ask(request: Request, station: _Station, asked: Asked) -> StreamingResponse:
    """Records that fit, the largest groups of them, or how many there are over time."""
    require_page(request)
    zone = zone_of(request, asked.tz)
    wanted = answers.Wanted(
        asked.table, asked.q, moment(asked.from_, "from"), moment(asked.to, "to"), zone, asked.show, asked.fields, asked.value, asked.count, asked.seconds, asked.day,
    )  # fmt: skip
    now: datetime = station.context.now()
    hold = Hold(answers.SECONDS)
    return _stream(request, hold, lambda: answers.answer(engine_of(station.context), wanted, now, _switches(station, asked.tz), hold))


class AskedSql(BaseModel):
    """One SELECT."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(max_length=SQL_MAX)
    rows: int = Field(200, ge=1, le=answers.ROWS_MAX)


@router.post("/ask/sql")
async def ask_sql(request: Request, station: _Station, asked: AskedSql) -> StreamingResponse:
    """What one SELECT answers, in the sandbox of `varde sql`: it reads what is stored and nothing else."""
    require_page(request)
    hold = Hold(answers.SECONDS, ADVICE)
    named = [word for word in switches_of(station) if word]
    return _stream(request, hold, lambda: answers.sql_answer(engine_of(station.context), asked.q, asked.rows, _without_zone(named), hold))


def _switches(station: Station, tz: str | None) -> list[str]:
    """What a command must say to find the same; a zone that the reader chose comes before the station's."""
    named = switches_of(station)
    return [*_without_zone(named), "--tz", tz] if tz else named


def _without_zone(named: list[str]) -> list[str]:
    at = named.index("--tz") if "--tz" in named else len(named)
    return named[:at] + named[at + 2 :]


def _stream(request: Request, hold: Hold, question: Callable[[], dict[str, Any]]) -> StreamingResponse:
    if not _SLOTS.acquire(blocking=False):
        raise VardeError(f"{AT_ONCE} questions are being answered: cancel one, or ask again in a moment")
    outcome: list[dict[str, Any]] = []
    done = threading.Event()
    threading.Thread(target=_work, args=(question, outcome, done), daemon=True).start()
    lines = _lines(request, hold, outcome, done)
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _work(question: Callable[[], dict[str, Any]], outcome: list[dict[str, Any]], done: threading.Event) -> None:
    try:
        outcome.append({"answer": question()})
    except VardeError as error:
        outcome.append({"error": _told(error)})
    finally:
        _SLOTS.release()
        done.set()


async def _lines(request: Request, hold: Hold, outcome: list[dict[str, Any]], done: threading.Event) -> AsyncIterator[str]:
    began = time.monotonic()
    waiting = asyncio.get_running_loop().run_in_executor(None, done.wait)
    stopping: asyncio.Event = request.app.state.stop
    try:
        while not done.is_set() and not stopping.is_set():
            await asyncio.wait({waiting}, timeout=TELL_SECONDS)
            if await request.is_disconnected():
                return
            if not done.is_set():
                yield json.dumps({"progress": hold.progress, "seconds": round(time.monotonic() - began, 1)}) + "\n"
        failed = {"error": {"detail": "the question failed; the log of `varde up` says why"}}
        yield json.dumps(outcome[0] if outcome else failed) + "\n"
    finally:
        hold.stop()
