"""What happened, in order of time, a slice at a time: for feeds and for the live view's past."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import ibis.expr.types as ir
import polars as pl

from varde.decode.events import KINDS, shaped
from varde.model import REFUSED, VardeError
from varde.query.engine import Engine, Window
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
    unknown = set(kinds) - set(KINDS)
    if unknown:
        raise VardeError(f"no such kind: {', '.join(sorted(unknown))}. There are {', '.join(KINDS)}.")
    wide = Window(window.first, window.last, "all", window.sensor, window.src, window.dst)
    for part in slices(engine, wide, tuple(_TABLES[kind].table for kind in kinds)):
        frame = pl.concat([engine.ask(part, partial(_frame, engine, kind), _TABLES[kind].table) for kind in kinds])
        if not frame.is_empty():
            yield frame.sort("time", "kind", "src_addr", maintain_order=True)


def _frame(engine: Engine, kind: str, table: ir.Table) -> pl.DataFrame:
    if kind == "firewall":
        table = table.filter(table.action.isin(REFUSED))
    found = pl.from_arrow(engine.arrow(table.select(*_TABLES[kind].columns)))
    assert isinstance(found, pl.DataFrame)
    return shaped(found, kind)
