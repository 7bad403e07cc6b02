"""honeypot: tables of what honeypots saw."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from varde.app.commands.asking import asked_store, say_nothing, window_of
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import print_json, say, visible, write_output
from varde.decode.rows import iso
from varde.model import RECORDS, TABLES, TUNNELS, Table, VardeError
from varde.query import Engine, Window
from varde.query.honeypot import (
    RANKINGS,
    Asked,
    Ranked,
    Row,
    also_tunnelled,
    curve,
    login_records,
    ranked,
)
from varde.query.sessions import sessions, storyboard
from varde.views.listing import bars, csv_of, fitted

LISTS = ("logins", "sessions")
"""Tables that are no ranking: newest first."""

NAMES = (*RANKINGS, *LISTS)
TOLD = {
    "passwords": "what was tried most; --order rarity: what only one bot knows",
    "users": "the names that were tried",
    "pairs": "names with passwords",
    "logins": "each attempt, the newest first; --accepted: those that were let in",
    "sources": "who tries, and how many tunnels each one asked for",
    "tunnels": "where visitors wanted to go on to",
    "ports": "the ports that they wanted to go on to",
    "payloads": "what they sent there: HTTP requests, mail greetings, TLS names",
    "commands": "what they typed",
    "sessions": "who stayed how long and did what; --session NAME tells one in order of time",
    "downloads": "the files that they brought or fetched, by checksum",
    "mails": "who sent how many mails",
}
"""What each table answers."""

HIDDEN = ("days", "example")
"""What only JSON has of a row: the curve, and where the page finds a payload of a group."""

CURVE_DAYS_MAX = 60
"""Days of a curve on a terminal: more do not fit a line."""


@dataclass(frozen=True, slots=True)
class HoneypotOptions:
    """The switches of the command."""

    day: str | None = None
    since: str | None = None
    until: str | None = None
    sensor: str | None = None
    src: str | None = None
    user: str | None = None
    top: int = 20
    order: str = "frequency"
    session: str | None = None
    accepted: bool = False
    as_json: bool = False
    as_csv: bool = False
    form: str | None = None
    curve_days: int = 1
    "Days that a curve has at least: of a shorter period, those before it too."


def list_tables() -> None:
    """Print the tables that there are."""
    wide = max(map(len, TOLD))
    print("\n".join(f"varde honeypot {name:<{wide}}  {told}" for name, told in TOLD.items()))


def honeypot_command(context: Context, name: str, paths: list[str], output: str | None, options: HoneypotOptions) -> None:
    """Answer one table. Exit status 1 when there is nothing."""
    if name not in NAMES:
        raise VardeError(f"no such table: {name}. There are {', '.join(sorted(NAMES))}.")
    tables = _tables(name)
    asked = (*tables, TUNNELS) if name == "sources" else tables  # it says how many tunnels each one asked for
    with asked_store(context, paths, asked) as (store, summaries):
        engine = engine_of(context, store)
        window = window_of(context, engine, tables, options.day, options.since, options.until, sensor=options.sensor, src=options.src)
        document = answer(context, engine, window, name, options)
        if not document["rows"]:
            say_nothing(context, summaries, engine, tables, name)
            raise SystemExit(1)
        _write(context, document, output, options)


def _tables(name: str) -> tuple[Table, ...]:
    honeypots = tuple(table for table in RECORDS if table.name in ("sessions", "logins", "tunnels", "payloads", "commands", "downloads"))
    if name == "sessions":
        return honeypots
    return (TABLES[RANKINGS[name].table if name in RANKINGS else name],)


def answer(context: Context, engine: Engine, window: Window, name: str, options: HoneypotOptions) -> dict[str, Any]:
    """The whole answer as JSON has it: table, title, period, rows, and for rankings how many groups and records in all."""
    head = {"table": name, "from": iso(window.first), "to": iso(window.last), "tz": context.zone.key}
    if name == "sessions":
        if options.session:
            rows = storyboard(engine, window, options.session)
            ends = {"from": rows[0]["time"], "to": rows[-1]["time"]} if rows else {}
            return head | ends | {"title": f"What happened in session {options.session}", "rows": rows}
        return head | {"title": "Sessions", "rows": sessions(engine, window, limit=options.top, user=options.user, accepted=options.accepted)}
    if name == "logins":
        rows = login_records(engine, window, limit=options.top, user=options.user, accepted=True if options.accepted else None)
        return head | {"title": "Login attempts, newest first", "rows": rows}
    found = ranked(engine, window, name, Asked(options.top, options.order, options.user, options.form))
    _add(context, engine, window, found, options)
    return head | {"title": found.ranking.title, "groups": found.groups, "records": found.records, "rows": found.rows}


def _add(context: Context, engine: Engine, window: Window, answer: Ranked, options: HoneypotOptions) -> None:
    """What a table says beyond its own rows."""
    name, keys = answer.ranking.name, answer.ranking.keys
    if name == "sources":
        tunnels = also_tunnelled(engine, window, answer.rows)
        for row in answer.rows:
            row["tunnels"] = tunnels.get(row["src_addr"], 0)
    elif keys[0] != "src_addr" and name not in ("payloads", "downloads"):
        whole = replace(window, first=min(window.first, window.last - timedelta(days=options.curve_days)))
        days = curve(engine, whole, name, answer.rows, context.zone, options.user)
        for row in answer.rows:
            row["days"] = days.get(tuple(row[key] for key in keys), {})


def _write(context: Context, document: dict[str, Any], output: str | None, options: HoneypotOptions) -> None:
    rows: list[Row] = document["rows"]
    columns = columns_of(rows)
    if options.as_csv or (output or "").endswith(".csv"):
        write_output(output or "-", csv_of(rows, columns))
    elif options.as_json or (output or "").endswith(".json"):
        if output in (None, "-"):
            print_json(document)
        else:
            write_output(str(output), (json.dumps(document, indent=1) + "\n").encode())
    elif output is not None and output != "-":
        raise VardeError(f"cannot tell what to write from {output!r}: use a suffix of .csv or .json")
    else:
        _print(context, document, rows, columns)


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Columns that any row has something in, in their order."""
    return [column for column in rows[0] if column not in HIDDEN and any(row.get(column) not in (None, "") for row in rows)]


def _print(context: Context, document: dict[str, Any], rows: list[Row], columns: list[str]) -> None:
    shown = [_local(row, context.zone) for row in rows]
    if any(row.get("days") for row in rows):
        days = _days(rows)
        for row, cells in zip(rows, shown, strict=True):
            cells["by day"] = bars([row["days"].get(day, 0) for day in days])
        columns = [*columns, "by day"] if len(days) > 1 else columns
    room = shutil.get_terminal_size((0, 0)).columns
    text, left_out = fitted(shown, columns, visible, room)
    print(text)
    of = f" of {document['groups']:,}; {document['records']:,} records in all" if "groups" in document else ""
    first, last = (_clock(document[end], context.zone) for end in ("from", "to"))
    say(f"{document['title']}: {len(rows):,}{of}; from {first} to {last} ({context.zone.key})")
    if left_out:
        say(f"Not in {room} columns: {', '.join(left_out)}. A wider terminal, --csv and --json have all.")


def _local(row: Row, zone: ZoneInfo) -> Row:
    """Times as the user's clock showed them, to the second."""
    return {key: _clock(value, zone) if key in ("time", "first", "last") and value else value for key, value in row.items()}


def _clock(time: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(time).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _days(rows: Sequence[Row]) -> list[str]:
    seen = sorted({day for row in rows for day in row["days"]})
    first, last = date.fromisoformat(seen[0]), date.fromisoformat(seen[-1])
    first = max(first, last - timedelta(days=CURVE_DAYS_MAX - 1))
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
