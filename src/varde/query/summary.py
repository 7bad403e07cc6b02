"""Questions about the store as a whole: days, sensors, sources and destinations of probes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from varde.decode.addresses import text_of
from varde.decode.rows import iso
from varde.model import COLLECTOR, FLOWS, RECORDS, Table
from varde.query.engine import Engine, Window, distinct_sources, epoch_us, hashed, plane


def extent(engine: Engine, tables: Iterable[Table] = RECORDS) -> tuple[datetime | None, datetime | None]:
    """Time of the first and last record stored."""
    ends: list[datetime] = []
    for table in tables:
        if engine.store.days(table.name):
            rows = engine.ask_all(table.name, lambda t: engine.execute(t.aggregate(first=t.time.min(), last=t.time.max())))
            ends += [end for end in (rows[0]["first"], rows[0]["last"]) if end is not None]
    return (min(ends), max(ends)) if ends else (None, None)


def top_sources(engine: Engine, window: Window, limit: int) -> list[dict[str, Any]]:
    """Sources by events: src_addr, src_cc, src_as, events, ports, first, last."""
    rows = engine.ask(window, lambda t: engine.execute(
        t.group_by("src_addr").aggregate(
            events=t.count(), ports=t.dst_port.nunique(), first=t.time.min(), last=t.time.max(),
            src_cc=t.src_cc.max(), src_as=t.src_as.max(),
        ).order_by(ibis.desc("events"), "src_addr").limit(limit)
    ))  # fmt: skip
    return [
        {**row, "src_addr": text_of(row["src_addr"]), "first": iso(row["first"]), "last": iso(row["last"])}
        for row in rows
    ]


def top_destinations(engine: Engine, window: Window, limit: int) -> list[dict[str, Any]]:
    """Destinations by events: dst_addr, events, sources."""
    rows = engine.ask(window, lambda t: engine.execute(
        t.filter(t.dst_addr.notnull()).group_by("dst_addr").aggregate(events=ibis._.count(), sources=hashed(ibis._.src_addr).nunique())
        .order_by(ibis.desc("events"), "dst_addr").limit(limit)
    ))  # fmt: skip
    return [{**row, "dst_addr": text_of(row["dst_addr"])} for row in rows]


@dataclass(frozen=True, slots=True)
class Total:
    """How many probes, from how many addresses, and when the first and last came (None where there are none)."""

    events: int
    sources: int
    first: datetime | None
    last: datetime | None


def total(engine: Engine, window: Window) -> Total:
    """The sums of a window, in one question."""
    row = engine.ask(window, lambda t: engine.execute(
        t.aggregate(events=t.count(), sources=distinct_sources(t), first=t.time.min(), last=t.time.max())
    ))[0]  # fmt: skip
    return Total(int(row["events"]), int(row["sources"]), row["first"], row["last"])


def event_total(engine: Engine, window: Window) -> int:
    """How many probes; the cheapest question about them."""
    return int(engine.ask(window, lambda t: engine.execute(t.aggregate(n=t.count())))[0]["n"])


def source_total(engine: Engine, window: Window) -> int:
    return int(engine.ask(window, lambda t: engine.execute(t.aggregate(n=distinct_sources(t))))[0]["n"])


def day_counts(engine: Engine, window: Window, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Events, sources and planes of each local day that has probes: [{day, events, sources, planes}], in order."""
    rows = engine.ask(window, lambda t: engine.execute(
        with_local_day(t, window, zone).mutate(plane=plane()).group_by("local", "plane").aggregate(n=ibis._.count())
        .order_by("local", "plane")
    ))  # fmt: skip
    sources = engine.ask(window, lambda t: engine.execute(
        with_local_day(t, window, zone).group_by("local").aggregate(n=hashed(ibis._.src_addr).nunique())
    ))  # fmt: skip
    distinct = {row["local"]: row["n"] for row in sources}
    days: dict[int, dict[str, int]] = {}
    for row in rows:
        days.setdefault(int(row["local"]), {})[str(row["plane"])] = int(row["n"])
    return [
        {"day": (_EPOCH + timedelta(days=day)).isoformat(), "events": sum(planes.values()), "sources": distinct[day], "planes": planes}
        for day, planes in days.items()
    ]


_EPOCH = date(1970, 1, 1)
_DAY_SECONDS = 86_400


def with_local_day(table: ir.Table, window: Window, zone: ZoneInfo) -> ir.Table:
    """Adds `local`: days since 1970 on the zone's own calendar. The offset is a step function of time, so no engine
    needs to know about time zones."""
    seconds = epoch_us(table.time) // 1_000_000
    steps = _offsets(window, zone)
    offset = ibis.cases(*[(seconds < until, value) for until, value in steps[:-1]], else_=steps[-1][1]) if steps[1:] else steps[0][1]
    return table.mutate(local=((seconds + offset) // _DAY_SECONDS).cast("int64"))


def _offsets(window: Window, zone: ZoneInfo) -> list[tuple[int, int]]:
    """(until, offset) in seconds for the stretches of a window with one UTC offset; exact to the quarter hour."""
    step = timedelta(minutes=15)
    steps: list[tuple[int, int]] = []
    moment, value = window.first, _offset(window.first, zone)
    while moment < window.last:
        ahead = min(moment + timedelta(days=1), window.last)
        if _offset(ahead, zone) != value:
            while _offset(moment, zone) == value:
                moment += step
            steps.append((int(moment.timestamp()), value))
            value = _offset(moment, zone)
        else:
            moment = ahead
    return [*steps, (int(window.last.timestamp()), value)]


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def sensors(engine: Engine) -> list[dict[str, Any]]:
    """What became of the lines of each sensor: sensor, dialects, lines, records, ignored, rejects, share_parsed, last,
    committed. `last` is the time of the newest record, None where there is none; `committed` is when its lines were last stored."""
    rows = engine.ask_all("counters", lambda t: engine.execute(
        t.group_by("sensor", "dialect", "outcome").aggregate(count=t["count"].sum(), committed=t.time.max())
    ))  # fmt: skip
    out: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: str(r["sensor"])):
        entry = out.setdefault(str(row["sensor"]), {"sensor": row["sensor"], "dialects": [], "lines": 0, "records": 0,
                                                    "ignored": 0, "rejects": 0, "last": None, "committed": ""})  # fmt: skip
        outcome = str(row["outcome"]).partition(":")[0]
        key = "rejects" if outcome == "reject" else outcome
        if key in entry:  # a collector counts more: options data, times that could not be
            entry[key] += int(row["count"])
        entry["committed"] = max(str(entry["committed"]), iso(row["committed"]))
        if outcome == "records":
            entry["dialects"] = sorted({*entry["dialects"], row["dialect"]})
    for sensor, last in _newest(engine).items():
        if sensor in out:  # counted in the same commit, or not yet
            out[sensor]["last"] = iso(last)
    if COLLECTOR in out and out[COLLECTOR]["last"] is None and engine.store.days(FLOWS.name):
        out[COLLECTOR]["last"] = iso(engine.ask_all(FLOWS.name, lambda t: engine.execute(t.aggregate(last=t.time.max())))[0]["last"])
    for entry in out.values():
        known = int(entry["records"]) + int(entry["rejects"])
        entry["share_parsed"] = round(int(entry["records"]) / known, 6) if known else None
    return list(out.values())


def _newest(engine: Engine) -> dict[str, datetime]:
    """Time of each sensor's newest record, of whatever kind."""
    newest: dict[str, datetime] = {}
    for table in RECORDS:
        if engine.store.days(table.name):
            for row in engine.ask_all(table.name, lambda t: engine.execute(t.group_by("sensor").aggregate(last=t.time.max()))):
                newest[row["sensor"]] = max(row["last"], newest.get(row["sensor"], row["last"]))
    return newest


def reject_samples(engine: Engine, limit: int = 50) -> list[dict[str, Any]]:
    """The newest samples of rejected lines."""
    rows = engine.ask_all("rejects", lambda t: engine.execute(t.order_by(ibis.desc("time"), "source", "offset").limit(limit)))
    keys = ("time", "sensor", "dialect", "reason", "sample", "file", "offset")
    return [{key: iso(row[key]) if key == "time" else row[key] for key in keys} for row in rows]
