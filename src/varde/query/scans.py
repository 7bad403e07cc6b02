"""What detectors of scans look at: all that sources did that did enough, source by source."""

from collections.abc import Iterable, Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import polars as pl

from varde.detect import COLUMNS
from varde.detect.probing import ACK, PROTOCOLS, SYN
from varde.intel.ipset import IPSet
from varde.model import FLOWS, PROBES, VardeError
from varde.query.engine import epoch_us
from varde.query.filters.members import is_member

SOURCE_MAX = 1_000_000
"""Rows of one source and protocol that are judged together, 200 MB: more are judged million by million."""

_HEADERS = 40
"""Octets of a packet whose length nobody said: headers of IP and TCP."""

_KEY = ["src_addr", "proto"]


def suspects(table: ir.Table, kind: str, least: int, existing: IPSet | None) -> ir.Table:
    """Rows with the columns of `varde.detect.COLUMNS`, of sources with at least so many of them by a protocol, in order of source.

    `kind`: `flows`, or `probes`, of which each is a packet. Flags that nobody said are those of a connection that stood in flows, and of
    one that was asked for in probes. Raises VardeError for other tables."""
    if kind not in _SHAPES:
        raise VardeError(f"--table {kind}: scans are found in {' and '.join(_SHAPES)}")
    chosen = table.filter(table.proto.isin(PROTOCOLS))
    known = is_member(chosen, "dst_addr", existing) if existing is not None else ibis.null("boolean")
    shaped = chosen.select(**{name: chosen[name] for name in ("src_addr", "dst_addr", "src_port", "dst_port", "proto", "icmp_type")}, time=epoch_us(chosen.time), exists=known, **_SHAPES[kind](chosen))
    many = shaped.group_by(_KEY).aggregate(count=shaped.count())
    some = shaped.semi_join(many.filter(many["count"] >= least), _KEY)
    return some.select(list(COLUMNS)).order_by([*_KEY, "dst_addr", "time"])


def _of_flows(table: ir.Table) -> dict[str, Any]:
    return {
        "tcp_flags": table.tcp_flags.fill_null(ACK), "packets": table.packets.fill_null(0), "octets": table.octets.fill_null(0), "end_time": epoch_us(table.end_time),
        "initiator": table.initiator,
    }  # fmt: skip


def _of_probes(table: ir.Table) -> dict[str, Any]:
    return {
        "tcp_flags": table.tcp_flags.fill_null(SYN), "packets": ibis.literal(1, "int64"), "octets": table.length.fill_null(_HEADERS), "end_time": epoch_us(table.time),
        "initiator": ibis.null("string"),
    }  # fmt: skip


_SHAPES = {FLOWS.name: _of_flows, PROBES.name: _of_probes}


def by_source(batches: Iterable[Any]) -> Iterator[pl.DataFrame]:
    """Batches of `suspects` as frames in which each source is whole."""
    held: pl.DataFrame | None = None
    for batch in batches:
        frame = pl.DataFrame(pl.from_arrow(batch)).cast(COLUMNS)  # type: ignore[arg-type]
        held = frame if held is None else pl.concat([held, frame])
        last = held.row(-1, named=True) if len(held) else None
        if last is None:
            continue
        is_last = (pl.col("src_addr") == last["src_addr"]) & (pl.col("proto") == last["proto"])
        rest = held.filter(is_last)
        if len(rest) >= SOURCE_MAX:
            rest = rest.clear()
        whole = held.head(len(held) - len(rest))  # in order of source: the last one's rows are the last
        if len(whole):
            yield whole
        held = rest
    if held is not None and len(held):
        yield held
