"""What happened, in order of time, a slice at a time: for feeds and for the live view's past."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import ibis
import ibis.expr.types as ir
import polars as pl

from varde.decode.events import KINDS, shaped
from varde.model import REFUSED, VardeError
from varde.query.engine import Engine, Window, epoch_us, microseconds
from varde.query.slices import slices


@dataclass(frozen=True, slots=True)
class _Kind:
    table: str
    columns: tuple[str, ...]


_TABLES = {
    "firewall": _Kind("probes", ("time", "sensor", "src_addr", "proto", "dst_port", "icmp_type", "icmp_code")),
    "logins": _Kind("logins", ("time", "sensor", "src_addr", "user", "password", "success")),
}


def replay(engine: Engine, window: Window, kinds: tuple[str, ...] = KINDS) -> Iterator[pl.DataFrame]:
    """Slices of what happened in the window, each sorted by time, with the columns of SCHEMA; empty slices are left out.

    Raises VardeError for a kind that is none of KINDS."""
    return (frame for _, frame in parts(engine, window, kinds))


def parts(engine: Engine, window: Window, kinds: tuple[str, ...] = KINDS) -> Iterator[tuple[datetime, pl.DataFrame]]:
    """The same, each slice with the instant up to which everything has been told."""
    unknown = set(kinds) - set(KINDS)
    if unknown:
        raise VardeError(f"no such kind: {', '.join(sorted(unknown))}. There are {', '.join(KINDS)}.")
    return _parts(engine, window, kinds)


def _parts(engine: Engine, window: Window, kinds: tuple[str, ...]) -> Iterator[tuple[datetime, pl.DataFrame]]:
    wide = Window(window.first, window.last, "all", window.sensor, window.src, window.dst)
    for part in slices(engine, wide, tuple(_TABLES[kind].table for kind in kinds)):
        frame = pl.concat([engine.ask(part, partial(_frame, engine, kind), _TABLES[kind].table) for kind in kinds])
        if not frame.is_empty():
            yield part.last, frame.sort("time", "kind", "src_addr", maintain_order=True)


@dataclass(frozen=True, slots=True)
class Curve:
    """How many events each of some equal parts of a period has."""

    probes: list[int]
    failed: list[int]
    accepted: list[int]


def curve(engine: Engine, window: Window, buckets: int, kinds: tuple[str, ...] = KINDS) -> Curve:
    """Refused probes, failed and accepted logins of `buckets` equal parts of the window."""
    found = Curve([0] * buckets, [0] * buckets, [0] * buckets)
    begin, length = microseconds(window.first), microseconds(window.last) - microseconds(window.first)
    whole = Window(window.first, window.last, "all", window.sensor, window.src, window.dst)
    for kind in kinds:
        rows = engine.ask(whole, lambda t, kind=kind: engine.execute(_counted(t, kind, begin, length, buckets)), _TABLES[kind].table)  # type: ignore[misc]
        for row in rows:
            series = found.probes if kind == "firewall" else found.accepted if row["accepted"] else found.failed
            series[min(int(row["bucket"]), buckets - 1)] += int(row["n"])
    return found


def _counted(table: ir.Table, kind: str, begin: int, length: int, buckets: int) -> ir.Table:
    if kind == "firewall":
        table = table.filter(table.action.isin(REFUSED))
    accepted = (table.success == 1).fill_null(False) if kind == "logins" else ibis.literal(False)
    bucket = ((epoch_us(table.time) - begin).cast("float64") * buckets / length).floor().cast("int64")
    return table.mutate(bucket=bucket, accepted=accepted).group_by("bucket", "accepted").aggregate(n=ibis._.count())


def _frame(engine: Engine, kind: str, table: ir.Table) -> pl.DataFrame:
    if kind == "firewall":
        table = table.filter(table.action.isin(REFUSED))
    found = pl.from_arrow(engine.arrow(table.select(*_TABLES[kind].columns)))
    assert isinstance(found, pl.DataFrame)
    return shaped(found, kind)
