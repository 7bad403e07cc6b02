"""What the page may ask of stored records, its answers, and the command that gives the same.

    Wanted --meaning_of--> Meaning --answer--> columns and rows, with the ledger and the command"""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from varde.app.commands.traffic import key_of, ordered, readable
from varde.app.commands.traffic_sums import bins, value_key
from varde.app.period import period_of
from varde.decode.rows import iso
from varde.intel.ipset import IPSet
from varde.model import FLOWS, TABLES, VardeError, tcp_flag_names
from varde.model.fields import FIELDS, FLAG_LETTERS, VALUES, Counted, Shown
from varde.model.filters import BY_WORD
from varde.query import Engine, Window, blank
from varde.query.filters import Node, Query, sentence, understood
from varde.query.hold import Hold
from varde.query.ledger import accounts
from varde.query.sql import Bounds, held_sql
from varde.query.traffic import Limit, columns_of, fields_of, passing, ranking, shown, spread, values_of
from varde.query.traffic.columns import has_field
from varde.views.ledger import seen_document

SECONDS = 60.0
MEMORY = "1GB"
"""Of one question: several people may ask one page."""

ROWS_MAX = 1000
"""Rows of an answer: more are for `-o` of a command."""

CELL_MAX = 2000
"""Characters of one value: a page has no room for more."""

OCTETS_MAX = 16 * 2**20
"""Of a whole answer in SQL."""

BINS_MAX = 1000
BINS_USUAL = 120
"""Bins of a curve: more than a screen is wide, and what is easily read."""

BIN_SECONDS = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 86400, 604800)
"""Widths of bins that people have words for."""

SAFE_INTEGER = 2**53
"""Up to which a browser's numbers are whole (ECMA-262, Number.MAX_SAFE_INTEGER)."""

GLANCE = (
    "stime", "sip", "sport", "dip", "dport", "protocol", "packets", "bytes", "flags", "duration", "type", "scc", "dcc", "user", "password", "service",
    "success", "target", "name", "action", "rule", "sensor",
)  # fmt: skip
"""Fields of records that are shown where nobody chose some, as far as the table has them."""

SHOWS = ("records", "top", "time")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question as the page has it."""

    table: str
    words: str
    first: datetime
    last: datetime
    zone: ZoneInfo
    show: str = "records"
    fields: str = ""
    value: str = "records"
    count: int = 100
    seconds: int | None = None
    "Of a bin; as many as make the curve easily read where it is None."
    day: str | None = None
    "The period by its name, for the command."


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a question asks for: conditions, the period, whether the words name it, and a sentence."""

    nodes: list[Node]
    window: Window
    said: Query
    sentence: str

    @property
    def names_period(self) -> bool:
        return any((self.said.day, self.said.since, self.said.until))


def no_files(path: str) -> IPSet:
    """What stands in for reading sets: a page must not read files of its machine."""
    raise VardeError(f"the file {path[:60]!r} is not read from the page: use `varde filter` for sets. Here addresses, networks, countries and AS numbers can be written.")


def meaning_of(wanted: Wanted, now: datetime) -> Meaning:
    """What is asked. Raises VardeError, a FilterError where a word is not understood."""
    if wanted.table not in TABLES:
        raise VardeError(f"no such table: {wanted.table[:40]}. There are {', '.join(TABLES)}.")
    query = understood(wanted.words, no_files)
    ends = period_of(query.day, query.since, query.until, now, wanted.zone) or (wanted.first, wanted.last)
    of_which = f" of which {sentence(query.node)}" if query.node else ""
    return Meaning([query.node] if query.node else [], Window(*ends, action="all"), query, f"{wanted.table}{of_which}")


def fields_in(table: str) -> list[Shown]:
    """Fields of a table that can be shown and grouped by."""
    columns = [field.name for field in TABLES[table].fields]
    return [field for field in FIELDS if has_field(columns, field.column)]


def values_in(table: str) -> list[Counted]:
    """What can be counted of a table."""
    columns = [field.name for field in TABLES[table].fields]
    return [value for value in VALUES if not value.column or has_field(columns, value.column)]


def answer(engine: Engine, wanted: Wanted, now: datetime, switches: Sequence[str], hold: Hold) -> dict[str, Any]:
    """Columns, rows and what they rest on. Raises VardeError for what cannot be asked, or takes too long or too much."""
    if wanted.show not in SHOWS:
        raise VardeError(f"cannot show {wanted.show[:20]!r}. There are {', '.join(SHOWS)}.")
    meaning = meaning_of(wanted, now)
    with engine.held(hold, MEMORY):
        found = _SHOWN[wanted.show](engine, wanted, meaning)
        rests = seen_document(accounts(engine, meaning.window)) if wanted.table == FLOWS.name else {}
    return {
        "table": wanted.table, "show": wanted.show, "sentence": meaning.sentence, "from": iso(meaning.window.first), "to": iso(meaning.window.last),
        "command": shlex.join([*_command(wanted, meaning, found.pop("switches")), *switches]), **found, **rests,
    }  # fmt: skip


def _command(wanted: Wanted, meaning: Meaning, own: list[str]) -> list[str]:
    name, *rest = own
    words = [wanted.words.strip()] if wanted.words.strip() else []
    when = ["--day", wanted.day] if wanted.day else ["--since", iso(wanted.first), "--until", iso(wanted.last)]
    return ["varde", name, *words, "--table", wanted.table, *rest, *([] if meaning.names_period else when)]


def _ask(engine: Engine, wanted: Wanted, meaning: Meaning, question: Callable[[ir.Table], Any]) -> Any:
    return engine.ask(meaning.window, lambda table: question(passing(table, meaning.nodes)), wanted.table)


def _records(engine: Engine, wanted: Wanted, meaning: Meaning) -> dict[str, Any]:
    """The first records in order of time, and how many there are."""
    here = {field.name for field in fields_in(wanted.table)}
    names = wanted.fields or ",".join(name for name in GLANCE if name in here)

    def question(table: ir.Table) -> Any:
        chosen = fields_of(names, table)
        rows = engine.execute(shown(ordered(table, wanted.count), chosen))
        return chosen, rows, engine.execute(table.aggregate(count=table.count()))[0]["count"]

    chosen, rows, total = _ask(engine, wanted, meaning, question)
    return {"switches": ["cut", f"--fields={names}", f"--num-recs={wanted.count}"], "columns": [_column(field) for field in chosen],
            "rows": [[_told(row[field.title], field) for field in chosen] for row in rows], "total": int(total), "more": int(total) > len(rows)}  # fmt: skip


def _top(engine: Engine, wanted: Wanted, meaning: Meaning) -> dict[str, Any]:
    """The largest groups, and their share of the whole where what is counted has one."""
    names, some = wanted.fields or "sip", blank(wanted.table)
    chosen, (value, *_) = fields_of(names, some), values_of(wanted.value, some)
    looked_at = columns_of(some, chosen, [value], meaning.nodes)

    def question(table: ir.Table) -> Any:
        return ranking(engine.execute, passing(table, meaning.nodes), chosen, [value], Limit(wanted.count))

    if looked_at is None:
        found = engine.ask(meaning.window, question, wanted.table)
    else:
        found = engine.ask_sums(meaning.window, lambda sums_of: question(sums_of(looked_at)), wanted.table)
    share = {"key": "percent", "title": "%", "form": "share", "meaning": f"Share of all {value.title.lower()}."}
    columns = [*(_column(field) for field in chosen), _counted(value), *([] if value.distinct else [share])]
    rows = []
    for row in found.rows:
        told = [*(_told(row[field.title], field) for field in chosen), int(row[value.title])]
        rows.append(told if value.distinct else [*told, round(int(row[value.title]) / found.total, 6) if found.total else 0.0])
    return {"switches": ["stats", f"--fields={names}", f"--values={wanted.value}", f"--count={wanted.count}"], "columns": columns, "rows": rows,
            "total": found.records, "groups": found.bins, "more": found.bins > len(rows)}  # fmt: skip


def _time(engine: Engine, wanted: Wanted, meaning: Meaning) -> dict[str, Any]:
    """Records, octets and packets over time."""
    seconds = wanted.seconds or _usual_bin(meaning.window.last - meaning.window.first)
    length = (meaning.window.last - meaning.window.first).total_seconds()
    if length / seconds > BINS_MAX and wanted.seconds:
        raise VardeError(f"bins of {seconds} s are more than {BINS_MAX:,} in this period: choose longer ones, or a shorter period")
    rows = _ask(engine, wanted, meaning, lambda table: engine.execute(spread(table, seconds, 4)))
    told: list[list[Any]] = [[iso(moment), round(records, 3), round(octets, 1), round(packets, 3)] for moment, records, octets, packets in bins(rows, seconds * 1_000_000, skip_empty=False)]
    titles = (("time", "time", "moment"), ("records", "Records", "integer"), ("octets", "Bytes", "integer"), ("packets", "Packets", "integer"))
    kept = [at for at, (key, *_) in enumerate(titles) if key in ("time", "records") or key in [field.name for field in TABLES[wanted.table].fields]]
    columns = [{"key": titles[at][0], "title": titles[at][1], "form": titles[at][2], "meaning": ""} for at in kept]
    return {"switches": ["count", f"--bin-size={seconds}"], "columns": columns, "rows": [[row[at] for at in kept] for row in told[:BINS_MAX]],
            "seconds": seconds, "total": round(sum(row[1] for row in told)), "more": len(told) > BINS_MAX}  # fmt: skip


_SHOWN: dict[str, Callable[[Engine, Wanted, Meaning], dict[str, Any]]] = {"records": _records, "top": _top, "time": _time}


def _usual_bin(length: timedelta) -> int:
    return next((seconds for seconds in BIN_SECONDS if length.total_seconds() / seconds <= BINS_USUAL), max(BIN_SECONDS[-1], int(length.total_seconds() // BINS_USUAL)))


def _column(field: Shown) -> dict[str, str]:
    """A column; `filter` is the word by which its values can be asked for, where the language has one."""
    word = field.name if field.name in BY_WORD and len(BY_WORD[field.name].columns) == 1 else ""
    return {"key": key_of(field), "title": field.title, "form": field.form, "meaning": field.meaning, "filter": word}


def _counted(value: Counted) -> dict[str, str]:
    return {"key": value_key(value), "title": value.title, "form": "integer", "meaning": value.meaning}


def _told(value: Any, field: Shown) -> Any:
    """A value as JSON and people can have it."""
    if field.form == FLAG_LETTERS:
        return tcp_flag_names(int(value or 0))
    return plain(readable({key_of(field): value})[key_of(field)])


def plain(value: Any) -> Any:
    """A value that JSON and browsers hold exactly: numbers that they do not are text, and text is bounded."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)  # not for NaN and the infinities
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    text = iso(value) if isinstance(value, datetime) and value.tzinfo else str(value)
    return text if len(text) <= CELL_MAX else f"{text[:CELL_MAX]}…"


def sql_answer(engine: Engine, question: str, rows: int, switches: Sequence[str], hold: Hold) -> dict[str, Any]:
    """The answer to one SELECT. Raises VardeError for anything else."""
    found = held_sql(engine.store, question, hold, Bounds(rows, MEMORY, CELL_MAX, OCTETS_MAX))
    rests = seen_document(accounts(engine)) if FLOWS.name in question.lower() else {}
    told = [[plain(value) for value in row] for row in found.rows]
    numeric = [_is_numeric([row[at] for row in told]) for at in range(len(found.columns))]
    columns = [{"key": name, "title": name, "form": "integer" if number else "word", "meaning": ""} for name, number in zip(found.columns, numeric, strict=True)]
    return {"show": "sql", "columns": columns, "rows": told, "total": len(told), "more": found.more, "sentence": "the answer to this SELECT",
            "command": shlex.join(["varde", "sql", question, "--rows", str(rows), *switches]), **rests}  # fmt: skip


def _is_numeric(values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
