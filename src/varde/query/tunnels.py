"""Tunnel requests as triples: who asked which port of whom, how often."""

from typing import Any

import ibis
import ibis.expr.types as ir
import polars as pl

from varde.query.engine import Engine, Window

TRIPLES_MAX = 500_000
"""Distinct triples of a question, the most frequent of them: more fit no picture and no patience."""

_SCHEMA: dict[str, Any] = {
    "source": pl.Binary, "port": pl.Int64, "target": pl.String, "count": pl.Int64, "source_net": pl.Binary, "source_cc": pl.String,
    "source_as": pl.Int64, "target_cc": pl.String, "target_as": pl.Int64, "first": pl.Datetime("us", "UTC"), "last": pl.Datetime("us", "UTC"),
}  # fmt: skip


def triples(engine: Engine, window: Window) -> pl.DataFrame:
    """A row for each distinct (source, port, target): `count` and what is known of both ends, the most frequent first.

    Requests that name no source (see the doctor) have the source null."""
    table: Any = engine.ask(window, lambda t: engine.arrow(_triples(t)), "tunnels")
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame.select([pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items()])


def _triples(table: ir.Table) -> ir.Table:
    grouped = table.group_by(source=table.src_addr, port=table.target_port, target=table.target).aggregate(
        count=table.count(), source_net=table.src_net.max(), source_cc=table.src_cc.max(), source_as=table.src_as.max(),
        target_cc=table.target_cc.max(), target_as=table.target_as.max(), first=table.time.min(), last=table.time.max(),
    )  # fmt: skip
    return grouped.order_by(ibis.desc("count"), "source", "port", "target").limit(TRIPLES_MAX)
