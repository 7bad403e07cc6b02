"""Who and where from: sources and countries of a period that nothing is stored of in the weeks before it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from varde.decode.addresses import text_of
from varde.detect.usual import DAYS
from varde.query.engine import Engine, Window, hashed

LOUD_MIN = 50
"""Packets below which a new address is one of the thousands that come every day."""

LOUD_SHARE = 0.005
"""Share of all packets below which it is neither, where there are many."""

LOOKED_AT = 200
"""Sources of the period that are looked at, the loudest: 1 / LOUD_SHARE, more cannot be as loud as that."""

COUNTRY_FLOOR = 3
"""Sources below which a country is not new: one mobile telephone abroad makes none."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A source that was never seen before: address as text, where it is, packets, and how many ports it wanted."""

    address: str
    country: str | None
    system: int | None
    events: int
    ports: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A country that none came from before: code, sources, packets."""

    country: str
    sources: int
    events: int


def past_of(window: Window, begun: datetime) -> Window:
    """The weeks before a period, from where the store begins on; whatever became of the packets."""
    first = max(window.first - timedelta(days=DAYS), begun)
    return replace(window, first=first, last=window.first, action="all")


def loud_newcomers(engine: Engine, window: Window, begun: datetime | None) -> list[Newcomer]:
    """The loudest first. Empty where nothing is stored before the period: then all are new."""
    if begun is None or begun >= window.first:
        return []
    rows, events = engine.ask(window, lambda t: (engine.execute(_loud(t)), int(engine.execute(t.aggregate(n=t.count()))[0]["n"])))
    loud = [row for row in rows if row["events"] >= max(LOUD_MIN, LOUD_SHARE * events)]
    known = _known(engine, past_of(window, begun), [row["src_addr"] for row in loud])
    return [
        Newcomer(text_of(row["src_addr"]), row["src_cc"], row["src_as"], int(row["events"]), int(row["ports"]))
        for row in loud if row["src_addr"] not in known
    ]  # fmt: skip


def _loud(table: ir.Table) -> ir.Table:
    grouped = table.filter(table.src_addr.notnull()).group_by("src_addr").aggregate(
        events=ibis._.count(), ports=ibis._.dst_port.nunique(), src_cc=ibis._.src_cc.max(), src_as=ibis._.src_as.max(),
    )  # fmt: skip
    return grouped.filter(grouped.events >= LOUD_MIN).order_by(ibis.desc("events"), "src_addr").limit(LOOKED_AT)


def _known(engine: Engine, past: Window, addresses: list[bytes]) -> set[bytes]:
    if not addresses:
        return set()
    literals = [ibis.literal(address, "binary") for address in addresses]
    rows = engine.ask(past, lambda t: engine.execute(t.filter(t.src_addr.isin(literals)).select("src_addr").distinct()))
    return {row["src_addr"] for row in rows}


def new_countries(engine: Engine, window: Window, begun: datetime | None) -> list[Arrived]:
    """Countries with at least COUNTRY_FLOOR sources and none before, the most sources first."""
    if begun is None or begun >= window.first:
        return []
    rows = engine.ask(window, lambda t: engine.execute(_by_country(t)))
    found = [Arrived(row["src_cc"], int(row["sources"]), int(row["events"])) for row in rows if row["sources"] >= COUNTRY_FLOOR]
    past = engine.ask(past_of(window, begun), lambda t: engine.execute(t.select("src_cc").distinct())) if found else []
    known = {row["src_cc"] for row in past}
    return [each for each in found if each.country not in known]


def _by_country(table: ir.Table) -> ir.Table:
    placed = table.filter(table.src_cc.notnull())
    grouped = placed.group_by("src_cc").aggregate(sources=hashed(placed.src_addr).nunique(), events=placed.count())
    return grouped.order_by(ibis.desc("sources"), "src_cc")
