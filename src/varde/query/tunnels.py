"""Tunnel requests as triples: who asked which port of whom, how often."""

import ipaddress
from typing import Any

import ibis
import ibis.expr.types as ir
import polars as pl

from varde.decode.addresses import text_of
from varde.query.engine import Engine, Window
from varde.query.honeypot import with_sources

TRIPLES_MAX = 500_000
"""Distinct triples of a question, the most frequent of them: more fit no picture and no patience."""

V4_BITS, V6_BITS = 24, 64
_TEXTS = ("source", "source_net")


def triples(engine: Engine, window: Window) -> pl.DataFrame:
    """A row for each distinct (source, port, target): `count` and what is known of both ends, the most frequent first.

    `source` and `source_net` are text, `source` null where the log does not name it (see the doctor)."""
    table: Any = engine.ask(window, lambda t: engine.arrow(_triples(with_sources(engine, window, t))), "tunnels")
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    whole = frame.with_columns(pl.col(name).cast(pl.Binary) for name in _TEXTS)
    nets = whole["source_net"].to_list()
    return whole.with_columns(
        pl.Series("source", [None if a is None else text_of(a) for a in whole["source"].to_list()], dtype=pl.String),
        pl.Series("source_net", [None if a is None else _network(a) for a in nets], dtype=pl.String),
        pl.col("target_cc", "source_cc").cast(pl.String), pl.col("source_as", "target_as", "count", "port").cast(pl.Int64),
    )  # fmt: skip


def _network(address: bytes) -> str:
    text = text_of(address)
    return str(ipaddress.ip_network(f"{text}/{V6_BITS if ':' in text else V4_BITS}", strict=False))


def _triples(table: ir.Table) -> ir.Table:
    grouped = table.group_by(source=table.src_addr, port=table.target_port, target=table.target).aggregate(
        count=table.count(), source_net=table.src_net.max(), source_cc=table.src_cc.max(), source_as=table.src_as.max(),
        target_cc=table.target_cc.max(), target_as=table.target_as.max(), first=table.time.min(), last=table.time.max(),
    )  # fmt: skip
    return grouped.order_by(ibis.desc("count"), "source", "port", "target").limit(TRIPLES_MAX)
