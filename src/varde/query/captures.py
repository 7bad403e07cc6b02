"""What strangers sent to ports that listen: lists of captures, one capture, and where its payload was seen before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import CAPTURES
from varde.query.engine import Engine, network_range

LIMIT_MAX = 10_000
"""Captures of one answer."""

LISTED = tuple(name for name in CAPTURES.names if name not in ("raw", "day"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which captures a question is about; None means any."""

    first: datetime | None = None
    last: datetime | None = None
    "Up to, not including."
    port: int | None = None
    src: str | None = None
    "An address or network."


@dataclass(frozen=True, slots=True)
class Sightings:
    """How often one payload was captured, when, and by whom."""

    captures: int
    sources: int
    first: datetime
    last: datetime
    ports: tuple[int, ...]


def captures(engine: Engine, wanted: Wanted, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The newest captures, oldest of them first, and how many there are. Raises VardeError for a bad network."""

    def question(table: ir.Table) -> tuple[list[dict[str, Any]], int]:
        found = _filtered(table, wanted)
        total = int(engine.execute(found.aggregate(n=found.count()))[0]["n"])
        newest = found.order_by(ibis.desc("time"), ibis.desc("offset")).limit(min(limit, LIMIT_MAX))
        return engine.execute(newest.select(*LISTED))[::-1], total

    return engine.ask_all(CAPTURES.name, question)


def capture(engine: Engine, place: int) -> dict[str, Any] | None:
    """The capture with that number in `offset`, or None."""
    rows = engine.ask_all(CAPTURES.name, lambda t: engine.execute(t.filter(t.offset == place).select(*LISTED).limit(1)))
    return rows[0] if rows else None


def sightings(engine: Engine, sha256: str) -> Sightings:
    """All captures of one payload, at any time; there is one at least."""

    def question(table: ir.Table) -> Sightings:
        same = table.filter(table.sha256 == sha256)
        row = engine.execute(same.aggregate(n=same.count(), sources=same.src_addr.nunique(), first=same.time.min(), last=same.time.max()))[0]
        ports = engine.execute(same.filter(same.dst_port.notnull()).select("dst_port").distinct().order_by("dst_port").limit(PORTS_LISTED))
        return Sightings(int(row["n"]), int(row["sources"]), row["first"], row["last"], tuple(int(p["dst_port"]) for p in ports))

    return engine.ask_all(CAPTURES.name, question)


PORTS_LISTED = 20
"""Ports that are named beside a payload."""


def _filtered(table: ir.Table, wanted: Wanted) -> ir.Table:
    wishes = list(_wishes(table, wanted))
    return table.filter(*wishes) if wishes else table


def _wishes(table: ir.Table, wanted: Wanted) -> Iterable[ir.BooleanValue]:
    if wanted.first is not None:
        yield table.time >= wanted.first.astimezone(timezone.utc)
    if wanted.last is not None:
        yield table.time < wanted.last.astimezone(timezone.utc)
    if wanted.port is not None:
        yield table.dst_port == wanted.port
    if wanted.src is not None:
        first, last = network_range(wanted.src)
        yield table.src_addr >= ibis.literal(first, "binary")
        yield table.src_addr <= ibis.literal(last, "binary")
