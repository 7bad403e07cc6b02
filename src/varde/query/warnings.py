"""Questions about warnings: which there were, how many by day, list, country or host, and which nobody has seen yet."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from varde.decode.addresses import text_of
from varde.decode.rows import iso, json_row
from varde.model import WARNINGS, Acknowledgement
from varde.query.engine import Engine, Window

Row = dict[str, Any]

ROWS_MAX = 100_000
"""Warnings that one answer lists, the newest: more is a table for `varde sql`."""

GROUPS_MAX = 1_000_000
"""Groups that are counted in memory: lists are told apart after they are counted by the sets they stand in."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One group: how many records its warnings stand for, in how many warnings, from when to when."""

    key: str
    count: int
    warnings: int
    packets: int
    octets: int
    first: str
    last: str


def stored(engine: Engine, window: Window, *, limit: int = ROWS_MAX) -> list[Row]:
    """Warnings of a window as rows, `lists` read, the oldest first; the newest `limit` of them."""
    found = engine.ask(window, lambda table: engine.execute(table.order_by(ibis.desc("time"), ibis.desc("received")).limit(limit)), WARNINGS.name)
    return [read(row) for row in reversed(found)]


def read(record: Row) -> Row:
    """A record of the table as programs have it: its lists are a list."""
    row = json_row(record, WARNINGS)
    row["lists"] = json.loads(record.get("lists") or "[]")
    return row


def unacknowledged(rows: Iterable[Row], said: Sequence[Acknowledgement]) -> list[Row]:
    """Warnings that nobody has acknowledged or muted: what the beacon counts."""
    return [row for row in rows if not any(each.covers(row) for each in said)]


def statistics(engine: Engine, window: Window, by: str, zone: ZoneInfo) -> list[Counted]:
    """How many, by a key of BY: the most first, days in their order. Raises KeyError for another key."""
    groups = engine.ask(window, lambda table: engine.execute(_grouped(table, BY[by](table))), WARNINGS.name)
    named = [(name, group) for group in groups for name in _NAMES[by](group["key"], zone)]
    merged = _merged(named)
    return sorted(merged, key=(lambda each: each.key) if by == "day" else (lambda each: (-each.count, each.key)))


def _grouped(table: ir.Table, key: ir.Value) -> ir.Table:
    keyed = table.mutate(key=key)
    return keyed.group_by("key").aggregate(
        count=keyed["count"].sum(), warnings=keyed.count(), packets=keyed.packets.sum(), octets=keyed.octets.sum(),
        first=keyed.time.min(), last=ibis.coalesce(keyed.end_time.max(), keyed.time.max()),
    ).limit(GROUPS_MAX)  # fmt: skip


def _listed(table: ir.Table, what: str) -> ir.Value:
    """Of the listed end."""
    return ibis.ifelse(table.side == "src", table[f"src_{what}"], table[f"dst_{what}"])


def _own(table: ir.Table, what: str) -> ir.Value:
    """Of the end that is not listed."""
    return ibis.ifelse(table.side == "src", table[f"dst_{what}"], table[f"src_{what}"])


BY: dict[str, Callable[[ir.Table], ir.Value]] = {
    "day": lambda table: table.time.truncate("m"),
    "list": lambda table: table.lists,
    "country": lambda table: _listed(table, "cc"),
    "host": lambda table: _own(table, "addr"),
}
"""What warnings may be counted by, as expressions. Local days are made of minutes: zones begin theirs at any of them."""


def _sources(lists: str | None, zone: ZoneInfo) -> list[str]:
    """Each list that holds it: a warning counts for all of them."""
    entries = json.loads(lists or "[]")
    return list(dict.fromkeys(str(entry.get("source") or "?") for entry in entries)) or ["-"]


_NAMES: dict[str, Callable[[Any, ZoneInfo], list[str]]] = {
    "day": lambda minute, zone: [minute.astimezone(zone).date().isoformat()],
    "list": _sources,
    "country": lambda code, zone: [code or "unknown"],
    "host": lambda address, zone: [text_of(address) if address else "-"],
}


def _merged(named: Iterable[tuple[Any, Row]]) -> list[Counted]:
    groups: dict[str, Counted] = {}
    for name, group in named:
        before = groups.get(name)
        fresh = Counted(
            name, int(group["count"] or 0), int(group["warnings"]), int(group["packets"] or 0), int(group["octets"] or 0),
            iso(group["first"]), iso(group["last"]),
        )  # fmt: skip
        groups[name] = fresh if before is None else _sum(before, fresh)
    return list(groups.values())


def _sum(one: Counted, two: Counted) -> Counted:
    return Counted(
        one.key, one.count + two.count, one.warnings + two.warnings, one.packets + two.packets, one.octets + two.octets,
        min(one.first, two.first), max(one.last, two.last),
    )  # fmt: skip
